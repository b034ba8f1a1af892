// @vitest-environment happy-dom
import { act, fireEvent, screen } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { go, queryParam } from "../../platform/address";
import { configure } from "../../testing/config";
import {
  answer,
  at,
  calls,
  DAY,
  field,
  has,
  press,
  refused,
  sent,
  show,
  textOf,
  textsOf,
  tick,
  toasts,
} from "../../testing/service";
import { AiTraining } from "./AiTraining";
import { LanguageSettings } from "./LanguageSettings";
import SettingsPage from "./SettingsPage";

vi.mock("../../data/config", async () => (await import("../../testing/config")).asModule);
const sections = vi.hoisted(() => ({ Body: (name: string) => () => `body of ${name}` }));
vi.mock("./Keys", () => ({ Keys: sections.Body("keys") }));
vi.mock("./Browsers", () => ({ Browsers: sections.Body("browsers") }));
vi.mock("./webhooks/Webhooks", () => ({ Webhooks: sections.Body("webhooks") }));
vi.mock("./moving/YourData", () => ({ YourData: sections.Body("data") }));
vi.mock("./Device", () => ({ Device: sections.Body("device") }));
vi.mock("./WatermarkSettings", () => ({ WatermarkSettings: sections.Body("watermark") }));

const keyOf = (id: number, expires_at: string | null, revoked_at: string | null) => ({
  ...{ id, name: "Bot", hint: "pmd_", scopes: [], networks: [], made_by: "page", created_at: at(-DAY) },
  ...{ expires_at, revoked_at, first_used_at: null, last_used_at: null, last_used_from: null, uses_today: 0 },
});
const RULE = "/api/pmd/publishing";
const rule = {
  ...{ is_on: false, weekdays: [1], times: ["18:00"], in_turn: "table", time_zone: "UTC", is_paused: false },
  ai_opt_out: false,
};
beforeEach(() => {
  go("settings", {});
  answer({
    "GET /api/pmd/keys": {
      items: [keyOf(1, null, null), keyOf(2, at(-DAY), null), keyOf(3, null, at(-DAY)), keyOf(4, at(DAY), null)],
      next_cursor: null,
    },
    "GET /api/pmd/sessions": { items: [], next_cursor: null },
    [`GET ${RULE}`]: rule,
  });
});
const links = () => [...document.querySelectorAll<HTMLAnchorElement>(".settings-sections a")];

it("lists its sections with how many there are of those that work", async () => {
  await show(<SettingsPage />);
  expect(links().map((each) => each.textContent)).toEqual([
    ...["Access keys2", "Webhooks", "Signed-in browsers0", "Your data", "Watermark", "AI training", "Language"],
    ...["Approve a program", "How to use the API"],
  ]);
});

it.each([
  ["", "keys", "Access keys2"],
  ["nothing", "keys", "Access keys2"],
  ["browsers", "browsers", "Signed-in browsers0"],
  ["webhooks", "webhooks", "Webhooks"],
  ["data", "data", "Your data"],
  ["watermark", "watermark", "Watermark"],
  ["device", "device", "Approve a program"],
])("shows the section that the address names: %j", async (section, body, name) => {
  act(() => go("settings", { section }));
  await show(<SettingsPage />);
  const open = links().filter((each) => each.getAttribute("aria-current") === "true");
  expect([has(`body of ${body}`), open.map((each) => each.textContent)]).toEqual([true, [name]]);
});

it("opens a section by a click, and the first one without a name", async () => {
  await show(<SettingsPage />);
  fireEvent.click(screen.getByText("Your data"));
  expect(queryParam("section")).toBe("data");
  fireEvent.click(screen.getByText("Access keys"));
  expect([
    queryParam("section"),
    links()
      .map((each) => each.getAttribute("href"))
      .slice(0, 2),
  ]).toEqual(["", ["/settings", "/settings?section=webhooks"]]);
});

it("shows a moderator nothing of an artist's, and asks for nothing", async () => {
  configure({ moderates: true });
  await show(<SettingsPage />);
  expect([textOf(".empty-title"), document.querySelector("a")?.getAttribute("href"), calls()]).toEqual([
    "Settings are for @pixelsmith alone.",
    "/u/mod/settings",
    [],
  ]);
});

describe("the default for AI", () => {
  it.each([
    [false, true, "success: Your works are not for training AI."],
    [true, false, "success: Your works say nothing about training AI."],
  ])("that is %s is sent with the rest of the rule", async (before, after, words) => {
    answer({ [`GET ${RULE}`]: { ...rule, ai_opt_out: before } });
    answer({ [`PUT ${RULE}`]: { ...rule, ai_opt_out: after } });
    await show(<AiTraining />);
    const box = () => field("My works are not for training AI");
    expect(box().checked).toBe(before);
    answer({ [`GET ${RULE}`]: { ...rule, weekdays: [2], ai_opt_out: before } });
    await tick("My works are not for training AI");
    expect([sent(), toasts()]).toEqual([[[`PUT ${RULE}`, { ...rule, weekdays: [2], ai_opt_out: after }]], [words]]);
  });

  it("can be chosen once at a time, and is asked for again where it could not be read", async () => {
    answer({ [`GET ${RULE}`]: refused("Not now.") });
    await show(<AiTraining />);
    expect(has("Not now.")).toBe(true);
    answer({ [`GET ${RULE}`]: rule, [`PUT ${RULE}`]: () => new Promise(() => undefined) });
    await press("Try again");
    await tick("My works are not for training AI");
    expect([has("Not now."), field("My works are not for training AI").disabled]).toEqual([false, true]);
  });
});

it("keeps the chosen language for the page, which is loaded again", async () => {
  const reload = vi.spyOn(location, "reload").mockReturnValue();
  await show(<LanguageSettings />);
  const select = field("These pages, in this browser");
  expect([select.value, textsOf("option")]).toEqual(["system", ["The browser’s language", "English", "Deutsch"]]);
  fireEvent.change(select, { target: { value: "de" } });
  expect([localStorage.getItem("pmd.language"), reload.mock.calls.length]).toEqual(['"de"', 1]);
  localStorage.removeItem("pmd.language");
});
