// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { PatternBar } from "./PatternBar";

const does = { onChange: vi.fn(), onFill: vi.fn(), onClose: vi.fn() };
beforeEach(() => vi.resetAllMocks());
afterEach(cleanup);
function show(count = 3) {
  render(<PatternBar label="Title" {...{ count, ...does }} />);
  return screen.getByRole<HTMLInputElement>("textbox", { name: "Pattern" });
}
const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

it.each([
  [1, "A pattern for 1 cell", "Title 1 cell", "Fill 1 cell Enter"],
  [3, "A pattern for 3 cells", "Title 3 cells", "Fill 3 cells Enter"],
])("says which %i cells it fills", (count, name, words, fill) => {
  const input = show(count);
  expect(document.activeElement).toBe(input);
  expect(screen.getByRole("form", { name }).querySelector(".selection-count")?.textContent).toBe(words);
  expect(document.querySelector("[type=submit]")?.textContent.trim()).toBe(fill);
});

it("tells each change, and fills with what stands there in the end", () => {
  const input = show();
  fireEvent.change(input, { target: { value: "Sea" } });
  fireEvent.change(input, { target: { value: "Sea {n}" } });
  const isLeft = fireEvent.submit(input);
  expect([does.onChange.mock.calls, does.onFill.mock.calls, isLeft]).toEqual([
    ...[[["Sea"], ["Sea {n}"]], [["Sea {n}"]], false],
  ]);
});

it("inserts a word in place of what is selected, and goes on behind it", async () => {
  const input = show();
  fireEvent.change(input, { target: { value: "Sea view" } });
  input.setSelectionRange(3, 5);
  fireEvent.click(screen.getByRole("button", { name: "{n}" }));
  expect([input.value, does.onChange.mock.lastCall, document.activeElement]).toEqual([
    ...["Sea{n}iew", ["Sea{n}iew"], input],
  ]);
  await frame();
  expect([input.selectionStart, input.selectionEnd]).toEqual([6, 6]);
});

it("offers each word that stands for something", () => {
  show();
  const words = ["{n}", "{count}", "{name}", "{folder}", "{date}"];
  expect(words.map((name) => screen.queryByRole("button", { name })?.tabIndex)).toEqual(words.map(() => -1));
});

it("is left by Escape, which closes nothing else, and by its button", () => {
  const outside = vi.fn();
  document.addEventListener("keydown", outside);
  const input = show();
  fireEvent.keyDown(input, { key: "Escape" });
  expect([does.onClose.mock.calls.length, outside.mock.calls.length]).toEqual([1, 0]);
  fireEvent.keyDown(input, { key: "a" });
  document.removeEventListener("keydown", outside);
  expect([does.onClose.mock.calls.length, outside.mock.calls.length]).toEqual([1, 1]);
  fireEvent.click(screen.getByRole("button", { name: "Leave the cells as they were" }));
  expect([does.onClose.mock.calls.length, does.onFill.mock.calls]).toEqual([2, []]);
});
