// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { renderHook } from "@testing-library/react";
import { expect, it, vi } from "vitest";

import { lineOf } from "../../testing/uploads";
import { settled } from "../../testing/settled";
import { useFailed } from "./api";

const request = vi.hoisted(() => vi.fn());
vi.mock("../../data/client", async (actual) => ({ ...(await actual<object>()), request }));
vi.mock("../../data/config", () => ({ config: { viewer: { sqid: "me" } }, moderates: false }));

it("lists no files of an upload as left out but those that have failed", async () => {
  const failed = lineOf("a", { status: "failed" });
  request.mockResolvedValue({ items: [failed], next_cursor: null });
  const { result } = renderHook(() => useFailed("u", "1", true), {
    wrapper: ({ children }) => <QueryClientProvider client={new QueryClient()}>{children}</QueryClientProvider>,
  });
  await settled();
  expect(result.current.data).toEqual([failed]);
  expect(request.mock.calls[0]?.slice(1)).toMatchObject([
    ...["GET", "/api/pmd/uploads/u/files"],
    { query: { status: "failed" } },
  ]);
});
