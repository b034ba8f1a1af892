// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { expect, it } from "vitest";

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
