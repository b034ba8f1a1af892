// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { WarningMenu } from "./WarningMenu";

const does = { onChange: vi.fn(), onClose: vi.fn() };
/** Where the cell is, and how large the menu. */
const at = { left: 300, top: 200 };
const size = { width: 200, height: 100 };
beforeEach(() => {
  vi.resetAllMocks();
  Object.assign(at, { left: 300, top: 200 });
  vi.spyOn(Element.prototype, "getBoundingClientRect").mockImplementation(function (this: Element) {
    return { ...(this.id === "cell" ? at : size) } as DOMRect;
  });
  Object.assign(window, { innerWidth: 1000, innerHeight: 600 });
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});
function show(chosen: readonly string[] = ["Blood"], beside = "cell") {
  render(
    <>
      <div id="cell" />
      <button>Elsewhere</button>
      <WarningMenu title="Sea" {...{ beside, chosen, ...does }} />
    </>,
  );
  return screen.getByRole("dialog", { name: "Warn of: Sea" });
}
const words = () => [...document.querySelectorAll<HTMLElement>(".warning-word")];

it.each([
  ["below the cell", 300, 200, "300px", "244px"],
  ["within the window's right and lower edge", 990, 590, "792px", "492px"],
  ["within its left and upper edge", -50, -90, "8px", "8px"],
])("stands %s", (_where, left, top, x, y) => {
  Object.assign(at, { left, top });
  const { style } = show();
  expect([style.left, style.top]).toEqual([x, y]);
});

it("stands in the corner where its cell is not drawn", () => {
  const { style } = show([], "another");
  expect([style.left, style.top]).toEqual(["8px", "44px"]);
});

it("begins with its first word, and says which are chosen", () => {
  show();
  expect(document.activeElement).toBe(words()[0]);
  expect(words().filter((word) => word.getAttribute("aria-pressed") === "true").map((word) => word.textContent.trim())).toEqual(["Blood"]); // prettier-ignore
  fireEvent.click(screen.getByRole("button", { name: "Blood" }));
  fireEvent.click(screen.getByRole("button", { name: "Spiders" }));
  expect([does.onChange.mock.calls, does.onClose.mock.calls]).toEqual([[["Blood", false], ["Spiders", true]], []]); // prettier-ignore
});

it.each([
  ["ArrowRight", 0, 1],
  ["ArrowDown", 1, 2],
  ["ArrowLeft", 2, 1],
  ["ArrowUp", 1, 0],
  ["ArrowLeft", 0, -1],
  ["ArrowRight", -1, 0],
])("goes by %s from word %i to %i", (key, from, to) => {
  show();
  words().at(from)?.focus();
  const isLeft = fireEvent.keyDown(document.activeElement ?? document.body, { key });
  expect([document.activeElement === words().at(to), isLeft]).toEqual([true, false]);
});

it("leaves other keys, and those in its field, to the browser and the page", () => {
  const outside = vi.fn();
  document.addEventListener("keydown", outside);
  show();
  const first = document.activeElement ?? document.body;
  expect(fireEvent.keyDown(first, { key: "x" })).toBe(true);
  const field = screen.getByRole("textbox");
  field.focus();
  expect([fireEvent.keyDown(field, { key: "ArrowLeft" }), document.activeElement === field]).toEqual([true, true]);
  expect(outside).toHaveBeenCalledTimes(2);
  fireEvent.keyDown(first, { key: "Escape" });
  document.removeEventListener("keydown", outside);
  expect([does.onClose.mock.calls.length, outside.mock.calls.length]).toEqual([1, 2]);
});

it("closes when the focus goes elsewhere or a press does, and not within it", () => {
  const menu = show();
  const [first, second] = words();
  fireEvent.blur(first ?? menu, { relatedTarget: second ?? null });
  fireEvent.blur(first ?? menu, { relatedTarget: null });
  fireEvent.pointerDown(second ?? menu);
  expect(does.onClose).not.toHaveBeenCalled();
  fireEvent.blur(first ?? menu, { relatedTarget: screen.getByRole("button", { name: "Elsewhere" }) });
  expect(does.onClose).toHaveBeenCalledTimes(1);
  fireEvent.pointerDown(screen.getByRole("button", { name: "Elsewhere" }));
  expect(does.onClose).toHaveBeenCalledTimes(2);
});
