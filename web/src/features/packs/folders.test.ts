import { expect, it } from "vitest";

import { folderFrom, groupsOf, isWithin, placedIn, treeOf, withFolders } from "./folders";
import type { PackedAsset } from "./schema";

const asset = (id: number, path: string, isNew = false) =>
  ({ asset_id: id, rel_path: `assets/${path}`, path: null, is_new: isNew }) as PackedAsset;
const ASSETS = withFolders([
  asset(1, "sprites/heroes/b.png"),
  asset(2, "a.png"),
  asset(3, "sprites/props/c.png", true),
  asset(4, "sprites/heroes/a.png"),
]);

it("files stand in the folder of their path, in the pack's order", () => {
  expect(groupsOf(ASSETS).map(({ folder, assets }) => [folder, assets.map(({ asset_id: id }) => id)])).toEqual([
    ["", [2]],
    ["sprites/heroes", [1, 4]],
    ["sprites/props", [3]],
  ]);
});

it("a folder has those below it, and none that only begins like it", () => {
  const folders = ["sprites", "sprites/heroes", "sprites2", "a"];
  expect(folders.map((folder) => isWithin(folder, "sprites"))).toEqual([true, true, false, false]);
});

it("a folder counts what is below it, what is new and what was left out", () => {
  const rows = treeOf(ASSETS, (id) => id === 4, 2).map(({ folder, depth, count, total, added }) => [
    ...[folder, depth, count, total, added],
  ]);
  expect(rows).toEqual([
    ["", 0, 1, 1, 0],
    ["sprites", 0, 2, 3, 1],
    ["sprites/heroes", 1, 1, 2, 0],
    ["sprites/props", 1, 1, 1, 1],
  ]);
});

it("a file keeps its name in another folder", () => {
  const [first] = ASSETS;
  expect(first && placedIn(first, "tiles").path).toBe("tiles/b.png");
  expect(first && placedIn(first, "").path).toBe("b.png");
});

it("a folder is read as people type it, and none that cannot be unpacked", () => {
  expect(["/ sprites / heroes/", "a\\b", "", "..", "a/../b", "what?", "end."].map(folderFrom)).toEqual([
    "sprites/heroes",
    "a/b",
    "",
    null,
    null,
    null,
    null,
  ]);
});
