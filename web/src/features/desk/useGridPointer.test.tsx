// @vitest-environment happy-dom
import { act, renderHook } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { orderOf } from "../../platform/selection";
import type { ColumnId } from "./cells";
import { useGrid } from "./useGrid";
import { useGridPointer } from "./useGridPointer";

const ids = [11, 12, 13, 14];
const columns = ["title", "description", "hashtags"] as unknown as ColumnId[];
const order = orderOf(ids.map((id) => ({ id })));
const does = { onPick: vi.fn(), onOpen: vi.fn(), onAct: vi.fn(), onFill: vi.fn(), onMenu: vi.fn() };
const [capture, scrolled] = [vi.fn(), vi.fn()];
let scroller: HTMLDivElement;
let frames: (() => void)[];

/** Cells of 10 × 10 px. */
const elementAt = (x: number, y: number) => scroller.children[Math.floor(y / 10)]?.children[Math.floor(x / 10)] ?? null;

function opened() {
  return renderHook(() => {
    const grid = useGrid({ order, columns, page: () => 2 });
    const pointer = useGridPointer({
      ...{ scroller: { current: scroller }, cursorOf: grid, order, columns, isReadOnly: false },
      ...does,
    });
    return { grid, ...pointer };
  }).result;
}
beforeEach(() => {
  vi.resetAllMocks();
  frames = [];
  const cells = columns.map((column) => `<td data-column="${column}"><i></i></td>`).join("");
  const rows = ids.map((id) => `<p data-id="${String(id)}">${cells.replaceAll("td", "b")}</p>`).join("");
  document.body.innerHTML = `<div>${rows}</div>`;
  scroller = document.body.firstElementChild as HTMLDivElement;
  scroller.setPointerCapture = capture;
  scroller.scrollBy = scrolled as never;
  scroller.getBoundingClientRect = () => ({ top: -100, bottom: 200 }) as DOMRect;
  document.elementFromPoint = elementAt;
  vi.stubGlobal("requestAnimationFrame", (run: () => void) => frames.push(run));
  vi.stubGlobal("cancelAnimationFrame", () => (frames = []));
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
});
type Pointer = ReturnType<typeof opened>["current"];
type Handler = keyof Pointer["handlers"];
const preventDefault = vi.fn();

function send(page: { current: Pointer }, name: Handler, x: number, y: number, part: object = {}) {
  const target = elementAt(x, y);
  const at = { clientX: x, clientY: y, button: 0, shiftKey: false, pointerType: "mouse", pointerId: 1 };
  act(() => page.current.handlers[name]({ ...at, target, preventDefault, ...part } as never));
}
const box = ({ grid }: Pointer) => grid.box && [grid.box.top, grid.box.bottom, grid.box.left, grid.box.right];
const inner = (html: string, x: number, y: number) => {
  const cell = elementAt(x, y) as HTMLElement;
  cell.innerHTML = html;
  const [element] = [...cell.children] as [Element];
  return element;
};

describe("a press", () => {
  it("moves the cursor, a drag draws the range from there, with Shift from where it began", () => {
    const page = opened();
    send(page, "onPointerDown", 15, 15);
    expect(page.current.grid.cursor).toEqual({ id: 12, column: "description" });
    send(page, "onPointerMove", 5, 35);
    expect(box(page.current)).toEqual([1, 3, 0, 1]);
    send(page, "onPointerMove", 500, 500);
    expect(box(page.current)).toEqual([1, 3, 0, 1]);
    send(page, "onPointerUp", 5, 35);
    send(page, "onPointerMove", 5, 5);
    expect(box(page.current)).toEqual([1, 3, 0, 1]);
    send(page, "onPointerDown", 25, 5, { shiftKey: true });
    expect(box(page.current)).toEqual([0, 1, 1, 2]);
    send(page, "onPointerMove", 25, 25);
    expect(box(page.current)).toEqual([1, 2, 1, 2]);
    send(page, "onContextMenu", 5, 5);
    expect(page.current.grid.moves).toBe(0); // the list is not scrolled under the pointer
  });

  it.each([
    ["of another button", { button: 2 }],
    ["on a button in the cell", { inner: "<button></button>" }],
    ["on a link in the cell", { inner: "<a></a>" }],
    ["in the editor", { inner: "<i class='desk-editor'></i>" }],
  ])("%s moves nothing", (_, { inner: html, ...part }: { inner?: string; button?: number }) => {
    const page = opened();
    send(page, "onPointerDown", 15, 15, { ...part, ...(html !== undefined && { target: inner(html, 15, 15) }) });
    expect(page.current.grid.cursor).toEqual({ id: 11, column: "title" });
  });

  it.each([
    ["of a finger, which scrolls", { pointerType: "touch" }, null],
    ["on a picture, which is dragged to its day", {}, "<i data-handle></i>"],
    ["on what acts", {}, "<i data-act='x'></i>"],
  ])("%s moves the cursor and draws nothing", (_, part, html) => {
    const page = opened();
    const target = html === null ? elementAt(15, 15) : inner(html, 15, 15);
    send(page, "onPointerDown", 15, 15, { ...part, target });
    send(page, "onPointerMove", 15, 35);
    expect([box(page.current), capture.mock.calls]).toEqual([[1, 1, 1, 1], []]);
  });
});

describe("the handle", () => {
  const down = (page: { current: Pointer }) => {
    send(page, "onPointerDown", 15, 15);
    send(page, "onPointerUp", 15, 15);
    send(page, "onPointerDown", 15, 15, { target: inner("<i data-fill></i>", 15, 15) });
  };
  it("shows what it would fill, and fills it", () => {
    const page = opened();
    down(page);
    send(page, "onPointerMove", 25, 35);
    expect([page.current.filled, box(page.current)]).toEqual([{ top: 1, bottom: 3, left: 1, right: 1 }, [1, 1, 1, 1]]);
    send(page, "onPointerUp", 25, 35);
    expect([does.onFill.mock.calls, page.current.filled]).toEqual([[[1, 3]], null]);
  });

  it("fills nothing where it was not dragged", () => {
    const page = opened();
    down(page);
    send(page, "onPointerUp", 15, 15);
    expect(does.onFill).not.toHaveBeenCalled();
  });
});

it.each([
  [30, 0, -10 / 3],
  [-60, 0, -18],
  [40, 0, null],
  [170, 0, 10 / 3],
  [160, 0, null],
  [400, 0, 18],
])("near an edge, at %i of 200 px, a drag scrolls: %s", (y, _, by) => {
  scroller.getBoundingClientRect = () => ({ top: 0, bottom: 200 }) as DOMRect;
  const page = opened();
  send(page, "onPointerDown", 15, 15);
  send(page, "onPointerMove", 15, y);
  document.elementFromPoint = () => elementAt(25, 35);
  act(() => frames.shift()?.());
  expect(scrolled.mock.calls).toEqual(by === null ? [] : [[0, by]]);
  if (by !== null) expect(box(page.current)).toEqual([1, 3, 1, 2]);
  expect(frames).toHaveLength(1);
  send(page, "onPointerCancel", 15, y);
  expect(frames).toHaveLength(0);
});

describe("a click", () => {
  it("ticks its row, with Shift a range of rows", () => {
    const page = opened();
    for (const shiftKey of [false, true]) {
      send(page, "onClick", 15, 25, { shiftKey, target: inner("<i data-tick></i>", 15, 25) });
    }
    expect([does.onPick.mock.calls, does.onAct.mock.calls]).toEqual([
      [
        [13, false],
        [13, true],
      ],
      [],
    ]);
  });

  it("on what acts does that", () => {
    const page = opened();
    send(page, "onClick", 15, 25, { target: inner("<i data-act='warn'></i>", 15, 25) });
    expect(does.onAct.mock.calls).toEqual([[13, "description", "warn"]]);
  });

  it.each([
    [true, true, 1],
    [true, false, 0],
    [false, true, 0],
  ])("on the cursor's cell (%s) opens it where nothing hovers (%s): %i", (isCursor, isTouch, count) => {
    vi.stubGlobal("matchMedia", () => ({ matches: isTouch }));
    const page = opened();
    if (isCursor) send(page, "onPointerDown", 15, 15, { pointerType: "touch" });
    send(page, "onPointerDown", 15, 15, { pointerType: "touch" });
    send(page, "onClick", 15, 15);
    expect(does.onOpen).toHaveBeenCalledTimes(count);
  });

  it("of two opens the cell under the pointer, not one in the editor or beside the cells", () => {
    const page = opened();
    send(page, "onDoubleClick", 15, 15, { target: scroller });
    send(page, "onDoubleClick", 500, 15, { target: scroller });
    send(page, "onDoubleClick", 15, 15, { target: inner("<i class='desk-editor'></i>", 15, 15) });
    expect(does.onOpen).toHaveBeenCalledTimes(1);
  });
});

it("a menu is that of its cell; a field has the browser's", () => {
  const page = opened();
  send(page, "onContextMenu", 15, 25);
  expect([does.onMenu.mock.calls, page.current.grid.cursor, preventDefault.mock.calls.length]).toEqual([
    ...[[[{ x: 15, y: 25 }]], { id: 13, column: "description" }, 1],
  ]);
  send(page, "onContextMenu", 5, 5, { target: inner("<a></a>", 5, 5) });
  send(page, "onContextMenu", 500, 5, { target: scroller });
  expect(does.onMenu).toHaveBeenCalledTimes(1);
});

it("Tab goes from cell to cell, and out of the grid at its ends", () => {
  const page = opened();
  const step = (by: 1 | -1) => {
    let moved = false;
    act(() => void (moved = page.current.step(by)));
    return [moved, page.current.grid.cursor?.id, page.current.grid.cursor?.column];
  };
  expect(step(-1)).toEqual([false, 11, "title"]);
  act(() => page.current.grid.goTo({ id: 11, column: "hashtags" }));
  expect([step(1), step(-1)]).toEqual([
    [true, 12, "title"],
    [true, 11, "hashtags"],
  ]);
  act(() => page.current.grid.goTo({ id: 14, column: "hashtags" }));
  expect(step(1)).toEqual([false, 14, "hashtags"]);
});

describe("the cursor", () => {
  const at = (page: { current: Pointer }, id: number, column: string) =>
    act(() => page.current.grid.goTo({ id, column: column as ColumnId }));
  it.each([
    ["ArrowDown", [2, 2, 1, 1]],
    ["ArrowUp", [0, 0, 1, 1]],
    ["ArrowLeft", [1, 1, 0, 0]],
    ["ArrowRight", [1, 1, 2, 2]],
    ["Mod+ArrowDown", [3, 3, 1, 1]],
    ["Mod+ArrowUp", [0, 0, 1, 1]],
    ["Mod+ArrowLeft", [1, 1, 0, 0]],
    ["Mod+ArrowRight", [1, 1, 2, 2]],
    ["PageDown", [3, 3, 1, 1]],
    ["PageUp", [0, 0, 1, 1]],
    ["Home", [1, 1, 0, 0]],
    ["End", [1, 1, 2, 2]],
    ["Mod+Home", [0, 0, 0, 0]],
    ["Mod+End", [3, 3, 2, 2]],
    ["Shift+ArrowDown", [1, 2, 1, 1]],
    ["Mod+Shift+ArrowDown", [1, 3, 1, 1]],
    ["Shift+PageUp", [0, 1, 1, 1]],
  ])("goes by %s to %j", (key, to) => {
    const page = opened();
    at(page, 12, "description");
    const moves = page.current.grid.moves;
    act(() => expect(page.current.grid.move(key)).toBe(true));
    expect([box(page.current), page.current.grid.moves]).toEqual([to, moves + 1]);
  });

  it("stays in the list at its ends, and goes nowhere by other keys", () => {
    const page = opened();
    at(page, 11, "title");
    for (const key of ["ArrowUp", "ArrowLeft", "PageUp"]) act(() => void page.current.grid.move(key));
    expect(box(page.current)).toEqual([0, 0, 0, 0]);
    at(page, 14, "hashtags");
    for (const key of ["ArrowDown", "ArrowRight", "PageDown"]) act(() => void page.current.grid.move(key));
    expect([box(page.current), page.current.grid.move("x")]).toEqual([[3, 3, 2, 2], false]);
  });
});
