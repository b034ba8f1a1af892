// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { columns } from "./columns";
import { TableHead } from "./TableHead";
import type { PostTableModel } from "./usePostTable";

vi.mock("../../platform/textSize", () => ({ textScale: 2 }));

const model = { sortBy: vi.fn(), resize: vi.fn(), sizeOf: () => 100 };
const onSelectAll = vi.fn();
beforeEach(() => {
  vi.resetAllMocks();
  HTMLElement.prototype.setPointerCapture = vi.fn();
});
afterEach(cleanup);
function show(desc = false, selected: "all" | "some" | "none" = "none") {
  const given = { ...model, shown: columns, sort: { id: "title", desc } } as unknown as PostTableModel;
  render(<TableHead model={given} {...{ selected, onSelectAll }} />);
}
const head = (name: string) => screen.getByRole("columnheader", { name });
const edge = (name: string) => head(name).querySelector(".resize") ?? document.body;

it.each([
  ["all", "true"],
  ["some", "mixed"],
  ["none", "false"],
] as const)("says that %s are selected, and selects all", (selected, checked) => {
  show(false, selected);
  const box = screen.getByRole("checkbox");
  fireEvent.click(box);
  expect([box.getAttribute("aria-checked"), onSelectAll.mock.calls.length]).toEqual([checked, 1]);
});

it.each([
  [false, "ascending"],
  [true, "descending"],
])("says by what the posts are sorted, and sorts by a click: turned %s", (desc, order) => {
  show(desc);
  expect(["Title", "Date"].map((name) => head(name).getAttribute("aria-sort"))).toEqual([order, "none"]);
  expect([head("Title"), head("Date")].map((each) => each.querySelector(".sort-arrow") !== null)).toEqual([
    true,
    false,
  ]);
  fireEvent.click(screen.getByRole("button", { name: "Views" }));
  expect(model.sortBy.mock.calls).toEqual([["views"]]);
});

it("has no order by what cannot be sorted by", () => {
  show();
  expect([head("Tags").getAttribute("aria-sort"), head("Tags").querySelector("button")]).toEqual([null, null]);
});

it("is made as much wider as its edge is drawn, at any text size, and only while it is held", () => {
  show();
  const column = columns.find(({ id }) => id === "title");
  vi.spyOn(head("Title"), "offsetWidth", "get").mockReturnValue(260);
  fireEvent.pointerMove(edge("Title"), { clientX: 900 });
  fireEvent.pointerDown(edge("Title"), { clientX: 500 });
  fireEvent.pointerMove(edge("Title"), { clientX: 540 });
  fireEvent.pointerMove(edge("Title"), { clientX: 480 });
  fireEvent.pointerUp(edge("Title"));
  fireEvent.pointerMove(edge("Title"), { clientX: 900 });
  expect(model.resize.mock.calls).toEqual([
    [column, 280],
    [column, 250],
  ]);
  fireEvent.doubleClick(edge("Title"));
  expect(model.resize.mock.lastCall).toEqual([column, null]);
});

it("has an edge only where a column can be resized", () => {
  show();
  expect([head("Title"), head("Artwork"), head("Tags")].map((each) => each.querySelector(".resize") !== null)).toEqual([
    ...[true, false, true],
  ]);
});
