// @vitest-environment happy-dom
import { renderHook } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { useGestures } from "./useGestures";

const on = { onPan: vi.fn(), onZoom: vi.fn(), onTwice: vi.fn(), onSwipe: vi.fn(), onSwiped: vi.fn() };
const capture = vi.fn();
let room: HTMLElement;
let gestures: { isSwiped: boolean };
let unmount: () => void;

beforeEach(() => {
  vi.resetAllMocks();
  document.body.innerHTML = "<div><i></i><button>Play</button></div>";
  room = document.body.firstElementChild as HTMLElement;
  Object.defineProperties(room, { clientWidth: { value: 400 }, clientHeight: { value: 200 } });
  room.getBoundingClientRect = () => ({ left: 10, top: 20, width: 400, height: 200 }) as DOMRect;
  room.setPointerCapture = capture;
  gestures = { isSwiped: false };
  ({ unmount } = renderHook(() => {
    useGestures({ current: room }, { ...on, isSwiped: gestures.isSwiped });
  }));
});
const swiped = () => {
  unmount();
  gestures.isSwiped = true;
  ({ unmount } = renderHook(() => {
    useGestures({ current: room }, { ...on, isSwiped: true });
  }));
};
function send(type: string, x: number, y: number, part: PointerEventInit & { at?: number } = {}, target = "i") {
  const event = new PointerEvent(type, {
    ...{ clientX: x, clientY: y, pointerId: 1, bubbles: true, cancelable: true, pointerType: "touch" },
    ...part,
  });
  Object.defineProperty(event, "timeStamp", { value: part.at ?? 5000 });
  room.querySelector(target)?.dispatchEvent(event);
  return event;
}
const calls = (name: keyof typeof on) => on[name].mock.calls.map(([first]) => first as unknown);

it.each([
  [300, 0, 0.5],
  [-300, 0, 2],
  [10, 1, 0.5],
  [-10, 2, 2],
])("a wheel turned by %i in mode %i zooms by %f around the pointer", (deltaY, deltaMode, factor) => {
  const at = { x: 260, y: 95, deltaY, deltaMode };
  const event = Object.assign(new Event("wheel", { cancelable: true }), at);
  room.dispatchEvent(event);
  expect([event.defaultPrevented, on.onZoom.mock.calls]).toEqual([true, [[factor, { x: 50, y: -25 }]]]);
});

describe("one finger", () => {
  it("pans a picture that is larger than its room", () => {
    send("pointerdown", 100, 100);
    send("pointermove", 90, 105);
    send("pointermove", 70, 105);
    send("pointerup", 70, 105);
    send("pointermove", 0, 0);
    expect(calls("onPan")).toEqual([
      { x: -10, y: 5 },
      { x: -20, y: 0 },
    ]);
    expect([calls("onSwipe"), on.onSwiped.mock.calls, on.onTwice.mock.calls]).toEqual([[null], [], []]);
  });

  it("shows how far a swipe is, of one that judges", () => {
    swiped();
    send("pointerdown", 100, 100);
    send("pointermove", 300, 100);
    send("pointermove", 60, 100);
    expect([calls("onSwipe"), calls("onPan")]).toEqual([[0.5, -0.1], []]);
  });

  it("of a mouse pans where a finger would swipe", () => {
    swiped();
    send("pointerdown", 100, 100, { pointerType: "mouse" });
    send("pointermove", 300, 100, { pointerType: "mouse" });
    expect([calls("onSwipe"), calls("onPan")]).toEqual([[], [{ x: 200, y: 0 }]]);
  });

  it.each([
    [101, 0, ["right"]],
    [100, 0, []],
    [-101, 0, ["left"]],
    [-100, 0, []],
    [0, -51, ["up"]],
    [0, -50, []],
    [0, 90, []],
    [101, -90, ["right"]],
  ])("judges from a quarter on: %i, %i is %j", (x, y, judged) => {
    swiped();
    send("pointerdown", 200, 100);
    send("pointermove", 200 + x, 100 + y);
    send("pointerup", 200 + x, 100 + y);
    expect(calls("onSwiped")).toEqual(judged);
    expect(calls("onSwipe").at(-1)).toBeNull();
  });

  it.each([
    ["pointercancel", "touch", true],
    ["pointerup", "mouse", true],
    ["pointerup", "touch", false],
  ])("judges nothing at %s of a %s (%s)", (type, pointerType, isSwiped) => {
    if (isSwiped) swiped();
    send("pointerdown", 200, 100, { pointerType });
    send("pointermove", 400, 100, { pointerType });
    send(type, 400, 100, { pointerType });
    expect(on.onSwiped).not.toHaveBeenCalled();
  });

  it.each([
    ["button", { button: 0 }],
    ["i", { button: 1 }],
  ])("does nothing on %s with %j", (target, part) => {
    send("pointerdown", 100, 100, part, target);
    send("pointermove", 90, 100);
    expect([on.onPan.mock.calls, capture.mock.calls]).toEqual([[], []]);
  });
});

describe("two taps", () => {
  const tap = (at: number, by = 0) => {
    send("pointerdown", 260, 95, { at });
    if (by > 0) send("pointermove", 260 + by, 95, { at });
    send("pointerup", 260 + by, 95, { at });
  };
  it.each([
    [299, 0, 1],
    [300, 0, 0],
    [100, 8, 1],
    [100, 8.5, 0],
  ])("after %i ms and a move of %f px are one double tap: %i", (later, by, count) => {
    tap(5000);
    tap(5000 + later, by);
    expect(on.onTwice).toHaveBeenCalledTimes(count);
    if (by === 0 && count === 1) expect(on.onTwice).toHaveBeenCalledWith({ x: 50, y: -25 });
  });

  it("of which the first was a drag are none", () => {
    tap(5000, 20);
    tap(5100);
    expect(on.onTwice).not.toHaveBeenCalled();
  });
});

describe("two fingers", () => {
  it("zoom by how far they move apart, and pan by their middle", () => {
    send("pointerdown", 200, 120);
    send("pointerdown", 220, 120, { pointerId: 2 });
    send("pointermove", 240, 120, { pointerId: 2 });
    expect(on.onZoom.mock.calls).toEqual([[2, { x: 10, y: 0 }]]);
    expect(calls("onPan")).toEqual([{ x: 10, y: 0 }]);
    send("pointerup", 240, 120, { pointerId: 2 });
    send("pointermove", 0, 0);
    expect([on.onPan.mock.calls.length, on.onSwipe.mock.calls, on.onTwice.mock.calls]).toEqual([1, [], []]);
  });

  it("in one place do not zoom without end", () => {
    send("pointerdown", 200, 120);
    send("pointerdown", 200, 120, { pointerId: 2 });
    send("pointermove", 203, 124, { pointerId: 2 });
    expect(calls("onZoom")).toEqual([5]);
  });
});

it("is nothing that goes on after the picture has gone", () => {
  unmount();
  send("pointerdown", 100, 100);
  send("pointermove", 90, 105);
  expect(on.onPan).not.toHaveBeenCalled();
});
