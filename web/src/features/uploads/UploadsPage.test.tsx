// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { MEDIA } from "../../platform/media";
import { uploadOf } from "../../testing/uploads";
import type { Upload } from "./schema";
import UploadsPage from "./UploadsPage";

interface Live {
  uploads: Upload[] | null;
  error: Error | null;
  retry: () => void;
}
const live = vi.hoisted((): Live => ({ uploads: null, error: null, retry: () => undefined }));
const is = vi.hoisted(() => ({ opened: null as string | null, phone: false, probed: true }));
const does = vi.hoisted(() => ({ open: vi.fn(), close: vi.fn(), offerChosen: vi.fn(), useFirstPictures: vi.fn() }));
vi.mock("../../data/config", () => ({ config: { get are_uploads_probed() { return is.probed; } } })); // prettier-ignore
vi.mock("../../data/purposes", () => ({ purposes: { uploads: "For files." } }));
vi.mock("../../commands/StatusBar", () => ({
  StatusNote: ({ children }: { children: ReactNode }) => <p>{children}</p>,
}));
vi.mock("../../platform/address", () => ({
  ...{
    useOverlay: (name: string) => [name === "upload" ? is.opened : null, does.open, does.close],
    isPlainClick: () => true,
  },
  pageHref: (_: string, query: object) => JSON.stringify(query),
}));
vi.mock("../../platform/clock", () => ({ useNow: () => Date.parse("2026-01-01T02:00:00Z") }));
vi.mock("../../data/assets/SmallPreview", () => ({ SmallPreview: ({ asset }: { asset: { id: number } }) => <i data-asset={asset.id} /> })); // prettier-ignore
vi.mock("../../ui/useMediaQuery", () => ({ useMediaQuery: (query: string) => is.phone && query === MEDIA.handheld }));
vi.mock("./api", () => ({ useUploads: () => live, useFirstPictures: does.useFirstPictures }));
vi.mock("./offered", () => ({ offerChosen: does.offerChosen }));
vi.mock("./UploadReport", () => ({
  nameOf: ({ id }: Upload) => `Upload ${id}`,
  UploadReport: ({ id, live: shown, onBack }: { id: string; live: Upload | null; onBack: () => void }) => (
    <button onClick={onBack}>{`Report of ${id}, ${shown?.id ?? "not listed"}`}</button>
  ),
  UploadWork: ({ name, children }: { name: string; children: ReactNode }) => (
    <section data-testid="work">
      <h2>{name}</h2>
      {children}
    </section>
  ),
}));

beforeEach(() => {
  vi.resetAllMocks();
  Object.assign(live, { uploads: null, error: null, retry: vi.fn() });
  Object.assign(is, { opened: null, phone: false, probed: true });
  does.useFirstPictures.mockImplementation((id: string) => ({ data: id === "b" ? [{ id: 7 }, { id: 8 }] : undefined }));
});
afterEach(cleanup);
const open = (id: string) => uploadOf({ id, status: "processing" });
const ended = (id: string, part: Partial<Upload> = {}) => uploadOf({ id, ...part });
function show(uploads: Upload[] | null) {
  live.uploads = uploads;
  render(<UploadsPage />);
}
const work = () => screen.queryByTestId("work")?.querySelector("h2")?.textContent;
const names = () => screen.getAllByRole("button").map((each) => each.textContent.trim());
const NOTE = /What was sent stays if you close this page/;

it.each([
  ["the one that arrives", [ended("a"), open("b")], "Upload b", ["Upload a"], true],
  ["the newest where all have ended", [ended("a"), ended("b")], "Upload a", ["Upload b"], false],
  ["the only one", [open("a")], "Upload a", [], true],
])("shows %s, and the others beside it", (_what, uploads, shown, others, isArriving) => {
  show(uploads);
  expect([work(), screen.queryAllByRole("link").map((link) => link.textContent)]).toEqual([shown, others]);
  expect(screen.queryByText(NOTE) !== null).toBe(isArriving);
  expect([screen.queryByText("or drop files anywhere") !== null, screen.queryByText(/For files/)]).toEqual([
    true,
    null,
  ]);
});

it("shows where files go before there is an upload", () => {
  show([]);
  expect([work(), screen.queryByText("Drop files or whole folders anywhere") !== null, screen.queryByText("or drop files anywhere")]).toEqual([undefined, true, null]); // prettier-ignore
  expect(names().slice(1, 3)).toEqual(["Choose files", "Choose a folder"]);
  cleanup();
  is.phone = true;
  show([]);
  expect([screen.queryByText("Add pictures and sounds") !== null, names().slice(1, 3)]).toEqual([
    ...[true, ["From this phone", "From files or a ZIP"]],
  ]);
});

it("says nothing before it knows, and why it does not", () => {
  show(null);
  expect([work(), screen.queryByText(/For files/), screen.queryByRole("alert")]).toEqual([undefined, null, null]);
  cleanup();
  live.error = new Error("Away.");
  show(null);
  fireEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect([screen.queryByText("Away.") !== null, vi.mocked(live.retry).mock.calls.length]).toEqual([true, 1]);
});

it.each([true, false])("says where uploads are not processed now: %s", (probed) => {
  is.probed = probed;
  show([]);
  expect(screen.queryByText(/Uploads are not being processed right now/) !== null).toBe(!probed);
});

it.each([
  ["b", "Report of b, b"],
  ["old", "Report of old, not listed"],
])("opens the report of %s, and goes back", (id, words) => {
  is.opened = id;
  show([ended("a"), ended("b")]);
  fireEvent.click(screen.getByRole("button", { name: words }));
  expect(does.close).toHaveBeenCalledTimes(1);
});

const outcomes = (added: number, restored = 0, there = 0) => ({ outcomes: { added: { count: added }, restored: { count: restored }, already_there: { count: there } } }); // prettier-ignore
it.each([
  ["was undone", { undone_at: "2026-01-01T01:00:00Z", summary_data: outcomes(2) }, "Undone"],
  ["added some", { summary_data: outcomes(2) }, "2 added"],
  ["did all kinds", { summary_data: { ...outcomes(3, 1, 2), failures: { hidden_file: 1 } }, failed_files: 5 }, "3 added, 1 restored, 2 already there, 4 left out"], // prettier-ignore
  ["left out only what was to be", { summary_data: { ...outcomes(1), failures: { hidden_file: 1, unfinished_file: 1 } }, failed_files: 2 }, "1 added"], // prettier-ignore
] as [string, Partial<Upload>, string][])("says of an earlier one that %s", (_what, part, words) => {
  show([open("a"), ended("b", part)]);
  const [item] = screen.getAllByRole("listitem");
  expect([item?.querySelector(".muted")?.textContent, item?.querySelector("time")?.textContent]).toEqual([
    ...[words, "2 h ago"],
  ]);
});

it.each([
  [1, "1 file arriving"],
  [3, "3 files arriving"],
])("says of another that arrives how many files it has: %i", (total_files, words) => {
  show([open("a"), { ...open("b"), total_files }]);
  expect(screen.queryByText(words)).not.toBeNull();
});

it("shows earlier ones by their first pictures, counts them, and opens them", () => {
  show([open("a"), ended("b"), ended("c")]);
  expect([...document.querySelectorAll<HTMLElement>("[data-asset]")].map(({ dataset }) => dataset["asset"])).toEqual(["7", "8"]); // prettier-ignore
  expect([does.useFirstPictures.mock.calls.flat(), document.querySelector(".count")?.textContent]).toEqual([["b", "c"], "2"]); // prettier-ignore
  const link = screen.getByRole("link", { name: "Upload c" });
  fireEvent.click(link);
  expect([link.getAttribute("href"), does.open.mock.calls]).toEqual(['{"upload":"c"}', [["c"]]]);
});

/** Which file field a button opens. */
function opens(name: string): string | null {
  const opened = vi.spyOn(HTMLInputElement.prototype, "click").mockReturnValue();
  fireEvent.click(screen.getByRole("button", { name }));
  const [field] = opened.mock.contexts as HTMLInputElement[];
  opened.mockRestore();
  return field?.getAttribute("aria-label") ?? null;
}

it("chooses files or a folder; on a phone its pictures or its files", () => {
  show([ended("a")]);
  expect(names()).toEqual(expect.arrayContaining(["Choose a folder", "Choose files"]));
  expect([opens("Choose files"), opens("Choose a folder")]).toEqual(["Files to upload", "Folder to upload"]);
  expect(screen.getByLabelText("Folder to upload").hasAttribute("webkitdirectory")).toBe(true);
  for (const label of ["Files to upload", "Folder to upload"]) fireEvent.change(screen.getByLabelText(label));
  expect(does.offerChosen).toHaveBeenCalledTimes(2);
  cleanup();
  is.phone = true;
  show([ended("a")]);
  expect([opens("From files or a ZIP"), opens("From this phone")]).toEqual([
    ...["Files to upload", "Pictures and sounds to upload"],
  ]);
  const media = screen.getByLabelText<HTMLInputElement>("Pictures and sounds to upload");
  fireEvent.change(media);
  expect([media.accept, media.multiple, does.offerChosen.mock.calls.length]).toEqual(["image/*,video/*,audio/*", true, 3]); // prettier-ignore
});
