// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Command } from "../../commands/commands";
import { settled } from "../../testing/settled";
import { lineOf, uploadOf } from "../../testing/uploads";
import type { Line, Upload } from "./schema";
import { nameOf, UploadReport, UploadWork } from "./UploadReport";

interface Read<T> {
  data?: T;
  error?: Error | null;
  refetch: () => void;
}
const read = vi.hoisted((): { upload: Read<Upload>; failed: Read<Line[]> } => ({
  ...{ upload: { refetch: () => undefined }, failed: { refetch: () => undefined } },
}));
const api = vi.hoisted(() => ({
  ...{ retryUpload: vi.fn(), undoUpload: vi.fn(), refreshUploads: vi.fn() },
  ...{ useUpload: vi.fn(), useFailed: vi.fn() },
  csvUrl: (id: string) => `/${id}.csv`,
}));
const sending = vi.hoisted(() => ({
  ...{ isPaused: null as boolean | null, resumeUpload: vi.fn(), pause: vi.fn(), resume: vi.fn() },
}));
const commands = vi.hoisted((): { given: Map<string, Command> } => ({ given: new Map() }));
const toast = vi.hoisted(() => ({ success: vi.fn(), error: vi.fn() }));
const go = vi.hoisted(() => vi.fn());
vi.mock("./api", () => api);
vi.mock("./sender", () => ({
  resumeUpload: sending.resumeUpload,
  sender: { pause: sending.pause, resume: sending.resume },
  useSending: () => (sending.isPaused === null ? null : { isPaused: sending.isPaused }),
}));
vi.mock("./SendProgress", () => ({
  SendControls: () => <button>Controls</button>,
  SendProgress: () => <p>Progress</p>,
  UploadStatus: () => null,
}));
vi.mock("./UploadSheet", () => ({ UploadSheet: ({ upload }: { upload: Upload }) => <p>Sheet of {upload.id}</p> }));
vi.mock("./LeftOut", () => ({
  LeftOut: ({ lines }: { lines: readonly Line[] }) => <p>{lines.length} lines left out</p>,
}));
vi.mock("../../commands/commands", () => ({
  useCommands: (given: Command[]) => given.forEach((each) => commands.given.set(each.name ?? "", each)),
}));
vi.mock("../../ui/toast", () => ({ toast }));
vi.mock("../../ui/PageBody", () => ({
  PageBody: ({ title, back, children }: { title: string; back: ReactNode; children: ReactNode }) => (
    <>
      <h1>{title}</h1>
      {back}
      {children}
    </>
  ),
  BackLink: ({ words, onOpen }: { words: string; onOpen: () => void }) => <button onClick={onOpen}>{words}</button>,
}));
vi.mock("../../platform/address", () => ({ go, isPlainClick: () => true, pageHref: () => "#" }));

beforeEach(() => {
  vi.resetAllMocks();
  commands.given = new Map();
  sending.isPaused = null;
  Object.assign(read, { upload: { refetch: vi.fn() }, failed: { refetch: vi.fn() } });
  api.useUpload.mockImplementation(() => read.upload);
  api.useFailed.mockImplementation(() => read.failed);
});
afterEach(cleanup);

const within = (children: ReactNode) => (
  <QueryClientProvider client={new QueryClient()}>{children}</QueryClientProvider>
);
function show(part: Partial<Upload> = {}, lines?: readonly Line[], name?: string) {
  if (lines) read.failed.data = [...lines];
  const props = { upload: uploadOf({ failed_files: lines?.length ?? 0, ...part }), ...(name && { name }) };
  render(within(<UploadWork {...props}>Below</UploadWork>));
}
const failed = (id: string, code: string) => lineOf(id, { status: "failed", error_code: code });
const numbers = () =>
  [...document.querySelectorAll<HTMLElement>("dl > div")].map((each) => [each.textContent, each.dataset["tone"]]);
const press = async (name: string | RegExp) => {
  fireEvent.click(screen.getByRole("button", { name }));
  await settled();
};
const names = () => [...screen.queryAllByRole("button"), ...screen.queryAllByRole("link")].map((each) => each.textContent.trim()); // prettier-ignore
const summary = (added: number, restored = 0, there = 0) => ({
  summary_data: {
    outcomes: { added: { count: added }, restored: { count: restored }, already_there: { count: there } },
  },
});

it("is the live one while that is listed, and else read by itself", () => {
  render(within(<UploadReport id="u" live={uploadOf({ name: "Live" })} onBack={vi.fn()} />));
  expect([screen.getByRole("heading", { level: 1 }).textContent, api.useUpload.mock.lastCall]).toEqual([
    ...["Live", ["u", false]],
  ]);
  cleanup();
  read.upload.data = uploadOf({ name: null, total_files: 1 });
  render(within(<UploadReport id="u" live={null} onBack={vi.fn()} />));
  expect([screen.getByRole("heading", { level: 1 }).textContent, api.useUpload.mock.lastCall]).toEqual([
    ...["1 file", ["u", true]],
  ]);
});

it("says why it cannot be read, and reads it again; the way back is there", () => {
  const onBack = vi.fn();
  render(within(<UploadReport id="u" live={null} {...{ onBack }} />));
  expect([screen.getByRole("heading").textContent, screen.queryByRole("alert")]).toEqual(["Upload", null]);
  cleanup();
  read.upload.error = new Error("It is gone.");
  render(within(<UploadReport id="u" live={null} {...{ onBack }} />));
  expect(screen.getByRole("alert").textContent).toContain("It is gone.");
  fireEvent.click(screen.getByRole("button", { name: "Try again" }));
  fireEvent.click(screen.getByRole("button", { name: "Uploads" }));
  expect([vi.mocked(read.upload.refetch).mock.calls.length, onBack.mock.calls.length]).toEqual([1, 1]);
});

it.each([
  [{ name: "pack" }, "pack"],
  [{ name: null, total_files: 3 }, "3 files"],
])("is called by its name or its size: %j", (part, name) => {
  expect(nameOf(uploadOf(part))).toBe(name);
});

it("says what it is, with its files and what stands below", () => {
  show({ total_files: 1, total_size_bytes: 1500 }, [], "Pack");
  expect(screen.getByRole("heading", { level: 2 }).textContent).toBe("Pack");
  expect(document.querySelector(".upload-head .numbers")?.textContent).toMatch(/^1 file · 1\.5 kB · /);
  expect([screen.queryByText("Sheet of u") !== null, document.body.textContent.endsWith("Below")]).toEqual([
    true,
    true,
  ]);
  cleanup();
  show();
  expect(screen.queryByRole("heading", { level: 2 })).toBeNull();
});

it.each([
  ["processing", "Report, so far", "open", true],
  ["completed", "Report", "completed", false],
] as const)("has its progress while it is open: %s", (status, heading, said, isOpen) => {
  show({ status });
  expect([screen.getByRole("heading", { level: 3 }).textContent, screen.queryByText("Progress") !== null]).toEqual([
    ...[heading, isOpen],
  ]);
  expect([document.querySelector<HTMLElement>("header")?.dataset["status"], names()]).toEqual([
    ...[said, isOpen ? ["Controls"] : []],
  ]);
});

it("counts so far what arrived, what was left out and what is to come", () => {
  show({ status: "processing", total_files: 10, successful_files: 4, failed_files: 1, ...summary(4) });
  expect(numbers()).toEqual([["in your library4", "success"], ["left out1", "wait"], ["to come5", "plain"]]); // prettier-ignore
});

it.each([
  [null, "10 of 10 files processed"],
  [1240, "10 of 10 files processed in 1.2 s"],
  [9949, "10 of 10 files processed in 9.9 s"],
  [10_400, "10 of 10 files processed in 10 s"],
])("counts in the end what became of all (%s ms)", (processing_time_ms, words) => {
  show({ total_files: 10, successful_files: 8, failed_files: 2, processing_time_ms, ...summary(5, 1, 2) });
  expect(numbers()).toEqual([
    ...[
      ["added5", "success"],
      ["already in library2", "plain"],
      ["restored1", "plain"],
      ["left out2", "wait"],
    ],
  ]);
  expect(document.querySelector("section > p.muted")?.textContent.trim()).toBe(words);
});

it("says less loudly what was left out on purpose", () => {
  show({ failed_files: 2, summary_data: { failures: { hidden_file: 2 } } }, []);
  expect(numbers()).toEqual([["added0", "success"], ["left out2", "plain"]]); // prettier-ignore
});

it.each([
  [{ failed_files: 0, successful_files: 3 }, "completed 1", false],
  [{ failed_files: 2, successful_files: 14 }, "completed 1", true],
  [{ failed_files: 2, successful_files: 15, status: "processing" }, "processing 2", true],
] as const)("reads what failed, and again every 16 files: %j", (part, version, isWanted) => {
  read.failed.data = [failed("a", "broken")];
  show(part);
  expect(api.useFailed.mock.lastCall).toEqual(["u", version, isWanted]);
  expect(screen.queryByText(`${isWanted ? 1 : 0} lines left out`)).not.toBeNull();
});

it("says why what failed cannot be read, and reads it again", async () => {
  read.failed.error = new Error("Away.");
  show({ failed_files: 2 });
  await press("Try again");
  expect([screen.queryByText("Away.") !== null, vi.mocked(read.failed.refetch).mock.calls.length]).toEqual([true, 1]);
});

const AT = "2026-01-02T00:00:00Z";
it.each([
  ["added files", { successful_files: 2, ...summary(2) }, [], ["Undo this upload", "Show in library"]],
  ["restored files", { successful_files: 2, ...summary(0, 2) }, [], ["Undo this upload", "Show in library"]],
  ["found all there", { successful_files: 2, ...summary(0, 0, 2) }, [], ["Show in library"]],
  ["was undone", { successful_files: 2, undone_at: AT, ...summary(2) }, [], []],
  ["left out damaged files", {}, ["broken"], ["Left-out files as CSV"]],
  ["lost a file", {}, ["not_sent", "broken"], ["Try 1 file again", "Left-out files as CSV"]],
  ["lost two", {}, ["not_sent", "stopped"], ["Try 2 files again", "Left-out files as CSV"]],
  ["is open", { status: "processing", successful_files: 2, ...summary(2) }, ["not_sent"], ["Controls"]],
] as [string, Partial<Upload>, string[], string[]][])(
  "offers what can be done about one that %s",
  (_what, part, codes, offered) => {
    show(
      part,
      codes.map((code, index) => failed(String(index), code)),
    );
    expect(names()).toEqual(offered);
  },
);

it("sends what was left out again, by the button and by the key", async () => {
  show({}, [failed("a", "not_sent")]);
  await press(/^Try 1 file again/);
  expect([api.retryUpload.mock.calls, sending.resumeUpload.mock.calls]).toEqual([[["u"]], [["u"]]]);
  act(() => void commands.given.get("retry")?.run(""));
  await settled();
  expect([api.retryUpload.mock.calls.length, api.refreshUploads.mock.calls.length]).toEqual([2, 2]);
});

it("resumes nothing that the service does not take again", async () => {
  api.retryUpload.mockRejectedValue(new PMDError(409, "Undone."));
  show({}, [failed("a", "not_sent")]);
  await press(/^Try 1 file again/);
  expect([toast.error.mock.calls, sending.resumeUpload.mock.calls]).toEqual([[["Undone."]], []]);
});

it("is undone by the button and the key, and says what that did", async () => {
  api.undoUpload.mockResolvedValue("2 files are in the trash.");
  show({ successful_files: 2, ...summary(2) });
  await press("Undo this upload");
  act(() => void commands.given.get("undo")?.run(""));
  await settled();
  expect([api.undoUpload.mock.calls, toast.success.mock.lastCall]).toEqual([
    ...[[["u"], ["u"]], ["2 files are in the trash."]],
  ]);
});

it("leads to its files, and to the list of those left out", () => {
  show({ successful_files: 1 }, [failed("a", "broken")]);
  fireEvent.click(screen.getByText("Show in library"));
  expect(go.mock.calls).toEqual([["library", { upload_id: "u" }]]);
  expect(screen.getByText("Left-out files as CSV").closest("a")?.getAttribute("href")).toBe("/u.csv");
});

it.each([
  [null, "Pause the upload", [["u"]], []],
  [false, "Pause the upload", [["u"]], []],
  [true, "Resume the upload", [], [["u"]]],
])("is paused and resumed by its key (paused: %s)", (isPaused, label, paused, resumed) => {
  sending.isPaused = isPaused;
  show({ status: "processing" });
  const command = commands.given.get("pause");
  void command?.run("");
  expect([command?.label, sending.pause.mock.calls, sending.resume.mock.calls]).toEqual([label, paused, resumed]);
});

it("has no keys for what cannot be done", () => {
  show({}, [failed("a", "broken")]);
  expect([...commands.given.keys()]).toEqual([]);
});
