// @vitest-environment happy-dom
import { expect, it } from "vitest";

import { changedSearch, queryOf, readParameters } from "../../platform/parameters";
import { FILTERS, noFilters } from "./filterValues";
import { queryOfSaved } from "./view";

it("reads back from the address whatever it has written there", () => {
  const filters = { ...noFilters, q: "sea & sky", status: "hidden", licence: "none", from: "2026-01-01" } as const;
  const search = changedSearch("", queryOf("posts", { ...filters, sort: "-size", view: "grid", page: 3 }));
  expect(readParameters("posts", search, FILTERS)).toEqual(filters);
  expect(readParameters("posts", search)).toMatchObject({ sort: "-size", view: "grid", state: "active", page: 3 });
});

it("keeps the address short: what is usual is not in it", () => {
  expect(changedSearch("?q=sea&sort=title", queryOf("posts", { ...noFilters, sort: "-date" }))).toBe("");
});

it("takes nonsense in an address for what is usual", () => {
  expect(readParameters("posts", "?status=evil&page=-4&view=cube&state=x")).toEqual(readParameters("posts", ""));
});

it("opens a saved view without what was set before", () => {
  expect(changedSearch("?format=gif&page=2", queryOfSaved("q=sea&sort=-size"))).toBe("?q=sea&sort=-size");
});
