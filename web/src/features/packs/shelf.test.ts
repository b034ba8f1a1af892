import { expect, it } from "vitest";

import { licenseWords } from "./licenses";
import type { Pack } from "./schema";
import { isFound, isUnder, sorted, stateOf } from "./shelf";

const PACK = {
  id: 1,
  name: "Forest kit",
  theme: "wood",
  license_type: "attribution",
  license_identifier: "CC-BY-4.0",
  asset_count: 2,
  total_size_bytes: 2000,
  edition: 3,
  exported_at: "2026-11-20T10:00:00Z",
  is_changed: false,
  added_count: 0,
  removed_count: 0,
  seen_by: "everyone",
  created_at: "2026-09-01T10:00:00Z",
  updated_at: "2026-11-19T10:00:00Z",
  export: null,
} as unknown as Pack;

it("a pack says in one line how it stands", () => {
  expect(stateOf(PACK)).toEqual({ state: "published", words: "Published 2026-11-20, everyone can see it" });
  expect(stateOf({ ...PACK, seen_by: "owner" }).words).toBe("Built 2026-11-20, only you see it");
  expect(stateOf({ ...PACK, is_changed: true, added_count: 14, removed_count: 1 })).toEqual({
    state: "changed",
    words: "Changed since edition 3: 14 new, 1 left out",
  });
  expect(stateOf({ ...PACK, is_changed: true }).words).toBe("Changed since edition 3");
  expect(stateOf({ ...PACK, edition: 0 }).words).toBe("Not built yet: 2 files, 2.0 kB");
  expect(stateOf({ ...PACK, edition: 0, asset_count: 0 }).words).toBe("No file is in it yet");
  const failed = { status: "failed", error_message: "It broke." } as Pack["export"];
  expect(stateOf({ ...PACK, export: failed })).toEqual({ state: "failed", words: "It broke." });
});

it("is found by words of its name, theme and licence", () => {
  expect(["kit for", "WOOD", "credit forest", "cc-by", ""].map((text) => isFound(PACK, text))).toEqual(
    Array<boolean>(5).fill(true),
  );
  expect(isFound(PACK, "forest sea")).toBe(false);
});

it("stands under the tabs that it belongs to", () => {
  const under = (pack: Pack) => (["all", "published", "changed", "unbuilt"] as const).map((tab) => isUnder(pack, tab));
  expect(under(PACK)).toEqual([true, true, false, false]);
  expect(under({ ...PACK, is_changed: true, seen_by: "owner" })).toEqual([true, false, true, false]);
  expect(under({ ...PACK, edition: 0 })).toEqual([true, false, false, true]);
});

it("an edition that was built later counts as a change", () => {
  const other = { ...PACK, id: 2, name: "Cellar", updated_at: "2026-11-19T12:00:00Z", exported_at: null };
  expect(sorted([other, PACK], "changed").map(({ id }) => id)).toEqual([1, 2]);
  expect(sorted([PACK, other], "name").map(({ id }) => id)).toEqual([2, 1]);
});

it("a licence and an audience that are newer than this page stand in their own words", () => {
  const newer = { ...PACK, license_type: "game_jam", seen_by: "jam_members" } as unknown as Pack;
  expect(licenseWords(newer.license_type)).toEqual({ title: "game_jam", terms: [] });
  expect(isFound(newer, "game_jam")).toBe(true);
  expect(stateOf(newer).words).toBe("Published 2026-11-20, jam members");
});
