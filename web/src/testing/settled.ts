import { act } from "@testing-library/react";

/** After everything that waits for nothing but other promises. */
export const settled = () =>
  act(async () => {
    await new Promise((resolve) => setTimeout(resolve));
  });

/** What a promise waits for until it is let go. */
export function held() {
  let go: () => void = () => undefined;
  return { promise: new Promise<void>((resolve) => (go = resolve)), go: () => go() };
}
