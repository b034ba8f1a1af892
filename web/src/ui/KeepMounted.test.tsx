// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { type ReactNode, useState } from "react";
import { afterEach, expect, it, vi } from "vitest";

import { KeepMounted } from "./KeepMounted";

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

const onClose = vi.fn();
function Page() {
  const [count, setCount] = useState(0);
  return <button onClick={() => setCount(count + 1)}>Pressed {count}</button>;
}
const shown = (by: ReactNode) => (
  <KeepMounted by={by} onClose={onClose}>
    <Page />
  </KeepMounted>
);
const isSeen = (element: HTMLElement) => element.style.display !== "none";

it("shows the page, then the overlay instead of it, then the page as it was", () => {
  const { rerender } = render(shown(null));
  const page = screen.getByText("Pressed 0");
  fireEvent.click(page);
  rerender(shown(<p>Overlay</p>));
  expect([isSeen(page), screen.queryByText("Overlay") !== null]).toEqual([false, true]);
  rerender(shown(null));
  expect([isSeen(page), page.textContent, screen.queryByText("Overlay")]).toEqual([true, "Pressed 1", null]);
});

it.each([
  ["the page", null, "Pressed 0"],
  ["another overlay", <p key="next">Next</p>, "Next"],
])("offers to close an overlay that cannot be shown: then there is %s", (_what, after, seen) => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const Broken = (): ReactNode => {
    throw new Error("It cannot be drawn.");
  };
  const { rerender } = render(shown(<Broken />));
  expect(screen.getByRole("alert").textContent).toContain("Something went wrong");
  onClose.mockImplementation(() => rerender(shown(after)));
  fireEvent.click(screen.getByRole("button", { name: "Close" }));
  expect([isSeen(screen.getByText(seen)), screen.queryByRole("alert")]).toEqual([true, null]);
});
