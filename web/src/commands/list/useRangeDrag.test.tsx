// @vitest-environment happy-dom
import { renderHook } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { noSelection, orderOf, type Selection, selectionOf } from "../../platform/selection";
import { useRangeDrag } from "./useRangeDrag";

const ids = [1, 2, 3, 4, 5, 6];
const ROW = 20;
let list: HTMLElement;
let selection: Selection;
let active: number | null;
let frames: (() => void)[];
const scrolled = vi.fn();
let unmount: () => void;

/** Rows of 20 px at x 0 to 100; what is left of 10 is the handle. */
const elementAt = (x: number, y: number) => {
  const row = x < 0 || x > 100 ? null : list.children[Math.floor(y / ROW)];
  return row ? (x < 10 ? row.querySelector("[data-handle]") : row) : null;
};
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  [selection, active, frames] = [noSelection, null, []];
  scrolled.mockReset();
  document.body.innerHTML = `<div>${ids.map((id) => `<p data-id="${id}"><b data-handle></b></p>`).join("")}</div>`;
  list = document.body.firstElementChild as HTMLElement;
  list.getBoundingClientRect = () => ({ top: -1000, bottom: 2000 }) as DOMRect;
  list.scrollBy = scrolled as never;
  document.elementFromPoint = elementAt;
  vi.stubGlobal("requestAnimationFrame", (run: () => void) => frames.push(run));
  vi.stubGlobal("cancelAnimationFrame", () => (frames = []));
  ({ unmount } = renderHook(() => {
    useRangeDrag({
      scroller: { current: list },
      key: "list",
      order: orderOf(ids.map((id) => ({ id }))),
      setActiveId: (id) => (active = id),
      select: (change) => (selection = change(selection)),
    });
  }));
});
afterEach(() => {
  unmount();
  vi.useRealTimers();
});

function send(type: string, x: number, y: number, part: PointerEventInit = {}, target?: Element): Event {
  const at = { clientX: x, clientY: y, bubbles: true, cancelable: true, isPrimary: true, pointerType: "mouse" };
  const event = new PointerEvent(type, { ...at, ...part });
  (target ?? elementAt(x, y) ?? document.body).dispatchEvent(event);
  return event;
}
const chosen = () => [...selection.ids].sort((a, b) => a - b);
const click = () => {
  const event = new MouseEvent("click", { bubbles: true, cancelable: true });
  const pressed = vi.fn();
  list.addEventListener("click", pressed, { once: true });
  list.children[0]?.dispatchEvent(event);
  list.removeEventListener("click", pressed);
  return { isPrevented: event.defaultPrevented, isHeard: pressed.mock.calls.length > 0 };
};
const touch = { pointerType: "touch" };

describe("a drag over the handles", () => {
  it("chooses from the row where it began to the one where it is, there and back", () => {
    send("pointerdown", 5, 25);
    expect(chosen()).toEqual([]);
    send("pointermove", 5, 65);
    expect([chosen(), active]).toEqual([[2, 3, 4], 2]);
    send("pointermove", 5, 5);
    expect(chosen()).toEqual([1, 2]);
    send("pointermove", 500, 5);
    expect(chosen()).toEqual([1, 2]);
    send("pointerup", 5, 5);
    send("pointermove", 5, 105);
    expect(chosen()).toEqual([1, 2]);
  });

  it("takes out what was chosen where it begins on a chosen row", () => {
    selection = selectionOf([2, 3, 4]);
    send("pointerdown", 5, 25);
    send("pointermove", 5, 45);
    expect(chosen()).toEqual([4]);
  });

  it("swallows the click that ends it, and the next one not", () => {
    send("pointerdown", 5, 25);
    send("pointermove", 5, 65);
    send("pointerup", 5, 65);
    expect(click()).toEqual({ isPrevented: true, isHeard: false });
    vi.runAllTimers();
    expect(click()).toEqual({ isPrevented: false, isHeard: true });
  });

  it.each([
    ["a press beside the handle", 50, {}],
    ["another button", 5, { button: 2 }],
    ["a second finger", 5, { isPrimary: false }],
    ["a press with Shift, which the list itself takes", 5, { shiftKey: true }],
  ])("does not begin with %s", (_, x, part) => {
    send("pointerdown", x, 25, part);
    send("pointermove", x, 65);
    expect([chosen(), active]).toEqual([[], null]);
  });

  it("does not begin within its row, nor with the hand's trembling at its edge", () => {
    send("pointerdown", 5, 22);
    send("pointermove", 5, 39);
    expect(active).toBeNull();
    send("pointermove", 5, 18); // 4 px
    expect(active).toBeNull();
    send("pointermove", 5, 17.9);
    expect([active, chosen()]).toEqual([2, [1, 2]]);
  });

  it("leaves a click alone that moved nothing", () => {
    send("pointerdown", 5, 25);
    send("pointerup", 5, 25);
    expect(click()).toEqual({ isPrevented: false, isHeard: true });
  });

  it("ends where the list goes", () => {
    send("pointerdown", 5, 25);
    unmount();
    send("pointermove", 5, 65);
    expect(chosen()).toEqual([]);
  });
});

describe("a finger", () => {
  const moveTouch = () => {
    const event = new Event("touchmove", { bubbles: true, cancelable: true });
    list.dispatchEvent(event);
    return event.defaultPrevented;
  };
  it("that rests chooses, wherever it rests, and drags on without scrolling", () => {
    send("pointerdown", 50, 25, touch);
    vi.advanceTimersByTime(349);
    expect([active, moveTouch()]).toEqual([null, false]);
    vi.advanceTimersByTime(1);
    expect([active, chosen(), moveTouch()]).toEqual([2, [2], true]);
    send("pointermove", 50, 65, touch);
    expect(chosen()).toEqual([2, 3, 4]);
    send("pointercancel", 50, 65, touch);
    send("pointermove", 50, 105, touch);
    expect(chosen()).toEqual([2, 3, 4]);
  });

  it.each([
    [8, [2]],
    [8.1, []],
  ])("that moves by %f px before that scrolls, or not: %j", (by, ids) => {
    send("pointerdown", 50, 25, touch);
    send("pointermove", 50, 25 + by, touch);
    vi.advanceTimersByTime(1000);
    expect(chosen()).toEqual(ids);
  });

  it("that is lifted before that chooses nothing", () => {
    send("pointerdown", 50, 25, touch);
    send("pointerup", 50, 25, touch);
    vi.advanceTimersByTime(1000);
    expect(chosen()).toEqual([]);
  });

  it("opens no menu of the browser's; a mouse does, unless it draws", () => {
    const isPrevented = () => send("contextmenu", 5, 25).defaultPrevented;
    expect(isPrevented()).toBe(false);
    send("pointerdown", 50, 25, touch);
    expect(isPrevented()).toBe(true);
    send("pointerup", 50, 25, touch);
    expect(isPrevented()).toBe(false);
    send("pointerdown", 5, 25);
    expect(isPrevented()).toBe(false);
    send("pointermove", 5, 65);
    expect(isPrevented()).toBe(true);
  });
});

describe("near an edge", () => {
  const frame = () => frames.shift()?.();
  it.each([
    [48, 60, null],
    [47, 60, null],
    [30, 6, -6],
    [0, 0, -16],
    [-60, 0, -18],
    [252, 0, null],
    [270, 0, 6],
    [300, 0, 16],
    [360, 0, 18],
  ])("at %i of 300 px the list scrolls: %s", (y, _, by) => {
    list.getBoundingClientRect = () => ({ top: 0, bottom: 300 }) as DOMRect;
    send("pointerdown", 5, 105);
    send("pointermove", 5, y === 105 ? 104 : y);
    if (frames.length === 0) send("pointermove", 500, y);
    frame();
    const [call] = scrolled.mock.calls as [number, number][];
    if (by === null) expect(call === undefined || Math.abs(call[1]) < 1).toBe(true);
    else expect(call).toEqual([0, by]);
    expect(frames).toHaveLength(1);
    send("pointerup", 5, y);
    expect(frames).toHaveLength(0);
  });

  it("the rows that come under the pointer are chosen", () => {
    list.getBoundingClientRect = () => ({ top: 0, bottom: 100 }) as DOMRect;
    send("pointerdown", 5, 45);
    send("pointermove", 5, 85);
    expect(chosen()).toEqual([3, 4, 5]);
    document.elementFromPoint = (x, y) => elementAt(x, y + ROW);
    frame();
    expect(chosen()).toEqual([3, 4, 5, 6]);
  });
});
