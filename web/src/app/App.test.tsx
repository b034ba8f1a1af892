// @vitest-environment happy-dom
import { act, screen } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";

import { go } from "../platform/address";
import { settled, show } from "../testing/service";
import { App } from "./App";

vi.mock("../data/config", async () => (await import("../testing/config")).asModule);
vi.mock("../data/live/live", () => ({ useConnection: () => "live" }));
vi.mock("../data/useDownloads", () => ({ useDownloads: () => ({ items: [] }) }));
vi.mock("./Background", () => ({ Background: () => null }));
vi.mock("./SessionDialogs", () => ({ SessionDialogs: () => null }));
vi.mock("../features/library/LibraryPage", () => ({
  default: () => (
    <section>
      <h2>Library</h2>
      <button>Make a pack</button>
    </section>
  ),
}));
vi.mock("../features/packs/PacksPage", () => ({ default: () => <h2>Packs</h2> }));

beforeEach(() => go("library", {}));
const has = () => document.activeElement?.textContent;
const open = async () => {
  await show(<App />);
  await vi.waitFor(() => expect(screen.queryByText("Make a pack")).not.toBeNull());
};
const turn = async () => {
  act(() => go("packs", {}));
  await settled();
  await vi.waitFor(() => expect(screen.queryByText("Packs", { selector: "h2" })).not.toBeNull());
};

it("gives the focus to the heading of a page that is opened from within another", async () => {
  await open();
  expect(document.activeElement).toBe(document.body);
  screen.getByText("Make a pack").focus();
  await turn();
  expect([has(), document.activeElement?.tagName]).toEqual(["Packs", "H2"]);
});

it("leaves it at the link that opened the page", async () => {
  await open();
  screen.getByText("Packs", { selector: "a *" }).closest("a")?.focus();
  await turn();
  expect(document.activeElement?.tagName).toBe("A");
});
