// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, createEvent, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { settled } from "../../testing/settled";
import { PackCard } from "./PackCard";
import type { Pack } from "./schema";

const api = vi.hoisted(() => ({ exportPack: vi.fn(), refreshPacks: vi.fn() }));
vi.mock("./api", () => api);
vi.mock("./CoverArt", () => ({ CoverArt: () => <i data-testid="cover" /> }));
vi.mock("../../platform/address", () => ({ pageHref: () => "/packs/7", isPlainClick: () => true }));

const PACK = {
  ...{
    id: 7,
    name: "Dragons",
    license_type: "attribution",
    license_identifier: "CC-BY-4.0",
    pictures: [],
    cover: null,
  },
  ...{ edition: 2, is_changed: false, seen_by: "everyone", exported_at: "2026-01-02T00:00:00Z", export: null },
  ...{ asset_count: 3, total_size_bytes: 3000, added_count: 1, removed_count: 0, visitor_download_count: 0 },
} as unknown as Pack;
const on = { onActive: vi.fn(), onOpen: vi.fn(), onMenu: vi.fn() };
beforeEach(() => {
  vi.resetAllMocks();
  api.exportPack.mockResolvedValue(undefined);
});
afterEach(cleanup);
function show(part: Partial<Pack> = {}, isActive = false) {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <PackCard pack={{ ...PACK, ...part }} {...{ isActive, ...on }} />
    </QueryClientProvider>,
  );
  return screen.getByRole("listitem");
}
const exported = (status: string, part = {}) =>
  ({ export: { status, progress: 41.9, step: null, error_message: null, ...part } }) as unknown as Pack;

it("opens by a click on it or its name, and not by one on its buttons", () => {
  show({ is_changed: true });
  for (const each of [screen.getByTestId("cover"), screen.getByText("Free with credit")]) fireEvent.click(each);
  expect(on.onOpen).toHaveBeenCalledTimes(2);
  fireEvent.click(screen.getByRole("link", { name: "Dragons" }));
  expect(on.onOpen).toHaveBeenCalledTimes(3);
  for (const name of [/More about/, /Build/]) fireEvent.click(screen.getByRole("button", { name }));
  expect(on.onOpen).toHaveBeenCalledTimes(3);
  expect(screen.getByRole("link").getAttribute("href")).toBe("/packs/7");
});

it("has its own menu instead of the browser's, where the pointer is", () => {
  const card = show();
  const asked = createEvent.contextMenu(card, { clientX: 30, clientY: 40, cancelable: true });
  fireEvent(card, asked);
  expect([asked.defaultPrevented, on.onMenu.mock.calls, on.onOpen.mock.calls]).toEqual([
    true,
    [[{ x: 30, y: 40 }]],
    [],
  ]);
});

it("opens its menu below the button", () => {
  show();
  const button = screen.getByRole("button", { name: "More about Dragons" });
  vi.spyOn(button, "getBoundingClientRect").mockReturnValue({ left: 5, bottom: 60 } as DOMRect);
  fireEvent.click(button);
  expect(on.onMenu.mock.calls).toEqual([[{ x: 5, y: 60 }]]);
});

it("is the active one once the focus is in it", () => {
  expect(show({}, true).dataset["active"]).toBe("true");
  fireEvent.focus(screen.getByRole("link"));
  expect(on.onActive).toHaveBeenCalledTimes(1);
});

it.each([
  [{ edition: 0 }, "No edition", ""],
  [{ edition: 1, visitor_download_count: 1 }, "Edition 1", "1 download"],
  [{ edition: 12, visitor_download_count: 1500 }, "Edition 12", "1,500 downloads"],
])("says which edition it has, and how often it was downloaded: %j", (part, edition, downloads) => {
  const card = show(part);
  expect([screen.queryByText(edition) !== null, card.textContent.includes("download")]).toEqual([
    true,
    downloads !== "",
  ]);
  expect(card.textContent).toContain(downloads);
});

it.each([
  ["published", {}, "Published 2026-01-02, everyone can see it", "approved"],
  ["built", { seen_by: "owner" }, "Built 2026-01-02, only you see it", "approved"],
  ["unbuilt", { edition: 0 }, "Not built yet: 3 files, 3.0 kB", "new"],
  ["failed", exported("failed"), "The last build failed.", "set_aside"],
  ["changed", { is_changed: true }, "Changed since edition 2: 1 new", undefined],
  ["building", exported("running"), "Building edition 3, waiting for a free worker", undefined],
] as const)("says how it stands: %s", (state, part, words, mark) => {
  const card = show(part);
  expect(card.querySelector<HTMLElement>(".pack-state")?.dataset["state"]).toBe(state);
  expect(screen.queryByText(words)).not.toBeNull();
  expect(card.querySelector<HTMLElement>(".state-mark")?.dataset["state"]).toBe(mark);
  const bar = screen.queryByRole("progressbar", { name: "Building Dragons" });
  expect(bar?.getAttribute("aria-valuenow") ?? bar?.getAttribute("value")).toBe(
    state === "building" ? "41" : undefined,
  );
  expect(screen.queryByRole("button", { name: /^Build/ }) !== null).toBe(state === "changed");
});

it("is built again by its button, once", async () => {
  let answer: () => void = () => undefined;
  api.exportPack.mockReturnValue(new Promise<void>((resolve) => (answer = resolve)));
  show({ is_changed: true });
  const button = screen.getByRole<HTMLButtonElement>("button", { name: /^Build/ });
  fireEvent.click(button);
  await settled();
  expect([button.disabled, api.exportPack.mock.calls, api.refreshPacks.mock.calls]).toEqual([true, [[7, {}]], []]);
  answer();
  await settled();
  expect([button.disabled, api.refreshPacks.mock.calls.length]).toEqual([false, 1]);
});
