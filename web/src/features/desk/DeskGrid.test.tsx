// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { createRef } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { MEDIA } from "../../platform/media";
import { orderOf, selectionOf } from "../../platform/selection";
import { draftOf } from "../../testing/drafts";
import type { ColumnId } from "./cells";
import { DeskGrid, ROW } from "./DeskGrid";
import type { Box } from "./range";
import type { Entry } from "./sheet";
import { type Grid, useGrid } from "./useGrid";

interface Asked extends Record<string, unknown> {
  heightOf?: () => number;
}
const rows = vi.hoisted((): { asked: Asked; more: number } => ({ asked: {}, more: 0 }));
const pointer = vi.hoisted((): { filled: Box | null; step: ReturnType<typeof vi.fn>; asked: Asked } => ({
  ...{ filled: null, step: vi.fn(), asked: {} },
}));
const dragged = vi.hoisted((): { idsOf: unknown } => ({ idsOf: undefined }));
const media = vi.hoisted(() => ({ query: "" }));
vi.mock("../../commands/list/useRows", () => ({
  useRows: (asked: { count: number; head: number }) => {
    rows.asked = asked;
    return {
      getTotalSize: () => 999,
      getVirtualItems: () =>
        Array.from({ length: asked.count + rows.more }, (_, index) => ({ index, start: asked.head + index * 10 })),
    };
  },
}));
vi.mock("./useGridPointer", () => ({
  useGridPointer: (asked: Record<string, unknown>) => {
    pointer.asked = asked;
    return { handlers: {}, filled: pointer.filled, step: pointer.step };
  },
}));
vi.mock("./dayDrag", () => ({ useDayDrag: (_: unknown, idsOf: unknown) => (dragged.idsOf = idsOf) }));
vi.mock("../../ui/useMediaQuery", () => ({ useMediaQuery: (query: string) => query === media.query }));
vi.mock("../../data/assets/AssetPicture", () => ({ ArtOnMat: () => null }));

beforeEach(() => {
  vi.resetAllMocks();
  Object.assign(rows, { more: 0 });
  Object.assign(pointer, { filled: null });
  media.query = "";
});
afterEach(cleanup);

const COLUMNS: readonly ColumnId[] = ["picture", "title", "description", "license_id", "when"];
const does = { onPick: vi.fn(), onAll: vi.fn(), onEnd: vi.fn(), onOpen: vi.fn(), onAct: vi.fn(), onFill: vi.fn() };
const draggedFrom = vi.fn();
type Props = Partial<Parameters<typeof DeskGrid>[0]>;
let grid: Grid;

function show(props: Props = {}, count = 2) {
  const drafts = Array.from({ length: count }, (_, index) => draftOf({ id: index + 1, title: `Draft ${index + 1}` }));
  const entries = drafts.map((shown) => ({ shown, edits: {}, faults: {}, theirs: {} }) as unknown as Entry);
  const order = orderOf(drafts);
  const box = createRef<HTMLDivElement>();
  const handle = createRef<null>();
  function Host() {
    grid = useGrid({ order, columns: COLUMNS, page: () => 8 });
    return (
      <DeskGrid
        {...{ label: "Drafts", box, handle, grid, order, rows: entries, columns: COLUMNS, zone: "UTC", draggedFrom }}
        {...{ names: { licences: [], series: [] }, plan: new Map([[2, "2026-01-06T00:00:00Z"]]), previews: null }}
        {...{ isPublished: false, isReadOnly: false, selection: selectionOf<number>([]), onMenu: vi.fn(), ...does }}
        {...props}
      />
    );
  }
  render(<Host />);
  return screen.getByRole("grid");
}
const at = (id: number, column: ColumnId) => act(() => grid.goTo({ id, column }));
const to = (id: number, column: ColumnId) => act(() => grid.select({ anchor: { id: 1, column: "title" }, cursor: { id, column } })); // prettier-ignore
const frame = () => document.querySelector<HTMLElement>(".desk-range");

it("is one tab stop that says how large it is, and where its cursor is", () => {
  const table = show();
  const said = () => ["aria-rowcount", "aria-colcount", "aria-readonly", "aria-activedescendant"].map((name) => table.getAttribute(name)); // prettier-ignore
  expect([table.tabIndex, ...said()]).toEqual([0, "3", "6", "false", "draft-1-title"]);
  at(2, "when");
  expect(said()[3]).toBe("draft-2-when");
  act(() => grid.edit({ id: 2, column: "title" }));
  expect([said()[3], screen.getAllByRole("textbox").length]).toEqual([null, 1]);
});

it("draws the rows that are in sight, below its head", () => {
  show();
  expect(rows.asked).toMatchObject({ count: 2, measure: 2, columns: 1, head: 30, overscan: 3, activeIndex: 0 });
  expect([rows.asked.heightOf?.(), rows.asked["padding"], ROW]).toEqual([84, { start: 0, end: 72 }, 84]);
  const drawn = screen.getAllByRole("row").slice(1);
  expect(drawn.map((row) => [row.dataset["id"], row.getAttribute("aria-rowindex"), row.style.transform])).toEqual([
    ["1", "2", "translateY(0px)"],
    ["2", "3", "translateY(10px)"],
  ]);
  expect(document.querySelector<HTMLElement>(".desk-body")?.style.height).toBe("999px");
  expect(drawn.map((row) => row.textContent.includes("Tue 6 Jan"))).toEqual([false, true]);
});

it("has a higher head where fingers press it, and leaves out rows that have gone", () => {
  media.query = MEDIA.tablet;
  rows.more = 1;
  show();
  expect([rows.asked["head"], screen.getAllByRole("row").length]).toEqual([44, 3]);
});

it("heads its columns, and marks the cursor's", () => {
  show();
  at(1, "license_id");
  const heads = screen.getAllByRole("columnheader").slice(1);
  expect(heads.map((head) => [head.textContent, head.dataset["on"]])).toEqual([
    ...[
      ["Picture", undefined],
      ["Title", undefined],
      ["Text", undefined],
      ["Licence", "true"],
      ["When", undefined],
    ],
  ]);
  cleanup();
  show({ isPublished: true });
  expect(screen.getAllByRole("columnheader").at(-1)?.textContent).toBe("Published");
});

it.each([
  [[], 2, "false"],
  [[1], 2, "false"],
  [[1, 2], 2, "true"],
  [[], 0, "false"],
])("says whether all are selected: %j of %i", (ids, count, pressed) => {
  show({ selection: selectionOf(ids) }, count);
  const all = screen.getByRole("button", { name: "Select all" });
  expect([all.getAttribute("aria-pressed"), screen.queryAllByLabelText("Selected").length]).toEqual([
    ...[pressed, ids.length],
  ]);
  fireEvent.click(all);
  expect(does.onAll).toHaveBeenCalledTimes(1);
});

it("frames the range and marks its cells, with a handle to fill from", () => {
  show();
  to(2, "description");
  const marked = [...document.querySelectorAll("[role=gridcell][aria-selected=true]")].map(({ id }) => id);
  expect(marked).toEqual(["draft-1-title", "draft-1-description", "draft-2-title", "draft-2-description"]);
  expect([frame()?.style.transform, frame()?.style.height]).toEqual(["translateY(0px)", "168px"]);
  const inner = frame()?.querySelector("span");
  expect([inner?.style.gridColumn, inner?.dataset["filling"], inner?.childElementCount]).toEqual(["3 / 5", "false", 1]);
  at(2, "when");
  expect([frame()?.style.transform, frame()?.style.height]).toEqual(["translateY(84px)", "84px"]);
  act(() => grid.edit({ id: 2, column: "title" }));
  expect(frame()?.querySelector("[data-fill]")).toBeNull();
});

it("frames what a drag of the handle would fill", () => {
  pointer.filled = { top: 0, bottom: 2, left: 1, right: 1 };
  show();
  expect([frame()?.style.height, frame()?.querySelector("span")?.dataset["filling"]]).toEqual(["252px", "true"]);
});

it("has no handle for those who only look, and no frame without drafts", () => {
  show({ isReadOnly: true });
  expect([frame() !== null, document.querySelector("[data-fill]")]).toEqual([true, null]);
  cleanup();
  show({}, 0);
  expect(frame()).toBeNull();
});

it("shows in the cursor's column what a pattern would write", () => {
  show({ previews: new Map([[1, "New 1"], [2, "New 2"]]) }); // prettier-ignore
  at(2, "title");
  const texts = () => [1, 2].map((id) => document.getElementById(`draft-${id}-title`)?.textContent);
  expect(texts()).toEqual(["Draft 1", "New 2"]);
  to(2, "title");
  expect(texts()).toEqual(["New 1", "New 2"]);
});

it.each([
  ["drafts and scheduled ones", {}, true],
  ["what is published", { isPublished: true }, false],
  ["what is only looked at", { isReadOnly: true }, false],
])("lets pictures be dragged to days: %s", (_what, props, isOn) => {
  show(props);
  expect(dragged.idsOf).toBe(isOn ? draggedFrom : null);
});

it.each([
  ["begins to type by a letter", { key: "x" }, "title", "x"],
  ["begins to type by a number", { key: "7" }, "description", "7"],
  ["leaves the commands =", { key: "=" }, "title", null],
  ["leaves the commands ?", { key: "?" }, "title", null],
  ["leaves the commands s", { key: "s" }, "title", null],
  ["leaves the commands w", { key: "w" }, "title", null],
  ["leaves a letter with Ctrl", { key: "x", ctrlKey: true }, "title", null],
  ["leaves a letter where nothing is typed", { key: "x" }, "license_id", null],
  ["leaves the arrows", { key: "ArrowDown" }, "title", null],
  ["begins by a space", { key: " " }, "title", " "],
  ["leaves Shift and space, which selects the row", { key: " ", shiftKey: true }, "title", null],
] as const)("%s", (_what, key, column, text) => {
  const table = show();
  at(2, column);
  const isDefault = fireEvent.keyDown(table, key);
  expect([grid.editing, isDefault]).toEqual([text === null ? null : { id: 2, column, text }, text === null]);
});

it.each([
  ["Process", "title", { id: 1, column: "title", text: "" }],
  ["Dead", "title", { id: 1, column: "title", text: "" }],
  ["Process", "license_id", null],
] as const)("composes in the field what is begun by %s in %s", (key, column, editing) => {
  const table = show();
  at(1, column);
  // The browser goes on with it.
  expect([fireEvent.keyDown(table, { key }), grid.editing]).toEqual([true, editing]);
});

it("types nothing where others only look, from a field within it, and without drafts", () => {
  const table = show({ isReadOnly: true });
  expect([fireEvent.keyDown(table, { key: "x" }), fireEvent.keyDown(table, { key: "Process" }), grid.editing]).toEqual([
    ...[true, true, null],
  ]);
  expect([fireEvent.keyDown(table, { key: "Tab" }), pointer.step.mock.calls]).toEqual([true, []]);
  cleanup();
  show();
  fireEvent.keyDown(screen.getByRole("button", { name: "Select all" }), { key: "x" });
  expect(grid.editing).toBeNull();
  cleanup();
  expect([fireEvent.keyDown(show({}, 0), { key: "x" }), grid.editing]).toEqual([true, null]);
});

it.each([
  ["from within", [1, "title"], false, true, [1], false],
  ["backwards from within", [1, "title"], true, true, [-1], false],
  ["where there is no next one", [1, "title"], false, false, [1], true],
  ["out of the table at its end", [2, "when"], false, true, null, true],
  ["from the end of a row", [1, "when"], false, true, [1], false],
  ["from the last row's beginning", [2, "picture"], false, true, [1], false],
  ["out of the table at its beginning", [1, "picture"], true, true, null, true],
  ["backwards from a row's beginning", [2, "picture"], true, true, [-1], false],
  ["backwards within the first row", [1, "when"], true, true, [-1], false],
] as const)("goes on by Tab %s", (_what, [id, column], shiftKey, isThere, step, isLeft) => {
  pointer.step.mockReturnValue(isThere);
  const table = show();
  at(id, column);
  expect(fireEvent.keyDown(table, { key: "Tab", shiftKey })).toBe(isLeft);
  expect(pointer.step.mock.calls).toEqual(step === null ? [] : [step]);
});

it("says which cell's field has ended, by the page's latest word", () => {
  show();
  act(() => grid.edit({ id: 2, column: "title" }, "New"));
  fireEvent.keyDown(screen.getByRole("textbox"), { key: "Enter" });
  expect(does.onEnd.mock.calls).toEqual([[2, "title", "New", "down", "Draft 2"]]);
  expect(pointer.asked).toMatchObject({
    onPick: does.onPick,
    onFill: does.onFill,
    columns: COLUMNS,
    isReadOnly: false,
  });
});
