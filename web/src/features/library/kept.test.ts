import { describe, expect, it } from "vitest";

import { noFilters, sortFrom } from "./filters";
import { keptFrom, suggestedTags, viewOf } from "./kept";

describe("a smart folder", () => {
  it("opens as the search that was kept", () => {
    const filters = { ...noFilters, q: "hero ", license: "none", rating: "3", label: "6", state: "new" as const };
    for (const sort of ["path", "-path", "date", "-date", "size", "-rating"]) {
      const kept = keptFrom(filters, sortFrom(sort));
      expect(kept.filter).toEqual({ q: "hero", license: "", rating: 3, label: 6, state: "new" });
      const opened = viewOf(kept);
      expect(opened).toEqual({ filters: { ...filters, q: "hero" }, sort });
    }
  });

  it("has the order's own direction where it says none", () => {
    expect(viewOf({ filter: {}, sort: "size", order: null })).toEqual({ filters: noFilters, sort: "size" });
  });
});

describe("hashtags in the search", () => {
  const tag = (name: string, count: number) => ({ name, color: null, file_count: count });
  const tags = [tag("boat", 2), tag("book", 9), tag("sea", 4)];

  it("are suggested where one begins, the frequent first", () => {
    expect(suggestedTags("night #bo", tags)).toEqual(["night #book ", "night #boat "]);
    expect(suggestedTags("tag:S", tags)).toEqual(["#sea "]);
    expect(suggestedTags("#", tags)).toHaveLength(3);
  });

  it("are not suggested for other words", () => {
    expect(suggestedTags("bo", tags)).toEqual([]);
    expect(suggestedTags("a#bo", tags)).toEqual([]);
    expect(suggestedTags("#book ", tags)).toEqual([]);
  });
});
