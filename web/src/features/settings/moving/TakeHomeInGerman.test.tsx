// @vitest-environment happy-dom
import { expect, it, vi } from "vitest";

import { answer, show } from "../../../testing/service";
import { TakeHome } from "./TakeHome";

vi.mock("../../../data/config", async () => (await import("../../../testing/config")).asModule);
vi.mock("../../../platform/language", () => ({ language: "de", isMirrored: false }));

it("takes no day to come, whatever the language writes dates like", async () => {
  answer({ "GET /api/pmd/takeout": { items: [], next_cursor: null, next_possible_at: null } });
  await show(<TakeHome />);
  expect(document.querySelector<HTMLInputElement>("input[type=date]")?.max).toBe("2026-03-10");
});
