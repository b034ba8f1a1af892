// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { jobOf } from "../../testing/jobs";
import { settled } from "../../testing/settled";
import { groupJobs } from "./groups";
import type { Job } from "./schema";
import { TaskCard } from "./TaskCard";

const api = vi.hoisted(() => ({
  ...{ cancelGroup: vi.fn(), cancelJob: vi.fn(), jobsOfGroup: vi.fn(), keepFiles: vi.fn() },
  ...{ refreshJobs: vi.fn(), retryJob: vi.fn() },
}));
vi.mock("./api", () => api);
vi.mock("../../data/assets/AssetPicture", () => ({ ArtOnMat: () => null }));
vi.mock("../../data/assets/SmallPreview", () => ({ SmallPreview: () => null }));
vi.mock("../../platform/address", () => ({
  pageHref: (page: string, query: object) => `/${page}?${JSON.stringify(query)}`,
  isPlainClick: () => true,
  go: () => undefined,
}));
beforeEach(() => {
  vi.resetAllMocks();
});
afterEach(cleanup);

const NOW = Date.parse("2026-01-01T10:05:00Z");
const made = (id: number, state = "new", part = {}): Partial<Job> => ({
  ...{ result_asset_id: id, result_asset_ids: [id] },
  result: { id, state, size_bytes: 400, width: 8, height: 8, file_format: "png", ...part } as Job["result"],
});
function show(...jobs: readonly Job[]) {
  const [group] = groupJobs(jobs);
  if (!group) throw new Error("There is no task.");
  render(
    <QueryClientProvider client={new QueryClient()}>
      <TaskCard group={group} now={NOW} isHighlighted={false} />
    </QueryClientProvider>,
  );
}
const press = async (name: RegExp) => {
  fireEvent.click(screen.getByRole("button", { name }));
  await settled();
};
const names = (role: "button" | "link") =>
  screen.queryAllByRole(role).map((each) => each.childNodes[2]?.textContent ?? each.textContent.trim());

it.each([
  ["waits", [jobOf(1, { status: "pending" })], ["Stop"], []],
  ["runs", [jobOf(1, { status: "running" }), jobOf(2)], ["Stop all"], []],
  ["has made a file", [jobOf(1, made(9))], ["Keep"], ["Compare"]],
  ["has made one that is kept", [jobOf(1, made(9, "approved"))], [], ["Compare"]],
  ["has made files", [jobOf(1, { ...made(9), result_asset_ids: [9, 8] })], ["Keep 2"], ["Show"]],
  ["has changed nothing", [jobOf(1, { unchanged_reason: "It is small." })], [], ["Show"]],
  ["has failed in passing", [jobOf(1, { status: "failed" })], ["Try again"], []],
  ["has failed for its file", [jobOf(1, { status: "failed", error_code: "refused" })], [], []],
  ["was stopped", [jobOf(1, { status: "cancelled" }), jobOf(2, { status: "failed" })], ["Try 2 again"], []],
  ["builds a pack", [jobOf(1, { kind: "export_pack", pack_id: 7, asset_id: null })], [], ["Open the pack"]],
] as const)("offers what can be done about a task that %s", (_what, jobs, buttons, links) => {
  show(...jobs);
  expect([names("button"), names("link")]).toEqual([buttons, links]);
});

it.each([
  [[jobOf(1, { status: "running" })], "cancelJob", [[1]]],
  [[jobOf(1, { status: "running" }), jobOf(2)], "cancelGroup", [["g"]]],
] as const)("stops what runs: %#", async (jobs, call, asked) => {
  show(...jobs);
  await press(/^Stop/);
  expect([api[call].mock.calls, api.refreshJobs.mock.calls.length]).toEqual([asked, 1]);
});

it("tries one again, or those of several that may succeed", async () => {
  show(jobOf(1, { status: "failed" }));
  await press(/^Try again/);
  expect(api.retryJob.mock.calls).toEqual([[1]]);
  cleanup();
  api.retryJob.mockClear();
  const failed = [jobOf(3, { status: "failed" }), jobOf(4, { status: "failed", error_code: "refused" })];
  api.jobsOfGroup.mockImplementation((_id, status) => Promise.resolve(status === "failed" ? failed : [jobOf(5, { status: "cancelled" })])); // prettier-ignore
  show(...failed, jobOf(5, { status: "cancelled" }));
  await press(/^Try 2 again/);
  expect(api.retryJob.mock.calls).toEqual([[3], [5]]);
});

it("keeps what was made, in parts that the service takes, and says so", async () => {
  const ids = Array.from({ length: 130 }, (_, index) => index + 1);
  show(jobOf(1, { ...made(1), result_asset_ids: ids }));
  expect(screen.queryByText("To look at")).not.toBeNull();
  await press(/^Keep 130/);
  expect(api.keepFiles.mock.calls.map(([part]) => (part as number[]).length)).toEqual([128, 2]);
  expect([screen.queryByText("Kept") !== null, screen.queryByRole("button", { name: /^Keep/ })]).toEqual([true, null]);
});

const lines = () => [...document.querySelectorAll(".task-line")].map((line) => line.textContent);
it("says of each file of several what became of it", () => {
  show(
    jobOf(1, made(9, "new", { width: 16, height: 16 })),
    jobOf(2, { unchanged_reason: "It is small already" }),
    jobOf(3, { status: "running", progress: 41.9 }),
    jobOf(4, { status: "failed", error_message: "It is no picture." }),
    jobOf(5, { status: "failed" }),
    jobOf(6, { status: "pending" }),
    jobOf(7, { step: "2 colours" }),
  );
  expect(lines()).toEqual([
    "1.png×2, 16 × 16 pixels Compare",
    "2.pngDone. It is small already",
    "3.pngWorking · 41 %",
    "4.pngIt is no picture.",
    "5.pngFailed",
    "6.pngWaiting",
    "7.pngDone. 2 colours",
  ]);
  expect(document.querySelector("details")?.open).toBe(true);
  expect(screen.getByRole("progressbar").getAttribute("aria-label")).toBe("Progress: Enlarge");
});

it("has no lines for a single file, which its head tells of", () => {
  show(jobOf(1, made(9)));
  expect([lines(), document.querySelector("h3 bdi")?.textContent]).toEqual([[], "1.png"]);
  expect(document.querySelector(".task-change")?.textContent).toBe("−60 % bytes");
  expect(screen.getByRole("img", { name: "1.0 kB before, 400 B after" })).not.toBeNull();
  cleanup();
  show(jobOf(1), jobOf(2));
  expect([document.querySelector("h3 bdi")?.textContent, document.querySelector("details")?.open]).toEqual([
    ...["1.png and 1 other", false],
  ]);
});

it("counts what it was made of and what it has made", () => {
  show(jobOf(1, { asset_ids: [1, 2, 3], ...made(9), result_asset_ids: [9, 8] }));
  expect([...document.querySelectorAll(".task-count")].map((count) => count.textContent)).toEqual(["3", "2"]);
});
