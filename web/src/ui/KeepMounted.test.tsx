// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { type ReactNode, useState } from "react";
import { afterEach, expect, it, vi } from "vitest";

import { keepFocus } from "../platform/keptFocus";
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

it("has the focus that fell with what was covered, or with the overlay", async () => {
  const stop = keepFocus();
  const whole = (by: ReactNode) => (
    <main>
      <KeepMounted by={by} onClose={onClose}>
        <h2>Packs</h2>
        <button>Open</button>
      </KeepMounted>
    </main>
  );
  const pack = (name: string) => (
    <section key={name}>
      <h2>{name}</h2>
      <button>Delete</button>
    </section>
  );
  const has = async (words: string) => {
    await act(async () => Promise.resolve());
    expect(document.activeElement?.textContent).toBe(words);
  };
  const { rerender } = render(whole(null));
  const open = screen.getByText("Open");
  open.focus();
  rerender(whole(pack("Loading")));
  await has("Loading");
  rerender(whole(pack("Dragons")));
  await has("Dragons");
  screen.getByText("Delete").focus();
  rerender(whole(null));
  await has("Open");
  rerender(whole(pack("Dragons")));
  open.remove();
  rerender(whole(null));
  await has("Packs");
  stop();
});

it("leaves the focus where it is shown still", () => {
  render(<input aria-label="Search" />);
  const { rerender } = render(<main>{shown(<h2>Dragons</h2>)}</main>);
  screen.getByLabelText("Search").focus();
  rerender(<main>{shown(null)}</main>);
  rerender(<main>{shown(<h2>Dragons</h2>)}</main>);
  expect(document.activeElement).toBe(screen.getByLabelText("Search"));
});
