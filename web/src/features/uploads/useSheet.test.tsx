// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { lineOf, uploadOf } from "../../testing/uploads";
import type { Line, Upload } from "./schema";
import { useSheet } from "./useSheet";

const listLinesAfter = vi.hoisted(() => vi.fn());
vi.mock("./api", () => ({ listLinesAfter }));

/** The service's lines, which change while the tests go on. */
let lines: Line[] = [];
beforeEach(() => {
  vi.useFakeTimers();
  lines = [];
  listLinesAfter.mockReset().mockImplementation((_: string, cursor: string | null, limit: number) => {
    const at = Number(cursor ?? 0);
    const next = at + limit;
    return Promise.resolve({ items: lines.slice(at, next), next_cursor: next < lines.length ? String(next) : null });
  });
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const here = (id: number) => lineOf(`f${id}`, { status: "success", asset_id: id });
const pending = (id: number) => lineOf(`f${id}`);
const many = (count: number, of: (id: number) => Line) => Array.from({ length: count }, (_, id) => of(id));
const passes = (milliseconds = 50) => act(() => vi.advanceTimersByTimeAsync(milliseconds));
const asked = () => (listLinesAfter.mock.calls as [string, string | null, number][]).map(([, cursor]) => cursor);
const open = (part: Partial<Upload> = {}) => uploadOf({ status: "processing", total_files: 400, ...part });
async function opened(upload: Upload) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  const shown = renderHook((now: Upload) => useSheet(now), { initialProps: upload, wrapper });
  await passes();
  return shown;
}

it("reads all pages in order", async () => {
  lines = many(300, here);
  const { result } = await opened(uploadOf({}));
  expect([asked(), listLinesAfter.mock.calls[0]?.slice(0, 3)]).toEqual([
    [null, "128", "256"],
    ["u", null, 128],
  ]);
  expect([result.current.lines?.length, result.current.lines?.at(-1)?.id]).toEqual([300, "f299"]);
});

it("reads as many as make a picture, and no more", async () => {
  lines = many(3000, here);
  const { result } = await opened(uploadOf({}));
  expect([asked().length, result.current.lines?.length]).toEqual([16, 2048]);
});

it("reads again what has not settled, a while after it has changed, and only that", async () => {
  lines = [...many(128, here), ...many(60, (id) => pending(id + 128))];
  const { result, rerender } = await opened(open());
  const before = result.current.lines;
  listLinesAfter.mockClear();
  lines[130] = here(130);
  rerender(open({ successful_files: 1 }));
  await passes(400);
  rerender(open({ successful_files: 2 }));
  expect(asked()).toEqual([]);
  await passes(250);
  expect([asked(), result.current.lines?.[130]?.status]).toEqual([["128"], "success"]);
  // What has not changed stays the same.
  expect([result.current.lines?.[0] === before?.[0], result.current.lines?.[129] === before?.[129]]).toEqual([true, true]); // prettier-ignore
});

it("reads a full page again until each of it has settled", async () => {
  lines = many(200, here);
  lines[7] = pending(7);
  const { result, rerender } = await opened(open());
  listLinesAfter.mockClear();
  lines[7] = here(7);
  rerender(open({ successful_files: 1 }));
  await passes(650);
  expect([asked()[0], result.current.lines?.[7]?.status]).toEqual([null, "success"]);
});

it.each([
  ["its status", { status: "completed" }],
  ["what has settled", { failed_files: 1 }],
  ["what has arrived", { received_bytes: 9 }],
  ["that it was undone", { undone_at: "2026-01-01T00:00:00Z" }],
] as [string, Partial<Upload>][])("reads again after a change of %s", async (_what, part) => {
  lines = [pending(1)];
  const { rerender, unmount } = await opened(open());
  rerender(open({ name: "Another name" }));
  await passes(1000);
  expect(asked()).toEqual([null]);
  rerender(open(part));
  await passes(700);
  expect(asked()).toEqual([null, null]);
  unmount();
});

it("reads on where it has ended while a page was being read, until all has settled", async () => {
  lines = [pending(1)];
  const { result } = await opened(uploadOf({}));
  await passes(650);
  expect(asked().length).toBe(2);
  lines = [here(1)];
  await passes(650);
  expect([asked().length, result.current.lines?.[0]?.status]).toEqual([3, "success"]);
  await passes(5000);
  expect(asked().length).toBe(3);
});

it("says why it could not be read, and reads again when asked", async () => {
  listLinesAfter.mockRejectedValueOnce(new Error("Away."));
  lines = [here(1)];
  const { result } = await opened(uploadOf({}));
  expect([result.current.error?.message, result.current.lines]).toEqual(["Away.", null]);
  act(() => result.current.retry());
  await passes();
  expect([result.current.error, result.current.lines?.length]).toEqual([null, 1]);
});

it("reads no more once it is closed", async () => {
  lines = [pending(1)];
  const { rerender, unmount } = await opened(open());
  rerender(open({ received_bytes: 1 }));
  unmount();
  await passes(5000);
  expect(asked()).toEqual([null]);
});
