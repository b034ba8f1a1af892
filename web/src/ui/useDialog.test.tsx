// @vitest-environment happy-dom
import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";

import { useDialog } from "./useDialog";

afterEach(cleanup);

it("is not closed by what was asked when it was open before", () => {
  const closes: (() => void)[] = [];
  let open: () => void = () => undefined;
  function Page() {
    const [ask, dialog] = useDialog((onClose) => {
      closes.push(onClose);
      return <p>Asked</p>;
    });
    open = ask;
    return dialog;
  }
  render(<Page />);
  const isOpen = () => screen.queryByText("Asked") !== null;
  act(() => open());
  const before = closes.at(-1);
  act(() => before?.());
  expect(isOpen()).toBe(false);
  act(() => open());
  act(() => before?.()); // its answer has come late
  expect(isOpen()).toBe(true);
  act(() => closes.at(-1)?.());
  expect(isOpen()).toBe(false);
});
