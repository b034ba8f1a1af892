// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { LoopList } from "./LoopList";
import type { Job } from "./schema";

const api = vi.hoisted(() => ({ getJob: vi.fn(), startJobs: vi.fn(), refreshJobs: vi.fn(), JOBS: ["jobs"] }));
const seam = vi.hoisted(() => ({ make: vi.fn(), play: vi.fn(), close: vi.fn() }));
const toast = vi.hoisted(() => ({ error: vi.fn() }));
vi.mock("./api", () => api);
vi.mock("./seam", () => ({ seamPlayer: seam.make }));
vi.mock("../../ui/toast", () => ({ toast }));

const onChange = vi.fn();
beforeEach(() => {
  vi.resetAllMocks();
  vi.useFakeTimers();
  seam.make.mockReturnValue(seam);
  seam.play.mockResolvedValue(undefined);
  api.startJobs.mockResolvedValue({ items: [{ id: 5 }] });
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const LOOPS = [
  { start: 1, end: 2.5, beats: 4, likeness: 0.914 },
  { start: 0, end: 9, beats: null, likeness: null },
  { start: 2, end: 3, beats: 1, likeness: -0.2 },
];
const jobOf = (status: string, part: object = {}) => ({ id: 5, status, loops: [], error_message: null, ...part }) as unknown as Job; // prettier-ignore
const view = (id: number, values: object) => (
  <QueryClientProvider client={client}>
    <LoopList asset={{ id, name: "song.ogg" }} values={{ gain: 1, ...values }} onChange={onChange} />
  </QueryClientProvider>
);
let client = new QueryClient();
function show(values: object = {}) {
  client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const { rerender, unmount } = render(view(7, values));
  return { becomes: (id: number) => rerender(view(id, values)), unmount };
}
const passes = (milliseconds = 20) => act(() => vi.advanceTimersByTimeAsync(milliseconds));
const find = () => screen.getByRole<HTMLButtonElement>("button", { name: "Find loops" });
const said = () => screen.getByRole("status").textContent;
const BUSY = "Comparing all parts of the sound…";
async function listed(job: Job, values: object = {}) {
  api.getJob.mockResolvedValue(job);
  const shown = show(values);
  fireEvent.click(find());
  await passes();
  await passes();
  return shown;
}

it("lists nothing before it is asked to", async () => {
  show();
  await passes(2000);
  expect([said(), find().disabled, api.getJob.mock.calls]).toEqual(["", false, []]);
});

it("compares the sound once, and looks twice a second whether that is done", async () => {
  const shown = await listed(jobOf("pending"));
  expect(api.startJobs.mock.calls).toEqual([["loop", [7], { list_only: true }, expect.stringMatching(/./)]]);
  expect([said(), find().disabled, api.refreshJobs.mock.calls.length]).toEqual([BUSY, true, 1]);
  expect(api.getJob.mock.calls.map(([id]) => id as number)).toEqual([5]);
  await passes(400);
  expect(api.getJob).toHaveBeenCalledTimes(1);
  api.getJob.mockResolvedValue(jobOf("running"));
  await passes(100);
  expect([api.getJob.mock.calls.length, said()]).toEqual([2, BUSY]);
  api.getJob.mockResolvedValue(jobOf("completed", { loops: LOOPS }));
  await passes(500);
  expect([said(), find().disabled]).toEqual([...["The best first. Play a seam to hear it, then choose one.", false]]);
  await passes(5000);
  expect(api.getJob).toHaveBeenCalledTimes(3);
  shown.unmount();
});

it("says why no loop was found", async () => {
  await listed(jobOf("failed", { error_message: "It is too short." }));
  expect([said(), screen.getByRole("status").className, find().disabled]).toEqual(["It is too short.", "bad", false]);
});

it("says why it could not be asked, and can be asked again", async () => {
  api.startJobs.mockRejectedValue(new PMDError(429, "Too many tasks wait."));
  show();
  fireEvent.click(find());
  await passes();
  expect([toast.error.mock.calls, find().disabled, said()]).toEqual([[["Too many tasks wait."]], false, ""]);
});

it("asks for no task where none was made", async () => {
  api.startJobs.mockResolvedValue({ items: [] });
  await listed(jobOf("pending"));
  expect([api.getJob.mock.calls, find().disabled]).toEqual([[], false]);
});

it("says of each loop where it is, its beats, and how alike its ends are", async () => {
  await listed(jobOf("completed", { loops: LOOPS }));
  expect(screen.getAllByRole("listitem").map((item) => item.textContent)).toEqual([
    "1.000–2.500 s 4 beats, ends 91 % alike",
    "0.000–9.000 s the whole sound",
    "2.000–3.000 s 1 beat, ends 0 % alike",
  ]);
});

it.each([
  [{ start: 1, end: 2.5 }, 0],
  [{ start: 1, end: 3 }, -1],
  [{ start: 2, end: 2.5 }, -1],
])("marks the loop that the form has: %j", async (values, index) => {
  await listed(jobOf("completed", { loops: LOOPS }), values);
  expect(screen.getAllByRole<HTMLInputElement>("radio").findIndex(({ checked }) => checked)).toBe(index);
});

it("chooses a loop, beside what else is set", async () => {
  await listed(jobOf("completed", { loops: LOOPS }), { start: 5 });
  fireEvent.click(screen.getAllByRole("radio")[2] ?? document.body);
  expect(onChange.mock.calls).toEqual([[{ gain: 1, start: 2, end: 3 }]]);
});

it("plays seams by one player, which is closed with the sound", async () => {
  const { becomes, unmount } = await listed(jobOf("completed", { loops: LOOPS }));
  const play = (number: number) =>
    fireEvent.click(screen.getByRole("button", { name: `Play the seam of loop ${number}` }));
  play(1);
  play(3);
  expect([seam.make.mock.calls, seam.play.mock.calls, seam.close.mock.calls]).toEqual([[[7]], [[1, 2.5], [2, 3]], []]); // prettier-ignore
  becomes(8);
  expect(seam.close).toHaveBeenCalledTimes(1);
  play(1);
  expect(seam.make.mock.lastCall).toEqual([8]);
  unmount();
  expect(seam.close).toHaveBeenCalledTimes(2);
});

it("says where the browser cannot play it", async () => {
  seam.play.mockRejectedValue(new Error("No."));
  await listed(jobOf("completed", { loops: LOOPS }));
  fireEvent.click(screen.getByRole("button", { name: "Play the seam of loop 1" }));
  await passes();
  expect(toast.error.mock.calls).toEqual([["This browser cannot play the sound."]]);
});
