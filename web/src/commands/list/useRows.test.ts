import type { Virtualizer } from "@tanstack/react-virtual";
import { expect, it, vi } from "vitest";

import { observeOffset } from "./useRows";

it("tells where the list stands already, before it scrolls", () => {
  const scrollElement = Object.assign(new EventTarget(), { scrollTop: 500 });
  const options = { isScrollingResetDelay: 0 };
  const virtualizer = { scrollElement, options, targetWindow: globalThis } as unknown as Virtualizer<
    HTMLDivElement,
    Element
  >;
  const tell = vi.fn();
  const stop = observeOffset(virtualizer, tell);
  expect(tell).toHaveBeenLastCalledWith(500, false);
  scrollElement.scrollTop = 600;
  scrollElement.dispatchEvent(new Event("scroll"));
  expect(tell).toHaveBeenLastCalledWith(600, true);
  stop?.();
});
