// @vitest-environment happy-dom
import { renderHook } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";

import { lineOf, uploadOf } from "../../testing/uploads";
import type { Line } from "./schema";
import type { Item, SendEvents } from "./sending";

const api = vi.hoisted(() => ({ listedUploads: vi.fn(), listPending: vi.fn(), newestUploads: vi.fn() }));
const memory = vi.hoisted(() => ({ forget: vi.fn(), recall: vi.fn(), remember: vi.fn() }));
const probeSession = vi.hoisted(() => vi.fn());
const transport = vi.hoisted(() => vi.fn<(item: Item, events: SendEvents) => () => void>());
const headers = vi.hoisted(() => vi.fn());
vi.mock("./api", () => api);
vi.mock("./memory", () => memory);
vi.mock("./tus", () => ({
  tusTransport: (given: object) => {
    headers(given);
    return transport;
  },
}));
vi.mock("../../data/client", () => ({ probeSession }));
vi.mock("../../data/config", () => ({ config: { viewer: { sqid: "me" } } }));
vi.mock("../../data/live/retry", () => ({ untilAnswered: (ask: () => unknown) => ask() }));

type Sender = typeof import("./sender");
let page: Sender;
const locks = { request: vi.fn() };
beforeEach(async () => {
  vi.resetAllMocks();
  vi.resetModules();
  memory.recall.mockResolvedValue([]);
  memory.remember.mockResolvedValue([]);
  memory.forget.mockResolvedValue(undefined);
  probeSession.mockResolvedValue(undefined);
  transport.mockReturnValue(() => undefined);
  locks.request.mockImplementation((_: string, work: () => Promise<void>) => work());
  Object.defineProperty(navigator, "locks", { value: locks, configurable: true });
  page = await import("./sender");
});

const chosen = (path: string, text = "12345") => ({ path, file: new File([text], path.split("/").at(-1) ?? "") });
const announced = (...files: Line[]) => ({ ...uploadOf({ id: "u" }), files });
const line = (id: string, order: number, part: Partial<Line> = {}) => lineOf(id, { processing_order: order, url: `/tus/${id}`, ...part }); // prettier-ignore
const sent = () => transport.mock.calls.map(([{ id, upload, path, url }]) => [id, upload, path, url]);
const flushed = () => new Promise((resolve) => setTimeout(resolve));
const missing = () => renderHook(() => page.useMissingFiles("u")).result.current.map(({ path }) => path);

it("sends as the viewer, in the page's language", () => {
  expect(headers.mock.calls).toEqual([[{ "PMD-Viewer": "me", "Accept-Language": "en" }]]);
});

it("sends the files that the service asks for, each to its own address, and keeps them for a reload", async () => {
  const files = [chosen("pack/a.png"), chosen("pack/b.png"), chosen("pack/c.png")];
  const lines = [line("a", 0), line("b", 1, { url: null }), line("c", 2), line("d", 9)];
  await page.send(announced(...lines), files);
  expect(sent()).toEqual([
    ["a", "u", "pack/a.png", "/tus/a"],
    ["c", "u", "pack/c.png", "/tus/c"],
  ]);
  expect((memory.remember.mock.calls as [Item[]][]).map(([items]) => items.map(({ id }) => id))).toEqual([["a", "c"]]);
  expect(locks.request.mock.calls.map(([name]) => name as string)).toEqual(["pmd-upload-u"]);
});

it("sends further pages of an upload under the same lock", async () => {
  await page.send(announced(line("a", 0)), [chosen("a")]);
  await page.send(announced(line("b", 1)), [chosen("a"), chosen("b")]);
  expect([locks.request.mock.calls.length, sent().length]).toEqual([1, 2]);
});

it("sends nothing while another tab does, nor what was stopped meanwhile", async () => {
  let take: () => void = () => undefined;
  locks.request.mockImplementation((_: string, work: () => Promise<void>) => new Promise<void>((resolve) => (take = () => void work().then(resolve)))); // prettier-ignore
  const sending = page.send(announced(line("a", 0)), [chosen("a")]);
  await flushed();
  expect(sent()).toEqual([]);
  page.sender.drop("u");
  take();
  await sending;
  expect(sent()).toEqual([]);
});

it("sends also where a browser has no locks", async () => {
  vi.stubGlobal("navigator", {});
  await page.send(announced(line("a", 0)), [chosen("a")]);
  vi.unstubAllGlobals();
  expect(sent().length).toBe(1);
});

it("forgets what has arrived, and asks whose session it is where it has ended", async () => {
  await page.send(announced(line("a", 0)), [chosen("a")]);
  const events = transport.mock.calls[0]?.[1];
  events?.onFault({ kind: "signed-out", message: "Away." });
  expect([probeSession.mock.calls.length, memory.forget.mock.calls]).toEqual([1, []]);
  page.sender.retryNow();
  transport.mock.lastCall?.[1].onSent();
  expect(memory.forget.mock.calls).toEqual([[["a"]]]);
});

it("loses by a reload what is not kept, and nothing that has arrived", async () => {
  vi.useFakeTimers();
  memory.remember.mockResolvedValueOnce(["a"]).mockResolvedValueOnce([]);
  await page.send(announced(line("a", 0)), [chosen("a")]);
  await vi.advanceTimersByTimeAsync(300);
  const kept = page.sender.losesByReload;
  await page.send(announced(line("b", 0)), [chosen("b")]);
  await vi.advanceTimersByTimeAsync(300);
  const lost = page.sender.losesByReload;
  transport.mock.lastCall?.[1].onSent();
  await vi.advanceTimersByTimeAsync(300);
  vi.useRealTimers();
  expect([kept, lost, page.sender.losesByReload]).toEqual([false, true, false]);
});

it("goes on after a reload: sends what was kept, and says what has to be chosen again", async () => {
  const { file } = chosen("a");
  api.listedUploads.mockResolvedValue({
    items: [uploadOf({ id: "u", status: "processing" }), uploadOf({ id: "over" })],
  });
  memory.recall.mockResolvedValue([{ id: "a", upload: "u", file }]);
  api.listPending.mockResolvedValue([line("a", 0), line("b", 1), line("c", 2, { url: null })]);
  await page.goOn();
  await flushed();
  expect([api.listPending.mock.calls, sent().map(([id]) => id), missing()]).toEqual([[["u"]], ["a"], ["pack/b.png"]]);
  expect([api.newestUploads.mock.calls, memory.forget.mock.calls]).toEqual([[], []]);
});

it("forgets what is kept of uploads that are over, but by no older list", async () => {
  const open = (id: string) => uploadOf({ id, status: "processing" });
  const { file } = chosen("a");
  api.listedUploads.mockResolvedValue({ items: [open("u")] });
  api.newestUploads.mockResolvedValue({ items: [open("u"), open("new")] });
  memory.recall.mockResolvedValue(["u", "new", "over"].map((upload) => ({ id: `of ${upload}`, upload, file })));
  api.listPending.mockResolvedValue([]);
  await page.goOn();
  await flushed();
  expect([memory.forget.mock.calls, api.listPending.mock.calls]).toEqual([[[["of over"]]], [["u"], ["new"]]]);
});

it("sends again what this tab was given, without asking for it", async () => {
  await page.send(announced(line("a", 0)), [chosen("a")]);
  page.sender.drop("u");
  api.listPending.mockResolvedValue([line("a", 0, { url: "/tus/again" })]);
  page.resumeUpload("u");
  await flushed();
  expect([sent().at(-1), missing()]).toEqual([["a", "u", "pack/a.png", "/tus/again"], []]);
});

it("resumes with files that are chosen again, and gives the others back", async () => {
  api.listPending.mockResolvedValue([line("a", 0, { path: "pack/a.png", size_bytes: 5 }), line("b", 1, { path: "pack/b.png", size_bytes: 5 })]); // prettier-ignore
  page.resumeUpload("u");
  await flushed();
  const other = chosen("pack/x.png");
  const { resumed, others } = page.resumeWith([chosen("pack/a.png"), other]);
  expect([resumed, others, sent(), missing()]).toEqual([
    ...[1, [other], [["a", "u", "pack/a.png", "/tus/a"]], ["pack/b.png"]],
  ]);
});

it("counts what it resumes of several uploads together", async () => {
  const awaited = (id: string) => [line(id, 0, { path: `${id}.png`, size_bytes: 5 })];
  api.listPending.mockImplementation((upload: string) => Promise.resolve(awaited(upload)));
  for (const upload of ["u", "w"]) page.resumeUpload(upload);
  await flushed();
  const { resumed, others } = page.resumeWith([chosen("u.png"), chosen("w.png")]);
  expect([resumed, others]).toEqual([2, []]);
});

it("drops what was stopped: sends no more, forgets it, and lets another tab have it", async () => {
  vi.useFakeTimers();
  const interrupted = vi.fn();
  transport.mockReturnValue(interrupted);
  const over = vi.fn();
  locks.request.mockImplementation((_: string, work: () => Promise<void>) => work().then(over));
  await page.send(announced(line("a", 0)), [chosen("a")]);
  await vi.advanceTimersByTimeAsync(300);
  expect([interrupted.mock.calls.length, over.mock.calls.length]).toEqual([0, 0]);
  page.sender.drop("u");
  await vi.advanceTimersByTimeAsync(300);
  vi.useRealTimers();
  expect([interrupted.mock.calls.length, memory.forget.mock.calls, over.mock.calls.length]).toEqual([1, [[["a"]]], 1]);
  expect(renderHook(() => page.useSending("u")).result.current).toBeNull();
});
