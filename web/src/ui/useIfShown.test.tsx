// @vitest-environment happy-dom
import { cleanup, render } from "@testing-library/react";
import { Activity } from "react";
import { afterEach, expect, it, vi } from "vitest";

import { useIfShown } from "./useIfShown";

afterEach(cleanup);

it("follows an answer only where it is still shown", () => {
  let ifShown: (follow: () => void) => void = () => undefined;
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
