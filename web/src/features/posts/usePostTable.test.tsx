// @vitest-environment happy-dom
import { act, renderHook } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";

import { type Column, columns } from "./columns";
import { usePostTable } from "./usePostTable";
import type { Sort } from "./view";

const window = vi.hoisted(() => ({ width: 1440 }));
const setSort = vi.hoisted(() => vi.fn());
vi.mock("../../ui/useMediaQuery", () => ({ useWindowWidth: () => window.width }));
vi.mock("./view", () => ({ setSort }));

function column(id: string): Column {
  const found = columns.find((each) => each.id === id);
  if (!found) throw new Error(id);
  return found;
}
function opened(width = 1440, sort: Sort = { id: "date", desc: true }) {
  window.width = width;
  const { result } = renderHook(() => usePostTable(sort));
  return result;
}
const ids = (table: { current: ReturnType<typeof usePostTable> }) => table.current.shown.map(({ id }) => id);
beforeEach(() => {
  vi.resetAllMocks();
  const table = opened();
  act(() => table.current.reset());
});

const NARROW = ["select", "thumbnail", "title", "date", "picture", "menu"];
it.each([
  [999, NARROW],
  [1000, ["select", "thumbnail", "title", "tags", "date", "picture", "menu"]],
  [1180, ["select", "thumbnail", "title", "tags", "date", "picture", "reactions", "comments", "views", "menu"]],
  [1280, columns.map(({ id }) => id)],
])("a page %i wide shows as many columns as have room", (width, shown) => {
  expect(ids(opened(width))).toEqual(shown);
});

it("keeps what was chosen to be shown, whatever has room, until it is reset", () => {
  const table = opened(999);
  act(() => table.current.show(column("tags"), true));
  act(() => table.current.show(column("date"), false));
  expect(ids(table)).toEqual(["select", "thumbnail", "title", "tags", "picture", "menu"]);
  expect(ids(opened(999))).toEqual(ids(table));
  expect(localStorage.getItem("pmd.posts.columns")).toBe('{"tags":true,"date":false}');
  act(() => table.current.reset());
  expect(ids(table)).toEqual(NARROW);
});

it.each([
  [1799, 260, "minmax(16.25rem, 1fr)"],
  [1800, 380, "minmax(23.75rem, 1fr)"],
])("a page %i wide has a title of %i pixels that takes what is left over", (width, size, template) => {
  const table = opened(width);
  expect([table.current.sizeOf(column("title")), table.current.template.split(" r")[0]?.includes(template)]).toEqual([
    ...[size, true],
  ]);
});

it("writes each column's size, and needs the sum of them", () => {
  const table = opened(999);
  expect([table.current.template, table.current.least]).toEqual([
    "2.5rem 3.25rem minmax(16.25rem, 1fr) 5.75rem 8.25rem 2.5rem",
    40 + 52 + 260 + 92 + 132 + 40,
  ]);
});

it.each([
  [300.4, 300],
  [5, 120],
  [900, 800],
])("a title that is drawn %d wide is %d wide, and stretches no more", (drawn, size) => {
  const table = opened(999);
  act(() => table.current.resize(column("title"), drawn));
  expect([table.current.sizeOf(column("title")), table.current.template.split(" ")[2]]).toEqual([
    size,
    `${size / 16}rem`,
  ]);
});

it("gives back one column's usual size, and then all of them", () => {
  const table = opened(999);
  act(() => table.current.resize(column("title"), 300));
  act(() => table.current.resize(column("date"), 200));
  act(() => table.current.resize(column("title"), null));
  const sizes = () => ["title", "date"].map((id) => table.current.sizeOf(column(id)));
  expect(sizes()).toEqual([260, 200]);
  act(() => table.current.reset());
  expect(sizes()).toEqual([260, 92]);
});

it.each([
  ["title", { id: "date", desc: true }, { id: "title", desc: false }],
  ["views", { id: "date", desc: true }, { id: "views", desc: true }],
  ["views", { id: "views", desc: true }, { id: "views", desc: false }],
  ["views", { id: "views", desc: false }, { id: "views", desc: true }],
  ["unknown", { id: "date", desc: true }, { id: "unknown", desc: false }],
])("sorts by %s after %j, and once more the other way round", (id, before, after) => {
  opened(1440, before).current.sortBy(id);
  expect(setSort.mock.calls).toEqual([[after]]);
});
