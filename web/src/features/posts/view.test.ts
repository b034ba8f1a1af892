import { expect, it, vi } from "vitest";

vi.stubGlobal("location", { pathname: "/u/abc/posts", search: "", hash: "" });
vi.stubGlobal("window", { addEventListener: () => undefined });
vi.stubGlobal("history", { state: null });
const { changedSearch } = await import("../../platform/address");
const { noFilters } = await import("./filterValues");
const { queryOfFilters, queryOfSaved, queryOfSort, readView, savedPart } = await import("./view");

it("reads back from the address whatever it has written there", () => {
  const filters = {
    ...noFilters,
    text: "sea & sky",
    visibility: "hidden",
    license: "none",
    from: "2026-01-01",
  } as const;
  const sort = { id: "size", desc: true };
  const search = changedSearch("", { ...queryOfFilters(filters), ...queryOfSort(sort), view: "grid", page: "3" });
  expect(readView(search)).toEqual({ filters, sort, layout: "grid", state: "active", page: 2 });
});

it("keeps the address short: what is usual is not in it", () => {
  expect(
    changedSearch("?q=sea&sort=title", { ...queryOfFilters(noFilters), ...queryOfSort({ id: "date", desc: true }) }),
  ).toBe("");
});

it("takes nonsense in an address for what is usual", () => {
  expect(readView("?status=evil&page=-4&view=cube&state=x")).toMatchObject({
    filters: noFilters,
    layout: "table",
    state: "active",
    page: 0,
  });
});

it("saves a view without where in it one is, and opens it without what was set before", () => {
  const saved = savedPart("?q=sea&sort=-size&page=4&bdr=7");
  expect(saved).toBe("q=sea&sort=-size");
  expect(changedSearch("?format=gif&page=2", queryOfSaved(saved))).toBe("?q=sea&sort=-size");
});
