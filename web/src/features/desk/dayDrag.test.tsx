// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render } from "@testing-library/react";
import { useRef } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { Carried, useDayDrag, useDayDrop, useDraggedDay } from "./dayDrag";

const { known } = vi.hoisted(() => ({ known: new Map([[1, { shown: { file: { id: 9 } } }], [4, { shown: { file: null } }]]) })); // prettier-ignore
vi.mock("./useDrafts", () => ({ desk: { sheet: { get: () => known } } }));
vi.mock("../../data/assets/AssetPicture", () => ({ ArtOnMat: ({ asset }: { asset: { id: number } }) => <i data-art={asset.id} /> })); // prettier-ignore

const onDrop = vi.fn();
type IdsOf = ((id: number) => readonly number[]) | null;
function List({ idsOf }: { idsOf: IdsOf }) {
  const box = useRef<HTMLDivElement>(null);
  useDayDrag(box, idsOf);
  return (
    <div ref={box}>
      <div data-id="1">
        <i data-handle id="handle" />
        <i id="text" />
      </div>
      <i data-handle id="nobody" />
    </div>
  );
}
function Days() {
  useDayDrop(onDrop);
  return (
    <>
      <p id="over">{useDraggedDay() ?? "none"}</p>
      <div data-day="2026-02-01" id="day" />
      <div data-day="2026-01-01" data-past="true" id="past" />
      <Carried />
    </>
  );
}
const at = (id: string) => document.getElementById(id) ?? document.body;
let under = "text";
beforeEach(() => {
  vi.resetAllMocks();
  under = "text";
  document.elementFromPoint = () => at(under);
});
afterEach(() => {
  act(() => void window.dispatchEvent(new Event("pointerup")));
  cleanup();
});
function show(idsOf: IdsOf = (id) => [id, 2]) {
  return render(
    <>
      <List idsOf={idsOf} />
      <Days />
    </>,
  );
}
const press = (id = "handle", part: object = {}) =>
  fireEvent.pointerDown(at(id), { button: 0, pointerType: "mouse", clientX: 100, clientY: 100, ...part });
const move = (to: string, x = 110, y = 100) => {
  under = to;
  fireEvent.pointerMove(window, { clientX: x, clientY: y });
};
const carried = () => document.querySelector<HTMLElement>(".desk-carried");

it("carries a picture and those with it to a day", () => {
  show();
  // The browser would drag the picture.
  expect(press()).toBe(false);
  move("text");
  expect([carried()?.textContent, carried()?.style.transform, at("over").textContent]).toEqual([
    ...["To a day2 drafts", "translate(118px, 108px)", "none"],
  ]);
  expect(carried()?.querySelector<HTMLElement>("[data-art]")?.dataset["art"]).toBe("9");
  move("day", 300, 40);
  expect([carried()?.textContent, at("over").textContent]).toEqual(["Sun 1 Feb2 drafts", "2026-02-01"]);
  fireEvent.pointerUp(window);
  expect([onDrop.mock.calls, carried(), at("over").textContent]).toEqual([[[[1, 2], "2026-02-01"]], null, "none"]);
});

it("says nothing of others where one is carried", () => {
  show((id) => [id]);
  press();
  move("text");
  expect(carried()?.textContent).toBe("To a day");
});

it.each([
  ["a day that is past", "past", "pointerup"],
  ["no day", "text", "pointerup"],
  ["a day, where the browser takes the pointer", "day", "pointercancel"],
])("drops nothing on %s", (_what, to, event) => {
  show();
  press();
  move(to);
  fireEvent(window, new Event(event));
  expect([onDrop.mock.calls, carried()]).toEqual([[], null]);
});

it("begins where the pointer has left its place, and goes on then", () => {
  show();
  press();
  move("day", 103, 104);
  expect([carried(), at("over").textContent]).toEqual([null, "none"]);
  move("day", 104, 104);
  expect(at("over").textContent).toBe("2026-02-01");
  move("day", 100, 100);
  expect(at("over").textContent).toBe("2026-02-01");
});

it("is given up by Escape, and by no other key", () => {
  show();
  press();
  move("day");
  fireEvent.keyDown(window, { key: "a" });
  expect(at("over").textContent).toBe("2026-02-01");
  fireEvent.keyDown(window, { key: "Escape" });
  fireEvent.pointerUp(window);
  expect([at("over").textContent, onDrop.mock.calls]).toEqual(["none", []]);
});

it.each([
  ["a text", "text", {}],
  ["the picture of no draft", "nobody", {}],
  ["a picture by another button", "handle", { button: 2 }],
  ["a picture by a finger, which scrolls", "handle", { pointerType: "touch" }],
])("leaves %s where it is", (_what, id, part) => {
  show();
  expect(press(id, part)).toBe(true);
  move("day");
  expect(at("over").textContent).toBe("none");
});

it.each([
  ["nothing may be dragged", null],
  ["none goes with it", () => []],
])("leaves a picture where %s", (_where, idsOf) => {
  show(idsOf);
  expect(press()).toBe(true);
  move("day");
  expect(at("over").textContent).toBe("none");
});

it("draws nothing of a draft whose file has gone, but drops it", () => {
  show(() => [4]);
  press();
  move("day");
  expect(carried()).toBeNull();
  fireEvent.pointerUp(window);
  expect(onDrop.mock.calls).toEqual([[[4], "2026-02-01"]]);
});

it("listens no more once the list has gone", () => {
  const { rerender } = show();
  const handle = at("handle");
  rerender(<Days />);
  document.body.append(handle);
  expect(fireEvent.pointerDown(handle, { button: 0 })).toBe(true);
  handle.remove();
});
