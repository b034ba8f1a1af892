import { expect, it } from "vitest";

import { parentOf, seenOf, treeOf, withEmpty } from "./folders";

const folder = (name: string, count: number) => ({ folder: name, count, is_exact: true });
const folders = [folder("", 9), folder("art", 2), folder("art/old/deep", 3), folder("fonts", 1)];

it("a tree has the folders between, each with all the files below it", () => {
  expect(treeOf(folders).map((each) => Object.values(each) as unknown[])).toEqual([
    ["art", "art", 0, 5, true],
    ["art/old", "old", 1, 3, true],
    ["art/old/deep", "deep", 2, 3, false],
    ["fonts", "fonts", 0, 1, false],
  ]);
});

it.each([
  [[], ["art", "fonts"]],
  [["art"], ["art", "art/old", "fonts"]],
  [["art/old"], ["art", "fonts"]],
  [
    ["art", "art/old"],
    ["art", "art/old", "art/old/deep", "fonts"],
  ],
])("with %j open these are seen: %j", (open, seen) => {
  expect(seenOf(treeOf(folders), new Set(open)).map((each) => each.folder)).toEqual(seen);
});

it.each([
  ["art/old/deep", "art/old"],
  ["art", ""],
  ["", ""],
])("the parent of %j is %j", (path, parent) => {
  expect(parentOf(path)).toBe(parent);
});

it("a filter leaves every folder in its place, with what it finds there, and adds new ones", () => {
  const found = [folder("new", 4), { ...folder("art", 1), is_exact: false }];
  expect(withEmpty(folders, found)).toEqual([
    folder("", 0),
    { folder: "art", count: 1, is_exact: false },
    folder("art/old/deep", 0),
    folder("fonts", 0),
    folder("new", 4),
  ]);
  expect(withEmpty(folders, folders)).toBe(folders);
});
