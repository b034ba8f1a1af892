// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { settled } from "../../testing/settled";
import { lineOf, uploadOf } from "../../testing/uploads";
import { LeftOut } from "./LeftOut";
import type { Line, Upload } from "./schema";

const api = vi.hoisted(() => ({ retryUpload: vi.fn(), refreshUploads: vi.fn() }));
const resumeUpload = vi.hoisted(() => vi.fn());
const offerChosen = vi.hoisted(() => vi.fn());
const toast = vi.hoisted(() => ({ error: vi.fn() }));
vi.mock("./api", () => api);
vi.mock("./sender", () => ({ resumeUpload }));
vi.mock("./offered", () => ({ offerChosen }));
vi.mock("../../ui/toast", () => ({ toast }));
vi.mock("../../platform/address", () => ({ go: vi.fn(), isPlainClick: () => true, pageHref: (page: string, query: object) => `${page} ${JSON.stringify(query)}` })); // prettier-ignore

beforeEach(() => vi.resetAllMocks());
afterEach(cleanup);
const failed = (id: string, code: string | null, message: string, part: Partial<Line> = {}) =>
  lineOf(id, { status: "failed", error_code: code, error_message: message, ...part });
function show(lines: readonly Line[], part: Partial<Upload> = {}) {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <LeftOut upload={uploadOf({ failed_files: lines.length, ...part })} lines={lines} />
    </QueryClientProvider>,
  );
}
const groups = () => [...document.querySelectorAll<HTMLElement>(".left-out-group")];
const press = async (name: string | RegExp) => {
  fireEvent.click(screen.getByRole("button", { name }));
  await settled();
};

it("is nothing where no file was left out", () => {
  show([]);
  expect(document.body.textContent).toBe("");
});

it.each([
  [1, {}, "1 file was left out"],
  [2, {}, "2 files were left out"],
  // Not all of them are read.
  [2, { failed_files: 3000 }, "3,000 files were left out"],
  [2, { failed_files: 0 }, "2 files were left out"],
])("counts what was left out: %i read, %j", (count, part, words) => {
  show(
    Array.from({ length: count }, (_, index) => failed(String(index), "broken", "Damaged.")),
    part,
  );
  expect(screen.getByRole("heading").textContent).toBe(words);
});

it("groups by reason, with what something helps with first", () => {
  show([
    failed("a", "hidden_file", "It is hidden."),
    failed("b", "broken", "Damaged."),
    failed("c", "allowance_bytes", "No room."),
    failed("d", "not_sent", "It was not sent."),
    failed("e", "broken", "Damaged."),
  ]);
  expect(groups().map((group) => group.querySelector("p")?.textContent)).toEqual([
    ...["1 · It was not sent.", "1 · No room.", "2 · Damaged.", "1 · It is hidden."],
  ]);
});

it.each([
  ["not_sent", "retry", "Try again pack/a.png"],
  ["stopped", "retry", "Try again pack/a.png"],
  ["hash_mismatch", "retry", "Try again pack/a.png"],
  ["lost_bytes", "retry", "Try again pack/a.png"],
  ["probe_failed", "retry", "Try again pack/a.png"],
  ["allowance_files", "room", "Open the trash"],
  ["library_full", "room", "Open the trash"],
  ["broken", "choose", "Choose another in place of a.png"],
  ["hidden_file", "none", ""],
  ["unfinished_file", "none", ""],
  [null, "none", ""],
])("offers what helps with %s: %s", (code, remedy, words) => {
  show([failed("a", code, "Why.")]);
  const [line] = screen.getAllByRole("listitem");
  const action = line?.querySelector("button, a, label");
  expect([line?.dataset["remedy"], (action?.textContent ?? "").trim().replace(/\s+/g, " ")]).toEqual([remedy, words]);
});

it("names each file, below it its folders within the upload, and its size", () => {
  show(
    [
      failed("a", "broken", "Damaged.", { path: "pack/sprites/red/a.png", size_bytes: 1500 }),
      failed("b", "broken", "Damaged.", { path: "pack/b.png" }),
    ],
    { name: "pack" },
  );
  const texts = screen
    .getAllByRole("listitem")
    .map((line) => [
      line.title,
      ...[...line.querySelectorAll("bdi")].map((part) => part.textContent),
      line.querySelector(".line-size")?.textContent,
    ]);
  expect(texts).toEqual([
    ["pack/sprites/red/a.png", "a.png", "sprites / red", "1.5 kB"],
    ["pack/b.png", "b.png", "800 B"],
  ]);
});

it("leads to the trash, where room can be made", () => {
  show([failed("a", "library_full", "Full.")]);
  expect(screen.getByRole("link").getAttribute("href")).toBe('library {"state":"trash"}');
});

it("takes another file in place of a damaged one", () => {
  show([failed("a", "broken", "Damaged.")]);
  fireEvent.change(screen.getByLabelText(/Choose another/), { target: { files: [] } });
  expect(offerChosen).toHaveBeenCalledTimes(1);
});

it("tries one again, and goes on sending", async () => {
  show([failed("a", "not_sent", "Lost."), failed("b", "stopped", "Stopped.")]);
  fireEvent.click(screen.getAllByRole("button", { name: /^Try again/ })[1] ?? document.body);
  await settled();
  expect([api.retryUpload.mock.calls, resumeUpload.mock.calls]).toEqual([[["u", ["b"]]], [["u"]]]);
  expect(api.refreshUploads).toHaveBeenCalledTimes(1);
});

it("tries all of one reason again, in parts that the service takes", async () => {
  show(Array.from({ length: 513 }, (_, index) => failed(`f${index}`, "not_sent", "Lost.")));
  await press("Try these 513 again");
  const asked = api.retryUpload.mock.calls as [string, string[]][];
  expect(asked.map(([id, part]) => [id, part.length, part[0]])).toEqual([
    ["u", 512, "f0"],
    ["u", 1, "f512"],
  ]);
  expect(resumeUpload.mock.calls).toEqual([["u"]]);
});

it("offers to try several again only where that helps all of them, and they are several", () => {
  const names = () => screen.queryAllByRole("button", { name: /these/ }).length;
  show([failed("a", "not_sent", "Why."), failed("b", "broken", "Why.")]);
  const mixed = names();
  cleanup();
  show([failed("a", "not_sent", "Why.")]);
  const one = names();
  cleanup();
  show([failed("a", "not_sent", "Why."), failed("b", "stopped", "Why.")]);
  expect([mixed, one, names()]).toEqual([0, 0, 1]);
});

it("says why it could not be tried again, and sends nothing", async () => {
  api.retryUpload.mockRejectedValue(new PMDError(409, "It has been undone."));
  show([failed("a", "not_sent", "Lost.")]);
  await press(/^Try again/);
  expect([toast.error.mock.calls, resumeUpload.mock.calls, api.refreshUploads.mock.calls.length]).toEqual([
    ...[[["It has been undone."]], [], 1],
  ]);
});

it("is tried once by two presses", async () => {
  let go: () => void = () => undefined;
  api.retryUpload.mockReturnValue(new Promise<void>((resolve) => (go = resolve)));
  show([failed("a", "not_sent", "Lost."), failed("b", "not_sent", "Lost.")]);
  await press("Try these 2 again");
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Try these 2 again" }).disabled).toBe(true);
  go();
  await settled();
});

it.each([
  [8, 8, null],
  [9, 8, "Show 1 more file"],
  [11, 8, "Show 3 more files"],
])("shows of %i files %i at first, and the others when asked", async (count, shown, words) => {
  show(Array.from({ length: count }, (_, index) => failed(`f${index}`, "hidden_file", "Hidden.")));
  expect([screen.getAllByRole("listitem").length, screen.queryByRole("button")?.textContent.trim() ?? null]).toEqual([
    ...[shown, words],
  ]);
  if (words !== null) await press(words);
  expect([screen.getAllByRole("listitem").length, screen.queryByRole("button")]).toEqual([count, null]);
});
