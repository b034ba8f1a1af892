// @vitest-environment happy-dom
import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Values } from "./form";
import type { JobPreview } from "./schema";
import { TaskPreview } from "./TaskPreview";

interface Read {
  data?: JobPreview;
  error?: Error | null;
  isFetching?: boolean;
}
const preview = vi.hoisted((): { read: Read; use: ReturnType<typeof vi.fn> } => ({ read: {}, use: vi.fn() }));
vi.mock("./api", () => ({ usePreview: preview.use }));
const drawn = vi.fn();

beforeEach(() => {
  vi.useFakeTimers();
  preview.read = {};
  preview.use.mockReset().mockImplementation(() => preview.read);
  drawn.mockReset();
  vi.stubGlobal("createImageBitmap", () => Promise.resolve({ width: 5, height: 4 }));
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation(function (this: HTMLCanvasElement) {
    return { canvas: this, drawImage: drawn } as never;
  });
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const ASSET = { id: 7, name: "sheet.png", size_bytes: 2000 };
const view = (params: Values | null, others: number) => (
  <TaskPreview kind="slice" asset={ASSET} {...{ params, others }} />
);
function show(read: Read, params: Values | null = { by: "grid" }, others = 0) {
  preview.read = read;
  const { rerender, unmount } = render(view(params, others));
  return { becomes: (next: Values | null) => rerender(view(next, others)), unmount };
}
const made = (part: Partial<JobPreview> = {}): JobPreview => ({
  ...{ count: 3, max_count: 512, reason: null, size_bytes: null, pieces: [] },
  ...part,
});
const passes = (milliseconds: number) => {
  act(() => void vi.advanceTimersByTime(milliseconds));
};
const piece = (width: number, height: number, label = "") => ({ png: btoa("png"), width, height, label });
const words = () => {
  const { textContent, className } = screen.getByRole("status");
  return [textContent, className];
};

it("asks what a task would make once nothing has been changed for a while", () => {
  const { becomes } = show({}, { width: 8 });
  expect(preview.use.mock.lastCall).toEqual(["slice", 7, { width: 8 }]);
  becomes({ width: 9 });
  passes(399);
  becomes({ width: 10 });
  passes(399);
  expect(preview.use.mock.lastCall).toEqual(["slice", 7, { width: 8 }]);
  passes(1);
  expect(preview.use.mock.lastCall).toEqual(["slice", 7, { width: 10 }]);
  becomes(null);
  passes(400);
  expect(preview.use.mock.lastCall).toEqual(["slice", 7, null]);
});

it.each([
  [{ isFetching: true }, "Looking at what it would make…"],
  [{ isFetching: false }, ""],
  [{ error: new Error("It is no picture.") }, "It is no picture."],
  [{ error: new Error("Away."), data: made() }, "Away."],
])("says how it stands: %j", (read, text) => {
  show(read);
  expect([document.body.textContent.trim(), document.querySelector("figure")]).toEqual([text, null]);
  expect(screen.getByRole("error" in read ? "alert" : "status").textContent.trim()).toBe(text);
});

it.each([
  ["how many", made(), 0, "makes 3 files.", "muted"],
  ["one", made({ count: 1 }), 0, "makes 1 file.", "muted"],
  ["as many as it may", made({ count: 512 }), 0, "makes 512 files.", "muted"],
  ["too many", made({ count: 1000 }), 0, "this would make 1,000 files, and a task makes up to 512.", "wait"],
  ["why none", made({ count: 0, reason: "It has no cells." }), 0, "It has no cells.", "wait"],
  ["a smaller one", made({ size_bytes: 1000 }), 0, "about 1.0 kB instead of 2.0 kB.", "muted"],
  ["one as large", made({ size_bytes: 2000 }), 0, "about 2.0 kB instead of 2.0 kB.", "muted"],
  ["a larger one", made({ size_bytes: 3000 }), 0, "it would be larger, about 3.0 kB instead of 2.0 kB.", "wait"],
  ["that of one other file", made(), 1, "makes 3 files. 1 other file will be made the same way.", "muted"],
  ["that of others", made(), 2, "makes 3 files. 2 other files will be made the same way.", "muted"],
])("says what it would make: %s", (_what, data, others, text, look) => {
  show({ data }, {}, others);
  expect(words()).toEqual([`sheet.png: ${text}`, look]);
});

it.each([true, false])("stays while it is made anew, and says so: %s", (isFetching) => {
  show({ data: made(), isFetching });
  expect(document.querySelector("figure")?.getAttribute("aria-busy")).toBe(String(isFetching));
});

it.each([
  [2, 2, ["run", "8 × 9"]],
  [3, 2, ["run", "8 × 9", "1 more"]],
  [1500, 2, ["run", "8 × 9", "1,498 more"]],
  [3, 0, []],
])("shows the first of %i, and how many more there are", (count, shown, texts) => {
  show({ data: made({ count, pieces: [piece(8, 9, "run"), piece(8, 9)].slice(0, shown) }) });
  expect(screen.queryAllByRole("listitem").map((item) => item.textContent)).toEqual(texts);
});

it.each([
  [16, 8, "64px", "32px"],
  [30, 10, "60px", "20px"],
  [64, 64, "64px", "64px"],
  [128, 32, "64px", "16px"],
])("enlarges a piece of %i × %i by whole multiples, and makes larger ones smaller", (width, height, across, down) => {
  show({ data: made({ pieces: [piece(width, height)] }) });
  const { style } = document.querySelector("canvas") ?? document.createElement("canvas");
  expect([style.width, style.height]).toEqual([across, down]);
});

it("draws a piece by itself, and not once it has gone", async () => {
  const { unmount } = show({ data: made({ pieces: [piece(8, 8)] }) });
  const canvas = document.querySelector("canvas");
  await act(() => vi.advanceTimersByTimeAsync(0));
  expect([drawn.mock.calls.length, canvas?.width, canvas?.height]).toEqual([1, 5, 4]);
  unmount();
  const { unmount: leave } = show({ data: made({ pieces: [piece(8, 8)] }) });
  leave();
  await act(() => vi.advanceTimersByTimeAsync(0));
  expect(drawn).toHaveBeenCalledTimes(1);
});

it("keeps the newest piece where an older one is decoded after it", async () => {
  const decoded: ((picture: object) => void)[] = [];
  vi.stubGlobal("createImageBitmap", () => new Promise((resolve) => decoded.push(resolve)));
  const { becomes } = show({ data: made({ pieces: [piece(8, 8)] }) });
  preview.read = { data: made({ pieces: [{ ...piece(8, 8), png: btoa("another") }] }) };
  becomes({ by: "grid" });
  const [older, newer] = [
    { width: 1, height: 1 },
    { width: 2, height: 2 },
  ];
  decoded[1]?.(newer);
  decoded[0]?.(older);
  await act(() => vi.advanceTimersByTimeAsync(0));
  expect(drawn.mock.calls).toEqual([[newer, 0, 0]]);
});
