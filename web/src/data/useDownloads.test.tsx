// @vitest-environment happy-dom
import { renderHook } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";

import { aBdr } from "../testing/posts";
import type { Bdr } from "./schema";
import { useDownloads } from "./useDownloads";

interface Options {
  onChange: (bdr: Bdr, before: Bdr | undefined, isLive: boolean) => void;
}
const refreshDownloads = vi.hoisted(() => vi.fn());
const list = vi.hoisted((): { data?: object; asked?: Options } => ({}));
vi.mock("./client", () => ({ listDownloads: vi.fn() }));
vi.mock("./queries", () => ({ DOWNLOADS: ["downloads"], refreshDownloads }));
vi.mock("./live/useLiveList", () => ({
  useLiveList: (options: Options) => {
    list.asked = options;
    return { data: list.data, items: [], error: null, retry: () => undefined };
  },
}));
beforeEach(() => {
  vi.resetAllMocks();
  delete list.data;
});

const running = aBdr("a", { status: "processing" });
it.each([
  ["the stream tells of a new one", undefined, true, 1],
  ["one goes on to another step", aBdr("a"), true, 1],
  ["one is further on in its step", aBdr("a", { status: "processing" }), true, 0],
  ["the list was read", aBdr("a"), false, 0],
])("asks for the allowance again or not when %s", (_when, before, isLive, readings) => {
  const onChange = vi.fn();
  renderHook(() => useDownloads(onChange));
  list.asked?.onChange(running, before, isLive);
  expect(refreshDownloads).toHaveBeenCalledTimes(readings);
  expect(onChange.mock.calls).toEqual([[running, before]]);
});

it.each([
  [5, 2, 3],
  [5, 5, 0],
  [5, 7, 0],
])("of %i a day and %i used, leaves %i", (limit, used, left) => {
  list.data = { daily_limit: limit, used_today: used, resets_at: "2026-01-02T00:00:00Z" };
  const { result } = renderHook(() => useDownloads());
  expect(result.current.allowance).toEqual({ limit, left, resetsAt: "2026-01-02T00:00:00Z" });
});

it("knows no allowance before the list is there", () => {
  expect(renderHook(() => useDownloads()).result.current.allowance).toBeNull();
});
