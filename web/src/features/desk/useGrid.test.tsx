// @vitest-environment happy-dom
import { act, renderHook } from "@testing-library/react";
import { expect, it } from "vitest";

import { orderOf } from "../../platform/selection";
import type { ColumnId } from "./cells";
import { useGrid } from "./useGrid";

const ALL: readonly ColumnId[] = ["picture", "title", "alt_text", "hashtags"];
const optionsOf = (ids: readonly number[], columns = ALL) => ({
  order: orderOf(ids.map((id) => ({ id }))),
  columns,
  page: () => 10,
});

it.each<[string, number, readonly number[], number | undefined]>([
  ["the last row", 3, [1, 2], 2],
  ["the last rows", 3, [1], 1],
  ["a row in the middle", 2, [1, 3], 3],
  ["a row above", 3, [2, 3], 3],
  ["every row", 3, [], undefined],
])("keeps the cursor's place where %s leaves the list", (_, at, left, expected) => {
  const { result, rerender } = renderHook(useGrid, { initialProps: optionsOf([1, 2, 3]) });
  act(() => result.current.goTo({ id: at, column: "alt_text" }));
  rerender(optionsOf(left));
  expect(result.current.cursor).toEqual(expected === undefined ? null : { id: expected, column: "alt_text" });
});

it.each<[readonly ColumnId[], ColumnId]>([
  [["picture", "title", "hashtags"], "title"],
  [["picture", "hashtags"], "picture"],
])("is in another column of %j where its own is hidden", (columns, expected) => {
  const { result, rerender } = renderHook(useGrid, { initialProps: optionsOf([1, 2, 3]) });
  act(() => result.current.goTo({ id: 2, column: "alt_text" }));
  rerender(optionsOf([1, 2, 3], columns));
  expect(result.current.cursor).toEqual({ id: 2, column: expected });
});
