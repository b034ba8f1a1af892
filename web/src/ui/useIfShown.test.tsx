// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { Activity } from "react";
import { afterEach, expect, it, vi } from "vitest";

import { Toasts } from "./Toasts";
import { useIfShown } from "./useIfShown";

afterEach(cleanup);

it("says what was done where an answer came late", () => {
  let ifShown: ReturnType<typeof useIfShown> = () => undefined;
  function Asking() {
    ifShown = useIfShown();
    return null;
  }
  const [follow, open] = [vi.fn(), vi.fn()];
  const late = { text: "It was made.", action: { label: "Open it", onClick: open } };
  const { unmount } = render(<Asking />);
  render(<Toasts />);
  act(() => ifShown(follow, late));
  expect([follow.mock.calls.length, screen.queryByText("It was made.")]).toEqual([1, null]);
  unmount();
  act(() => ifShown(follow, late));
  fireEvent.click(screen.getByRole("button", { name: "Open it" }));
  expect([follow.mock.calls.length, open.mock.calls.length]).toEqual([1, 1]);
});

it("follows an answer only where it is still shown", () => {
  let ifShown: ReturnType<typeof useIfShown> = () => undefined;
  function Asking() {
    ifShown = useIfShown();
    return null;
  }
  const follow = vi.fn();
  const page = (mode: "visible" | "hidden") => (
    <Activity mode={mode}>
      <Asking />
    </Activity>
  );
  const { rerender, unmount } = render(page("visible"));
  const counts = ["visible", "hidden", "visible"].map((mode) => {
    rerender(page(mode as "visible" | "hidden"));
    ifShown(follow);
    return follow.mock.calls.length;
  });
  unmount();
  ifShown(follow);
  expect([...counts, follow.mock.calls.length]).toEqual([1, 1, 2, 2]);
});
