// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import * as v from "valibot";
import { expect, it, vi } from "vitest";

import { useLiveList } from "./useLiveList";

vi.mock("./live", () => ({
  useConnection: () => "live",
  useLiveItems: () => ({ items: new Map([["2", { id: 2, created_at: "2026" }]]), gone: new Set(["3"]) }),
}));

const client = new QueryClient();
it("has the older ones of the list, but for those that the stream has told to be gone", async () => {
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  const items = [1, 2, 3].map((id) => ({ id, created_at: `202${id}` }));
  const schema = v.object({ id: v.number(), created_at: v.string() });
  const queryFn = () => Promise.resolve({ items });
  const options = { kind: "pack", schema, queryKey: ["packs"], queryFn, pollMs: 1000 } as const;
  const { result } = renderHook(() => useLiveList(options), { wrapper });
  await waitFor(() => expect(result.current.data).toBeDefined());
  expect(result.current.all?.map(({ id }) => id).sort()).toEqual([1, 2]);
});
