// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { held, settled } from "../../testing/settled";
import type { CheckedFile } from "./check";
import type { Choice } from "./chosen";
import { Toasts } from "../../ui/Toasts";
import { IntakeDialog } from "./IntakeDialog";
import type { useIntake } from "./useIntake";

type Intake = ReturnType<typeof useIntake>;
type Ready = Extract<Intake, { step: "ready" }>;
const intake = vi.hoisted(() => ({ use: vi.fn() }));
const startUpload = vi.hoisted(() => vi.fn());
const go = vi.hoisted(() => vi.fn());
vi.mock("./useIntake", () => ({ useIntake: intake.use }));
vi.mock("./startUpload", () => ({ startUpload }));
vi.mock("../../data/config", () => ({ config: { limits: { upload_max_files: 3 } } }));
vi.mock("../../platform/address", () => ({ go, useCloseOnBack: () => undefined }));
const LICENSES = [
  { id: 4, identifier: "CC0-1.0", title: "Public domain", url: null },
  { id: 5, identifier: "CC-BY-4.0", title: "Attribution", url: null },
];
vi.mock("../../data/queries", () => ({ useLicenses: () => ({ data: { items: LICENSES } }) }));

const onClose = vi.fn();
beforeEach(() => {
  vi.resetAllMocks();
  localStorage.clear();
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
  startUpload.mockResolvedValue({ id: "u9" });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const fileOf = (path: string, verdict = "new", part: object = {}) =>
  ({ path, file: new File(["12345"], path), hash: path, verdict, reason: null, isReadable: true, ...part }) as CheckedFile; // prettier-ignore
const hidden = (path: string) => ({ path, size_bytes: 1, left_out: "hidden" }) as const;
const CHOICE: Choice = { files: [{ path: "pack/a.png", file: new File(["12345"], "a.png") }], leftOut: [] };
const ROOM = { left_bytes: 4000, left_files: 9 };
function show(given: Intake, choice = CHOICE) {
  intake.use.mockReturnValue(given);
  render(
    <QueryClientProvider client={new QueryClient()}>
      <IntakeDialog choice={choice} onClose={onClose} />
    </QueryClientProvider>,
  );
}
const ready = (files: readonly CheckedFile[], part: Partial<Ready> = {}, choice: Partial<Choice> = {}) =>
  show({ step: "ready", files, room: ROOM, licenses: [], ...part }, { ...CHOICE, ...choice, files });
const confirm = () => document.querySelector<HTMLButtonElement>("button[type=submit]") ?? document.createElement("button"); // prettier-ignore
async function submit() {
  fireEvent.submit(confirm());
  await settled();
}
const texts = (selector: string) => [...document.querySelectorAll(selector)].map((each) => each.textContent.trim());

it("says how many files it checks, and that nothing was sent", () => {
  show({ step: "hashing", done: 1, bytes: 0, room: null });
  expect(screen.getByRole("heading").textContent).toBe("Upload “pack”");
  expect(texts("p")).toEqual(["Checking 1 file in your browser. Nothing has been sent yet."]);
  const bar = screen.getByRole("progressbar");
  expect([bar.getAttribute("aria-valuenow"), bar.getAttribute("aria-valuemax")]).toEqual(["1", "1"]);
});

it.each([
  [4000, false],
  [4001, true],
])("says early that %i bytes may not fit: %s", (bytes, isSaid) => {
  show({ step: "hashing", done: 0, bytes, room: ROOM });
  expect(document.querySelector("p.wait") !== null).toBe(isSaid);
});

it("asks what the library has already", () => {
  show({ step: "asking" });
  expect([texts("p"), screen.queryByRole("progressbar")]).toEqual([
    ...[["Checking what is already in your library…"], null],
  ]);
});

it("says why it failed, and tries again", () => {
  show({ step: "failed", message: "Away." });
  expect([texts("[role=alert] p"), intake.use.mock.lastCall]).toEqual([["Away."], [CHOICE, 0]]);
  fireEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(intake.use.mock.lastCall).toEqual([CHOICE, 1]);
});

it.each([
  [["new", "new"], "Upload 2 files", false, true],
  [["new"], "Upload 1 file", false, true],
  [["new", "in_trash", "already_there"], "Upload 2 files", false, true],
  [["already_there"], "Upload 0 files", true, false],
  [["refused"], "Upload 0 files", true, false],
])("uploads what is new or comes back: %j", (verdicts, words, isDisabled, isAsked) => {
  ready(verdicts.map((verdict, index) => fileOf(`${index}.png`, verdict, { reason: "Why." })));
  expect([confirm().textContent.trim(), confirm().disabled, screen.queryByText("For all files") !== null]).toEqual([
    ...[words, isDisabled, isAsked],
  ]);
});

it("counts one content that is there twice once, but uploads both", () => {
  ready([fileOf("a.png", "new", { hash: "x" }), fileOf("b.png", "new", { hash: "x" })]);
  expect([texts(".intake-summary"), confirm().textContent.trim()]).toEqual([["1 new · 1 duplicate"], "Upload 2 files"]);
  expect(screen.queryByText("5 B to send · 4.0 kB free in the library")).not.toBeNull();
});

it("says nothing of bytes where none are to be sent", () => {
  ready([fileOf("a.png", "in_trash")]);
  expect(screen.queryByText("4.0 kB free in the library")).not.toBeNull();
});

it("is refused where there is no room", () => {
  ready([fileOf("a.png")], { room: { left_bytes: 4, left_files: 9 } });
  expect([confirm().disabled, screen.queryByText(/your library has only 4 B left/) !== null]).toEqual([true, true]);
});

it("names what cannot be used by reason, and what is left out", () => {
  const leftOut = [hidden(".a"), hidden(".b")];
  const refused = (path: string, reason: string) => fileOf(path, "refused", { reason });
  ready([fileOf("a.png"), refused("b", "Empty."), refused("c", "Too large."), refused("d", "Too large.")], {}, { leftOut }); // prettier-ignore
  expect(texts("summary")).toEqual([
    "2 hidden or unfinished files are left out",
    "2 files cannot be used: Too large.",
    "1 file cannot be used: Empty.",
  ]);
  expect(texts("details bdi")).toEqual([".a", ".b", "c", "d", "b"]);
});

it("sends what was asked of all files, opens its report, and keeps it for the next time", async () => {
  const files = [fileOf("a.png"), fileOf("b.png")];
  const leftOut = [hidden(".a"), hidden(".b")];
  ready(files, {}, { leftOut });
  const type = (label: string, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } });
  type("Who made them", "unknown");
  for (const [label, value] of [["Licence", "5"], ["Theme", " sea "], ["Source", " jam "], ["Hashtags", "#a b"], ["Credit", " a friend "]] as const) type(label, value); // prettier-ignore
  await submit();
  const all = { provenance: "unknown", theme: "sea", source: "jam", license_id: 5, attribution: "a friend", hashtags: ["a", "b"] }; // prettier-ignore
  // No more is reported than an upload may have.
  expect(startUpload.mock.calls).toEqual([[files, leftOut.slice(0, 1), all, expect.stringMatching(/./)]]);
  expect([onClose.mock.calls.length, go.mock.calls]).toEqual([1, [["uploads", { upload: "u9" }]]]);
  cleanup();
  ready(files);
  expect(["Theme", "Credit", "Who made them"].map((label) => screen.getByLabelText<HTMLInputElement>(label).value)).toEqual([" sea ", " a friend ", "unknown"]); // prettier-ignore
});

it("sends nothing of what was left empty, and asks for a credit only where others made them", async () => {
  ready([fileOf("a.png")]);
  expect(screen.queryByLabelText("Credit")).toBeNull();
  fireEvent.change(screen.getByLabelText("Theme"), { target: { value: "  " } });
  await submit();
  expect(startUpload.mock.calls[0]?.[2]).toEqual({ provenance: "user_provided" });
});

it("says why it cannot start, and starts the same again by the same key, and a changed one by another", async () => {
  startUpload.mockRejectedValueOnce(new PMDError(503, "Away.")).mockRejectedValueOnce(new PMDError(503, "Away."));
  ready([fileOf("a.png")]);
  await submit();
  expect([screen.queryByText("Away.") !== null, onClose.mock.calls, go.mock.calls]).toEqual([true, [], []]);
  await submit();
  fireEvent.change(screen.getByLabelText("Theme"), { target: { value: "sea" } });
  await submit();
  const keys = (startUpload.mock.calls as string[][]).map(([, , , key]) => key);
  expect([keys[0] === keys[1], keys[1] === keys[2], onClose.mock.calls.length]).toEqual([true, false, 1]);
});

const offered = (folder: string, count: number, license = LICENSES[1]) =>
  ({ path: `${folder}/LICENSE`, folder, count, license }) as Ready["licenses"][number];
const give = () => screen.getByRole("button", { name: /CC-BY-4.0/ });
it("gives the licence of a folder to the files in it", async () => {
  ready([fileOf("a.png"), fileOf("b.png"), fileOf("c.png")], { licenses: [offered("pack/sea", 2)] });
  expect([give().textContent.trim(), give().getAttribute("aria-pressed")]).toEqual([
    ...["Give CC-BY-4.0 to the 2 files in “pack/sea”", "false"],
  ]);
  expect(texts(".folder-license span")).toEqual(["“pack/sea/LICENSE” is Attribution."]);
  fireEvent.click(give());
  expect([give().textContent.trim(), give().getAttribute("aria-pressed")]).toEqual([
    ...["CC-BY-4.0 is given to the 2 files in “pack/sea”", "true"],
  ]);
  await submit();
  expect(startUpload.mock.calls[0]?.[2]).toEqual({
    ...{ provenance: "user_provided", folder_licenses: [{ folder: "pack/sea", license_id: 5 }] },
  });
});

it("takes a folder's licence back, and leaves that of another", async () => {
  const others = [offered("a", 1), offered("b", 1, LICENSES[0])];
  ready([fileOf("a/x"), fileOf("b/x"), fileOf("c")], { licenses: others });
  fireEvent.click(give());
  fireEvent.click(screen.getByRole("button", { name: /CC0-1.0/ }));
  fireEvent.click(give());
  await submit();
  expect(startUpload.mock.calls[0]?.[2]).toMatchObject({ folder_licenses: [{ folder: "b", license_id: 4 }] });
});

it("gives a licence that is for all of them as the licence of all", async () => {
  ready([fileOf("a.png"), fileOf("b.png")], { licenses: [offered("", 2)] });
  const licence = () => screen.getByLabelText<HTMLSelectElement>("Licence").value;
  expect(give().textContent.trim()).toBe("Give CC-BY-4.0 to all of them");
  fireEvent.click(give());
  expect([give().textContent.trim(), licence()]).toEqual(["CC-BY-4.0 is given to all of them", "5"]);
  fireEvent.click(give());
  expect(licence()).toBe("");
  fireEvent.click(give());
  await submit();
  expect(startUpload.mock.calls[0]?.[2]).toEqual({ provenance: "user_provided", license_id: 5 });
});

it("offers each licence by its name and title, and none", () => {
  ready([fileOf("a.png")]);
  const { options } = screen.getByLabelText<HTMLSelectElement>("Licence");
  expect([...options].map(({ value, text }) => [value, text])).toEqual([
    ["", "None (all rights reserved)"],
    ["4", "CC0-1.0 · Public domain"],
    ["5", "CC-BY-4.0 · Attribution"],
  ]);
});

it("offers an upload that begins after the dialog was closed in a notice", async () => {
  const { promise, go: begin } = held();
  startUpload.mockImplementation(() => promise.then(() => ({ id: "u9" })));
  ready([fileOf("pack/a.png")]);
  await submit();
  cleanup();
  begin();
  await settled();
  expect([onClose.mock.calls, go.mock.calls]).toEqual([[], []]);
  render(<Toasts />);
  fireEvent.click(screen.getByRole("button", { name: "Open the upload" }));
  expect(go.mock.calls).toEqual([["uploads", { upload: "u9" }]]);
});
