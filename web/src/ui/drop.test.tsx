// @vitest-environment happy-dom
import { act, renderHook } from "@testing-library/react";
import { expect, it, vi } from "vitest";

import { useDropLabel, useGlobalDrop, watchDrops } from "./drop";

watchDrops();
function drag(type: string, types: readonly string[] | null = ["Files"]) {
  const dataTransfer = types && { types, dropEffect: "" };
  const event = Object.assign(new Event(type, { cancelable: true }), { dataTransfer });
  act(() => void window.dispatchEvent(event));
  return { isPrevented: event.defaultPrevented, effect: dataTransfer?.dropEffect, files: dataTransfer };
}
const label = () => renderHook(() => useDropLabel()).result.current;

it("the label is there from the first thing that is entered to the last that is left", () => {
  const { unmount } = renderHook(() => useGlobalDrop("Upload", vi.fn()));
  const seen = [label()];
  for (const type of [
    "dragenter",
    "dragenter",
    "dragleave",
    "dragover",
    "dragleave",
    "dragleave",
    "dragenter",
    "dragleave",
  ]) {
    drag(type);
    seen.push(label());
  }
  expect(seen).toEqual([null, "Upload", "Upload", "Upload", "Upload", null, null, "Upload", null]);
  unmount();
  drag("dragenter");
  expect(label()).toBeNull();
  drag("drop");
});

it("files go to the page's target, and open nothing where there is none", () => {
  expect([drag("dragover").effect, drag("drop").isPrevented]).toEqual(["none", true]);
  const take = vi.fn();
  const { unmount } = renderHook(() => useGlobalDrop("Upload", take));
  drag("dragenter");
  drag("dragenter");
  const over = drag("dragover");
  expect([over.effect, over.isPrevented]).toEqual(["copy", true]);
  const { files, isPrevented } = drag("drop");
  expect([take.mock.calls, isPrevented, label()]).toEqual([[[files]], true, null]);
  drag("dragenter");
  expect(label()).toBe("Upload");
  drag("dragleave"); // one is enough: the drop ended the count of before
  expect(label()).toBeNull();
  unmount();
});

it("the newest target is not taken away by the one that goes", () => {
  const first = renderHook(() => useGlobalDrop("First", vi.fn()));
  const take = vi.fn();
  renderHook(() => useGlobalDrop("Second", take));
  first.unmount();
  drag("drop");
  expect(take).toHaveBeenCalledTimes(1);
});

it.each([
  ["text", ["text/plain"]],
  ["nothing", null],
])("a drag of %s is the browser's", (_, types) => {
  const prevented = ["dragenter", "dragover", "dragleave", "drop"].map((type) => drag(type, types).isPrevented);
  expect([prevented, label()]).toEqual([[false, false, false, false], null]);
});
