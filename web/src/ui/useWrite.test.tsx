// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, render, renderHook, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { expect, it, vi } from "vitest";

import { useWrite } from "./useWrite";

it("sends two writes to one thing one after the other", async () => {
  const client = new QueryClient();
  const { result } = renderHook(() => useWrite(undefined, undefined, "pack_7"), {
    wrapper: ({ children }: { children: ReactNode }) => (
      <QueryClientProvider client={client}>{children}</QueryClientProvider>
    ),
  });
  const order: string[] = [];
  let answer: () => void = () => undefined;
  await act(async () => {
    const [, write] = result.current;
    write(async () => {
      order.push("first sent");
      await new Promise<void>((resolve) => (answer = resolve));
      order.push("first answered");
    });
    write(() => order.push("second sent"));
    await Promise.resolve();
  });
  expect(order).toEqual(["first sent"]);
  await act(async () => {
    answer();
    await new Promise((resolve) => setTimeout(resolve));
  });
  expect(order).toEqual(["first sent", "first answered", "second sent"]);
});

it("is sent once by a double click on the button that it disables", async () => {
  const sent = vi.fn(() => new Promise(() => undefined));
  function Revoke() {
    const [isBusy, write] = useWrite();
    return (
      <button disabled={isBusy} onClick={() => write(sent)}>
        Revoke
      </button>
    );
  }
  // As in the browser: what was not drawn before the next event is not there for it.
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", false);
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Revoke />
    </QueryClientProvider>,
  );
  const button = await screen.findByText("Revoke");
  for (let clicks = 0; clicks < 2; clicks++) {
    button.click();
    for (let tick = 0; tick < 10; tick++) await Promise.resolve();
  }
  expect(sent).toHaveBeenCalledTimes(1);
  vi.unstubAllGlobals();
});
