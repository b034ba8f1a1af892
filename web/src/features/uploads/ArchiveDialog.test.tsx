// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { settled } from "../../testing/settled";
import { uploadOf } from "../../testing/uploads";
import ArchiveDialog from "./ArchiveDialog";
import type { CheckedFile } from "./check";
import type { Upload } from "./schema";

const intake = vi.hoisted(() => ({ use: vi.fn() }));
const archives = vi.hoisted(() => ({ watched: null as string | null, awaitArchive: vi.fn(), watchArchive: vi.fn() }));
const startUpload = vi.hoisted(() => vi.fn());
const live = vi.hoisted((): { uploads: Upload[] | null } => ({ uploads: null }));
vi.mock("./useIntake", () => ({ useIntake: intake.use }));
vi.mock("./archives", () => ({ ...archives, useWatched: () => archives.watched }));
vi.mock("./startUpload", () => ({ startUpload }));
vi.mock("./api", () => ({ useUploads: () => live }));
vi.mock("./SendProgress", () => ({
  SendProgress: ({ upload }: { upload: Upload }) => <p>Progress of {upload.id}</p>,
  SendControls: ({ upload }: { upload: Upload }) => <p>Controls of {upload.id}</p>,
}));
vi.mock("../../data/imports/imports", () => ({ isArchive: (path: string) => path.endsWith(".zip") }));
vi.mock("../../data/imports/schema", () => ({ archiveEndings: [".zip", ".tar"] }));
vi.mock("../../platform/address", () => ({ useCloseOnBack: () => undefined }));

const onClose = vi.fn();
beforeEach(() => {
  vi.resetAllMocks();
  Object.assign(archives, { watched: null });
  live.uploads = null;
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
  startUpload.mockResolvedValue({ id: "u3" });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});
const FILE = new File(["12345"], "take.zip");
function show(given: object = { step: "asking" }, file = FILE) {
  intake.use.mockReturnValue(given);
  return render(
    <QueryClientProvider client={new QueryClient()}>
      <ArchiveDialog {...{ file, onClose }} />
    </QueryClientProvider>,
  );
}
const ready = (part: Partial<CheckedFile> = {}, room: object = {}) => {
  const file: CheckedFile = { path: "take.zip", file: FILE, hash: "h", verdict: "new", reason: null, isReadable: true, ...part }; // prettier-ignore
  show({ step: "ready", files: [file], room: { left_bytes: 4000, left_files: 9, ...room }, licenses: [] });
  return file;
};
const confirm = () => document.querySelector<HTMLButtonElement>("button[type=submit]");
const status = () => screen.getByRole("status").textContent;

it.each([
  ["hashing", "0"],
  ["asking", "1"],
])("says that it looks first, and sends nothing: %s", (step, value) => {
  show({ step });
  expect([screen.getByRole("heading").textContent, status(), confirm()]).toEqual([
    ...["Bring back “take.zip”", "Looking whether your library has it already. Nothing has been sent yet.", null],
  ]);
  expect(screen.getByRole("progressbar").getAttribute("aria-valuenow")).toBe(value);
  expect(intake.use.mock.lastCall).toEqual([{ files: [{ path: "take.zip", file: FILE }], leftOut: [] }, 0]);
});

it("asks once more about the same choice, where that failed", () => {
  show({ step: "failed", message: "Away." });
  const [before] = intake.use.mock.lastCall as [object, number];
  expect(screen.getByRole("alert").textContent).toContain("Away.");
  fireEvent.click(screen.getByRole("button", { name: "Try again" }));
  const [choice, attempt] = intake.use.mock.lastCall as [object, number];
  expect([choice === before, attempt]).toEqual([true, 1]);
});

it.each([
  ["what is to be sent", {}, "5 B to send · 4.0 kB free in the library. It stays there until you delete it.", null],
  ["that it is there", { verdict: "already_there" }, "It is in your library already; nothing needs to be sent.", null],
  ["that its form cannot be read", { path: "take.rar" }, "5 B to send · 4.0 kB free in the library. It stays there until you delete it.", "Only .zip, .tar can be read: make it one of these first."], // prettier-ignore
  ["why it is refused", { verdict: "refused", reason: "It is empty." }, "5 B to send · 4.0 kB free in the library. It stays there until you delete it.", "It is empty."], // prettier-ignore
] as [string, Partial<CheckedFile>, string, string | null][])("says %s", (_what, part, words, refusal) => {
  ready(part);
  expect([status(), document.querySelector(".form-error, [role=alert]")?.textContent.trim() ?? null]).toEqual([words, refusal]); // prettier-ignore
  expect(confirm()?.disabled).toBe(refusal !== null);
});

it("is refused where there is no room for it", () => {
  ready({}, { left_bytes: 4 });
  expect([confirm()?.disabled, screen.queryByText(/your library has only 4 B left/) !== null]).toEqual([true, true]);
});

it("is sent alone, and read when it has arrived; by one key, however often that is tried", async () => {
  startUpload.mockRejectedValueOnce(new PMDError(503, "Away."));
  const file = ready();
  fireEvent.submit(confirm() ?? document.body);
  await settled();
  expect([screen.queryByText("Away.") !== null, archives.awaitArchive.mock.calls]).toEqual([true, []]);
  fireEvent.submit(confirm() ?? document.body);
  await settled();
  const [first, second] = startUpload.mock.calls as unknown[][];
  expect([second?.slice(0, 3), first?.[3] === second?.[3]]).toEqual([[[file], [], {}], true]);
  expect(archives.awaitArchive.mock.calls).toEqual([["u3"]]);
});

it.each([
  ["not listed yet", [uploadOf({ id: "other" })], ["Starting…"]],
  ["not read yet", null, ["Starting…"]],
  ["listed", [uploadOf({ id: "other" }), uploadOf({ id: "u3" })], ["Progress of u3", "Controls of u3"]],
])("shows how it is sent: %s", (_what, uploads, texts) => {
  Object.assign(archives, { watched: "u3" });
  live.uploads = uploads;
  show();
  expect(texts.every((text) => screen.queryByText(text) !== null)).toBe(true);
  expect(screen.queryByText(/You can close this and go elsewhere/) !== null).toBe(texts.length > 1);
});

it("is watched no more once it is closed", () => {
  const { unmount } = show();
  expect(archives.watchArchive).not.toHaveBeenCalled();
  unmount();
  expect(archives.watchArchive.mock.calls).toEqual([[null]]);
});
