// @vitest-environment happy-dom
import { cleanup, fireEvent, render } from "@testing-library/react";
import { createRef } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Command } from "../../commands/commands";
import { orderOf, type Selection, selectionOf } from "../../platform/selection";
import { draftOf } from "../../testing/drafts";
import { useDeskKeys } from "./useDeskKeys";

const commands = vi.hoisted(() => ({ given: [] as Command[] }));
const announce = vi.hoisted(() => vi.fn());
vi.mock("../../commands/commands", () => ({ useCommands: (given: Command[]) => (commands.given = given) }));
vi.mock("../../ui/announce", () => ({ announce }));

type Options = Parameters<typeof useDeskKeys>[0];
const BOX = { top: 0, bottom: 1, left: 1, right: 2 };
const ONE = { id: 1, column: "title" } as const;
const TWO = { id: 2, column: "title" } as const;
const grid = { move: vi.fn(() => true), goTo: vi.fn() };
const writing = { fillDown: vi.fn(), clear: vi.fn(), copy: vi.fn(() => "A\tB"), paste: vi.fn() };
const does = { undo: vi.fn(), onOpen: vi.fn(), onPattern: vi.fn(), onWarn: vi.fn(), onSelect: vi.fn(), onAsk: vi.fn() };

beforeEach(() => {
  vi.clearAllMocks();
  document.getSelection()?.removeAllRanges();
});
afterEach(cleanup);

function show(part: Partial<Options> & { gridPart?: object } = {}) {
  const box = createRef<HTMLDivElement>();
  const { gridPart, ...others } = part;
  const options = {
    ...{ box, grid: { ...grid, box: BOX, range: { anchor: ONE, cursor: TWO }, ...gridPart }, writing, ...does },
    ...{ isReadOnly: false, isPhone: false, selection: selectionOf([]), offers: [], rangeIds: [1, 2] },
    ...{ order: orderOf([1, 2, 3].map((id) => draftOf({ id }))), canPattern: true },
    ...others,
  } as unknown as Options;
  function Host() {
    useDeskKeys(options);
    return (
      <>
        <div ref={box} tabIndex={0} data-testid="grid">
          Cells
        </div>
        <input aria-label="Elsewhere" />
      </>
    );
  }
  const { getByTestId, getByLabelText, unmount } = render(<Host />);
  return { grid: getByTestId("grid"), elsewhere: getByLabelText("Elsewhere"), unmount };
}
const named = (name: string) => commands.given.find((each) => each.name === name || each.label === name);
const run = (name: string, key = "") => named(name)?.run(key);
const names = () => commands.given.map(({ name, label }) => name ?? label);

it("has the keys of cells where there is a grid, and none of them on a phone", () => {
  const offer = { label: "Publish now", run: () => undefined } as unknown as Command;
  show({ offers: [offer] });
  const always = ["undo", "redo", "close", "Add files", "From a spreadsheet"];
  const cells = ["cell", "cellRange", "editCell", "fillDown", "clearCells", "pattern", "warn", "row", "all"];
  expect(names()).toEqual(["Publish now", ...cells, ...always]);
  cleanup();
  show({ isPhone: true });
  expect(names()).toEqual(always);
  cleanup();
  show({ isReadOnly: true });
  expect(names()).toEqual([...cells, "undo", "redo", "close"]);
});

it.each(["cell", "cellRange"])("moves by the keys of %s, and says whether it did", (name) => {
  show();
  grid.move.mockReturnValueOnce(true).mockReturnValueOnce(false);
  expect([run(name, "Shift+ArrowDown"), run(name, "x"), grid.move.mock.calls]).toEqual([
    ...[true, false, [["Shift+ArrowDown"], ["x"]]],
  ]);
});

const written = () => [writing.fillDown, writing.clear, does.onPattern, does.onWarn].map(({ mock }) => mock.calls);
it("writes into the range by its keys", () => {
  show();
  for (const name of ["fillDown", "clearCells", "pattern", "warn"]) run(name);
  expect(written()).toEqual([[[BOX]], [[BOX]], [[]], [[]]]);
});

it.each([
  ["others only look at it", { isReadOnly: true }],
  ["no cell is chosen", { gridPart: { box: null } }],
])("writes nothing where %s, and leaves the keys to others", (_what, part) => {
  show(part);
  expect(["fillDown", "clearCells", "pattern", "warn"].map((name) => run(name))).toEqual([false, false, false, false]);
  expect(written()).toEqual([[], [], [], []]);
});

it.each([
  [true, false, null],
  [false, false, "choose cells of a text first"],
  [false, true, null],
])("says why there is no pattern (a text: %s, only looked at: %s): %s", (canPattern, isReadOnly, why) => {
  show({ canPattern, isReadOnly });
  expect(named("pattern")?.disabledReason).toBe(why);
});

it("edits the cell by what the page does with it", () => {
  does.onOpen.mockReturnValueOnce(false);
  show();
  expect([run("editCell"), does.onOpen.mock.calls.length]).toEqual([false, 1]);
});

it("selects the range's drafts beside those that are, or all", () => {
  show();
  run("row");
  run("all");
  const [[change], [all]] = does.onSelect.mock.calls as [[(now: Selection) => Selection], [Selection]];
  expect([[...change(selectionOf([3])).ids], [...all.ids]]).toEqual([
    [3, 1, 2],
    [1, 2, 3],
  ]);
});

it("undoes and does again", () => {
  show();
  run("undo");
  run("redo");
  expect(does.undo.mock.calls).toEqual([[false], [true]]);
});

it("closes what is selected first, then the range, and then leaves it to others", () => {
  show({ selection: selectionOf([1]) });
  const closed = run("close");
  expect([closed, does.onSelect.mock.calls.map(([to]) => (to as Selection).ids.size), grid.goTo.mock.calls]).toEqual([
    ...[true, [0], []],
  ]);
  cleanup();
  show();
  expect([run("close"), grid.goTo.mock.calls, does.onSelect.mock.calls.length]).toEqual([true, [[TWO]], 1]);
  cleanup();
  for (const range of [null, { anchor: TWO, cursor: TWO }]) {
    show({ gridPart: { range } });
    expect(run("close")).toBe(false);
    cleanup();
  }
  expect(grid.goTo).toHaveBeenCalledTimes(1);
});

it("asks for files and for a sheet", () => {
  show();
  run("Add files");
  run("From a spreadsheet");
  expect(does.onAsk.mock.calls).toEqual([["add"], ["sheet"]]);
});

/** The event with a clipboard; whether it was left to the browser. */
function clip(type: "copy" | "cut" | "paste", text = "A\tB") {
  const board = { setData: vi.fn(), getData: vi.fn(() => text) };
  const event = Object.assign(new Event(type, { bubbles: true, cancelable: true }), { clipboardData: board });
  document.dispatchEvent(event);
  return { isLeft: !event.defaultPrevented, set: board.setData.mock.calls };
}
const results = () => [writing.copy, writing.clear, writing.paste, announce].map(({ mock }) => mock.calls);

it("copies, cuts and pastes the range", () => {
  show().grid.focus();
  expect(clip("copy")).toEqual({ isLeft: false, set: [["text/plain", "A\tB"]] });
  expect(results()).toEqual([[[BOX]], [], [], [["Copied"]]]);
  expect(clip("cut")).toEqual({ isLeft: false, set: [["text/plain", "A\tB"]] });
  expect(results()).toEqual([[[BOX], [BOX]], [[BOX]], [], [["Copied"]]]);
  expect(clip("paste").isLeft).toBe(false);
  expect(writing.paste.mock.calls).toEqual([["A\tB", BOX]]);
});

it("copies also where nothing has the focus, and no more once it is gone", () => {
  const { unmount } = show();
  expect(clip("copy").isLeft).toBe(false);
  unmount();
  expect([clip("copy").isLeft, clip("paste").isLeft]).toEqual([true, true]);
});

it("cuts nothing out of what is only looked at, but copies it, and takes no paste", () => {
  show({ isReadOnly: true });
  clip("cut");
  expect([clip("paste").isLeft, results()]).toEqual([true, [[[BOX]], [], [], [["Copied"]]]]);
});

it.each([
  ["on a phone", { isPhone: true }],
  ["without a range", { gridPart: { box: null } }],
])("leaves the clipboard to the browser %s", (_where, part) => {
  show(part);
  expect((["copy", "cut", "paste"] as const).map((type) => clip(type).isLeft)).toEqual([true, true, true]);
  expect(results()).toEqual([[], [], [], []]);
});

it("leaves the clipboard to a field that has the focus, and to a text that is selected", () => {
  const { elsewhere, grid: cells } = show();
  elsewhere.focus();
  expect((["copy", "paste"] as const).map((type) => clip(type).isLeft)).toEqual([true, true]);
  cells.focus();
  document.getSelection()?.selectAllChildren(cells);
  expect([clip("copy").isLeft, clip("paste", "").isLeft, results()]).toEqual([true, true, [[], [], [], []]]);
  fireEvent.blur(cells);
});
