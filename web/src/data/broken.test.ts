// @vitest-environment happy-dom
import { act, renderHook } from "@testing-library/react";
import { expect, it, vi } from "vitest";

import { useBroken } from "./broken";
import { setSession } from "./session";

it("pictures that failed are asked for again after signing in", () => {
  const kept = document.body.appendChild(document.createElement("img"));
  kept.src = "/kept.png";
  Object.defineProperties(kept, { complete: { value: true }, naturalWidth: { value: 0 } });
  const fetched = vi.spyOn(kept, "src", "set");
  const { result } = renderHook(() => useBroken());
  act(() => result.current[1]());
  act(() => setSession("expired"));
  expect([result.current[0], fetched.mock.calls.length]).toEqual([true, 0]);
  act(() => setSession("alive"));
  expect([result.current[0], fetched.mock.calls.length]).toEqual([false, 1]);
});
