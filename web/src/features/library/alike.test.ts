import { expect, it } from "vitest";

import type { Asset } from "../../data/assets/schema";
import { type AlikeGroup, undecided } from "./alike";
import { seriesOf } from "./series";

const files = (...ids: number[]) => ids.map((id) => ({ id }) as Asset);
const group = (...ids: number[]): AlikeGroup => ({ items: files(...ids) }) as unknown as AlikeGroup;
const idsOf = (groups: readonly AlikeGroup[]) => groups.map(({ items }) => items.map(({ id }) => id));

it("leaves a group of similar files while two of it are undecided", () => {
  const groups = [group(1, 2), group(3, 4, 5), group(6, 7)];
  const handled = groups.slice(1, 2);
  expect(idsOf(undecided(groups, handled, []))).toEqual([
    [1, 2],
    [6, 7],
  ]);
  expect(idsOf(undecided(groups, handled, files(4)))).toEqual([
    [1, 2],
    [6, 7],
  ]);
  expect(idsOf(undecided(groups, handled, files(4, 5)))).toEqual([
    [1, 2],
    [4, 5],
    [6, 7],
  ]);
  expect(idsOf(undecided(groups, groups, files(8)))).toEqual([]);
  expect(undecided(groups, [], [])).toEqual(groups);
});

it("steps through several selected files, and through the list from a single one", () => {
  const list = { places: [0, 2, 3], isList: true, compared: [] };
  expect(seriesOf([], list.places)).toEqual(list);
  expect(seriesOf(files(9), list.places)).toEqual(list);
  expect(seriesOf(files(9, 7), list.places)).toEqual({ ids: [9, 7], compared: [] });
});
