// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { settled } from "../../testing/settled";
import { uploadOf } from "../../testing/uploads";
import type { Upload } from "./schema";
import { SendControls, SendProgress, UploadStatus } from "./SendProgress";
import type { UploadView } from "./sending";

const own = vi.hoisted((): { view: UploadView | null; missing: { path: string }[] } => ({ view: null, missing: [] }));
const sender = vi.hoisted(() => ({ pause: vi.fn(), resume: vi.fn(), drop: vi.fn() }));
const api = vi.hoisted(() => ({ stopUpload: vi.fn(), refreshUploads: vi.fn() }));
const toast = vi.hoisted(() => ({ info: vi.fn(), error: vi.fn() }));
vi.mock("./sender", () => ({ sender, useSending: () => own.view, useMissingFiles: () => own.missing }));
vi.mock("./api", () => api);
vi.mock("./ChooseButtons", () => ({ ChooseButtons: () => <button>Choose</button> }));
vi.mock("../../ui/toast", () => ({ toast }));

beforeEach(() => {
  vi.resetAllMocks();
  Object.assign(own, { view: null, missing: [] });
});
afterEach(cleanup);

const OPEN = { status: "processing", total_files: 4, total_size_bytes: 4000, received_bytes: 1000, successful_files: 1, failed_files: 1 } as const; // prettier-ignore
const item = { id: "a", path: "a.png", size: 100, sentBytes: 0, state: "sending", error: null } as const;
const viewOf = (part: Partial<UploadView> = {}): UploadView => ({
  ...{
    items: [item],
    totalBytes: 3000,
    sentBytes: 1500,
    isPaused: false,
    trouble: null,
    rate: null,
    secondsLeft: null,
  },
  ...part,
});
function show(part: Partial<Upload> = {}, view: UploadView | null = null, missing: { path: string }[] = []) {
  Object.assign(own, { view, missing });
  const upload = uploadOf({ ...OPEN, ...part });
  render(
    <QueryClientProvider client={new QueryClient()}>
      <SendProgress upload={upload} />
      <SendControls upload={upload} />
      <UploadStatus upload={upload} />
    </QueryClientProvider>,
  );
}
const bar = () => screen.getByRole("progressbar");
const numbers = () => document.querySelector(".numbers")?.textContent;

it("says how much of another tab's upload has arrived, as the service has it", () => {
  show();
  expect([bar().getAttribute("aria-label"), numbers()]).toEqual([
    ...["Bytes of pack that are sent", "1.0 kB of 4.0 kB · 2 of 4 files settled"],
  ]);
});

it("says how much of its own it has sent", () => {
  show({ name: null, total_files: 1 }, viewOf());
  expect([bar().getAttribute("aria-label"), numbers()]).toEqual([
    ...["Bytes of the upload that are sent", "1.5 kB of 3.0 kB · 2 of 1 file settled"],
  ]);
});

it.each([
  ["how fast", { rate: 2000 }, "1.5 kB of 3.0 kB · 2.0 kB/s · 2 of 4 files settled"],
  ["how long", { secondsLeft: 30 }, "1.5 kB of 3.0 kB · about 30 s left · 2 of 4 files settled"],
  ["less than a second", { secondsLeft: 0.2 }, "1.5 kB of 3.0 kB · about 1 s left · 2 of 4 files settled"],
  ["no time where none is left", { secondsLeft: 0 }, "1.5 kB of 3.0 kB · 2 of 4 files settled"],
  ["neither while it is paused", { rate: 2000, secondsLeft: 30, isPaused: true }, "1.5 kB of 3.0 kB · 2 of 4 files settled"], // prettier-ignore
])("says %s", (_what, part, words) => {
  show({}, viewOf(part));
  expect(numbers()).toBe(words);
});

const PAUSED = "Paused. What has arrived is kept.";
it.each([
  ["is paused", { isPaused: true, trouble: "Away." }, [], [PAUSED], "waiting"],
  ["has trouble", { trouble: "Away." }, [], ["Away."], "waiting"],
  ["waits for files", {}, [{ path: "a.png" }], [], "waiting"],
  ["goes on", {}, [], [], "accent"],
])("says what is in its way where it %s", (_what, part, missing, words, tone) => {
  show({}, viewOf(part), missing);
  expect([...document.querySelectorAll("p.wait")].map((each) => each.textContent.trim())).toEqual(words);
  expect(bar().classList.contains(tone)).toBe(true);
});

it.each([
  ["all has arrived", { received_bytes: 4000 }, null, [], true],
  ["some has not", {}, null, [], false],
  ["this tab has sent all of it", {}, viewOf({ items: [{ ...item, state: "sent" }] }), [], true],
  ["this tab has something to send", { received_bytes: 4000 }, viewOf(), [], false],
  ["files have to be chosen again", { received_bytes: 4000 }, null, [{ path: "a" }], false],
] as const)("is being looked at where %s", (_what, part, view, missing, isSo) => {
  show(part, view, [...missing]);
  expect(bar().getAttribute("aria-label")).toBe(
    isSo ? "Files of pack that are settled" : "Bytes of pack that are sent",
  );
  if (isSo) expect(numbers()).toBe("All is sent. 2 of 4 files looked at.");
});

it.each([
  [1, "This page no longer has this file. Choose “f0” again and it goes on where it was; nothing is sent twice."],
  [3, "This page no longer has these files. Choose the folder with these 3 files again and it goes on where it was; nothing is sent twice."], // prettier-ignore
])("asks to choose %i files again", (count, words) => {
  show({}, null, Array.from({ length: count }, (_, index) => ({ path: `f${index}` }))); // prettier-ignore
  expect(document.querySelector(".choose-again p")?.textContent.trim()).toBe(words);
  expect(screen.queryByRole("button", { name: "Choose" })).not.toBeNull();
});

const names = () => screen.getAllByRole("button").map((each) => each.textContent.trim());
it.each([
  ["sends", viewOf(), ["Pause pack", "Stop pack"]],
  ["waits to send", viewOf({ items: [{ ...item, state: "waiting" }] }), ["Pause pack", "Stop pack"]],
  ["is paused", viewOf({ isPaused: true }), ["Resume pack", "Stop pack"]],
  ["has nothing to send", viewOf({ items: [{ ...item, state: "failed" }] }), ["Stop pack"]],
  ["is another tab's", null, ["Stop pack"]],
] as const)("can be paused, resumed and stopped: one that %s", (_what, view, buttons) => {
  show({}, view);
  expect(names().map((name) => name.replace(/\s+/g, " "))).toEqual(buttons);
});

it("pauses and resumes what this tab sends", () => {
  show({}, viewOf());
  fireEvent.click(screen.getByRole("button", { name: /^Pause/ }));
  cleanup();
  show({}, viewOf({ isPaused: true }));
  fireEvent.click(screen.getByRole("button", { name: /^Resume/ }));
  expect([sender.pause.mock.calls, sender.resume.mock.calls]).toEqual([[["u"]], [["u"]]]);
});

it("sends no more before it asks to stop, and forgets the upload then", async () => {
  const order: string[] = [];
  sender.pause.mockImplementation(() => order.push("pause"));
  api.stopUpload.mockImplementation(() => Promise.resolve(order.push("stop")));
  sender.drop.mockImplementation(() => order.push("drop"));
  show({}, viewOf());
  fireEvent.click(screen.getByRole("button", { name: /^Stop/ }));
  await settled();
  expect([order, api.stopUpload.mock.calls, sender.drop.mock.calls]).toEqual([["pause", "stop", "drop"], [["u"]], [["u"]]]); // prettier-ignore
  expect(toast.info.mock.calls).toEqual([["Stopped. Files that were already added stay in your library."]]);
  expect(api.refreshUploads).toHaveBeenCalledTimes(1);
});

it("says why it could not be stopped, and keeps what is to be sent", async () => {
  api.stopUpload.mockRejectedValue(new PMDError(503, "Away."));
  show({}, viewOf());
  fireEvent.click(screen.getByRole("button", { name: /^Stop/ }));
  await settled();
  expect([toast.error.mock.calls, sender.drop.mock.calls, toast.info.mock.calls]).toEqual([[["Away."]], [], []]);
});

const failures = (count: number) => ({ failures: { hidden_file: count } });
it.each([
  ["Undone", { undone_at: "2026-01-01T00:00:00Z", cancelled: true }],
  ["Stopped", { cancelled: true }],
  ["Waiting", { received_bytes: 0, successful_files: 0, failed_files: 0 }],
  ["Working", { received_bytes: 0, failed_files: 0 }],
  ["Working", { received_bytes: 1, successful_files: 0, failed_files: 0 }],
  ["Done", { status: "completed" }],
  ["Done", { status: "completed", received_bytes: 0, successful_files: 0, failed_files: 0 }],
  ["Done, some left out", { status: "partial", summary_data: failures(0) }],
  ["Done", { status: "partial", summary_data: failures(1) }],
  ["Failed", { status: "failed", summary_data: failures(1) }],
] as [string, Partial<Upload>][])("is called %s: %j", (words, part) => {
  show(part);
  expect(document.querySelector(".status")?.textContent.trim()).toBe(words);
});
