// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { ignoreSecondClicks } from "./secondClick";

let stop: () => void;
const heard = vi.fn();
beforeEach(() => {
  document.body.innerHTML = "<ul><li></li></ul><dialog open><button></button></dialog>";
  stop = ignoreSecondClicks();
  heard.mockReset();
  for (const type of ["mousedown", "click", "dblclick"])
    document.querySelector("ul")?.addEventListener(type, () => heard(type) as unknown);
});
afterEach(() => stop());

const press = (selector: string, detail: number, types = ["mousedown", "click"]) => {
  const on = document.querySelector(selector);
  for (const type of types) on?.dispatchEvent(new MouseEvent(type, { detail, bubbles: true, cancelable: true }));
};
const pressTwice = () => {
  press("button", 1);
  document.querySelector("dialog")?.remove();
  press("li", 2, ["mousedown", "click", "dblclick"]);
};

it("keeps the second click from what is under a dialog that the first one has closed", () => {
  pressTwice();
  expect(heard).not.toHaveBeenCalled();
  press("li", 1);
  press("li", 2, ["mousedown", "click", "dblclick"]);
  expect(heard.mock.calls.flat()).toEqual(["mousedown", "click", "mousedown", "click", "dblclick"]);
});

it("keeps the second click from what the first one has opened instead of a list", () => {
  document.body.innerHTML = '<div role="listbox"><img></div><ul><li></li></ul>';
  document.querySelector("ul")?.addEventListener("mousedown", () => heard("mousedown") as unknown);
  press("img", 1);
  document.querySelector("[role=listbox]")?.remove();
  press("li", 2);
  expect(heard).not.toHaveBeenCalled();
});

it("keeps the second click from what is in the place of a button that is gone", () => {
  document.body.innerHTML = '<ul role="toolbar"><li></li><button></button></ul>';
  document.querySelector("ul")?.addEventListener("mousedown", () => heard("mousedown") as unknown);
  press("button", 1);
  press("button", 2);
  expect(heard).toHaveBeenCalledTimes(2);
  press("button", 1);
  document.querySelector("button")?.remove();
  press("li", 2);
  expect(heard).toHaveBeenCalledTimes(3);
});

it("lets a double click through in a dialog that stays, and everything once it has ended", () => {
  const inDialog = vi.fn();
  document.querySelector("dialog")?.addEventListener("click", inDialog);
  press("button", 1);
  press("button", 2);
  expect(inDialog).toHaveBeenCalledTimes(2);
  stop();
  pressTwice();
  expect(heard.mock.calls.flat()).toEqual(["mousedown", "click", "dblclick"]);
});
