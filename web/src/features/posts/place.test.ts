import { beforeAll, expect, it, vi } from "vitest";

import { noFilters } from "./filterValues";
import type { View } from "./view";

let place: typeof import("./place");

beforeAll(async () => {
  vi.doMock("../../data/config", () => ({ config: { viewer: { sqid: "a" }, subject: { sqid: "a" } } }));
  vi.stubGlobal("location", { pathname: "/u/abc/posts", search: "", hash: "" });
  vi.stubGlobal("history", {});
  vi.stubGlobal("window", { addEventListener: () => undefined });
  place = await import("./place");
});

const view: View = {
  filters: noFilters,
  sort: { id: "date", desc: true },
  layout: "table",
  state: "active",
};
const filtered: View = { ...view, filters: { ...noFilters, q: "sea" } };

it("leads back where a filter is cleared, by the browser's own way back, and out of the deleted ones", () => {
  expect(place.leadsBack(filtered, view, false)).toBe(true);
  expect(place.leadsBack(view, filtered, true)).toBe(true);
  expect(place.leadsBack({ ...view, state: "deleted" }, view, false)).toBe(true);
});

it("leads to the top of what is filtered or sorted anew", () => {
  expect(place.leadsBack(view, filtered, false)).toBe(false);
  expect(place.leadsBack(view, { ...view, sort: { id: "title", desc: false } }, false)).toBe(false);
  expect(place.leadsBack(filtered, { ...view, filters: { ...noFilters, q: "sky" } }, false)).toBe(false);
});

it("is a place in what is shown, whether in rows or in tiles", () => {
  expect(place.keyOf({ ...view, layout: "grid" })).toBe(place.keyOf(view));
  expect(place.keyOf(filtered)).not.toBe(place.keyOf(view));
});
