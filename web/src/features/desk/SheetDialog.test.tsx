// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { settled } from "../../testing/settled";
import { SheetDialog } from "./SheetDialog";

const sendSheet = vi.hoisted(() => vi.fn());
vi.mock("./api", () => ({ sendSheet }));
vi.mock("../../data/client", () => ({ apiUrl: (url: string) => url }));

const reported = { row_count: 2, changed_count: 2, same_count: 0, lost_rows: [], ignored_columns: [], errors: [], error_count: 0 }; // prettier-ignore
beforeEach(() => {
  vi.resetAllMocks();
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});
const written = () => screen.getByLabelText<HTMLTextAreaElement>("Or its text");
const confirm = () => document.querySelector<HTMLButtonElement>("button[type=submit]")?.textContent.trim();

const draw = () =>
  render(
    <QueryClientProvider client={new QueryClient()}>
      <SheetDialog onChanged={() => undefined} onClose={() => undefined} />
    </QueryClientProvider>,
  );
const choose = async (file: File) => {
  fireEvent.change(screen.getByLabelText("A CSV file"), { target: { files: [file] } });
  await settled();
};
const refusal = () => document.querySelector(".refusal")?.textContent.trim();
const UNREADABLE = "“a.csv” is not a text that can be read. Save the sheet as “CSV UTF-8” and choose it again.";

it.each([
  ["nothing", [], "“a.csv” is empty."],
  ["a picture", [0x89, 0x50, 0x4e, 0x47, 0xff], UNREADABLE],
  ["zeros", [0x69, 0x00, 0x64, 0x00], UNREADABLE],
  ["half of a letter", [0xff, 0xfe, 0x69], UNREADABLE],
  ["more than is taken at once", new Array<number>(1_000_001).fill(0x31), "“a.csv” has 1.0 MB; a sheet can have 1.0 MB. Bring it in parts, each with the heading."], // prettier-ignore
])("says why a file of %s is no sheet, and takes the next one", async (_what, bytes, words) => {
  draw();
  await choose(new File([new Uint8Array(bytes)], "a.csv"));
  expect([refusal(), written().value]).toEqual([words, ""]);
  await choose(new File(["id,title"], "b.csv"));
  expect([refusal(), written().value]).toEqual([undefined, "id,title"]);
});

it.each([
  ["utf-16le", [0xff, 0xfe, 0x69, 0x00, 0x64, 0x00]],
  ["utf-16be", [0xfe, 0xff, 0x00, 0x69, 0x00, 0x64]],
  ["utf-8", [0xef, 0xbb, 0xbf, 0x69, 0x64]],
])("reads what a spreadsheet has written as %s", async (_how, bytes) => {
  draw();
  await choose(new File([new Uint8Array(bytes)], "a.csv"));
  expect([refusal(), written().value]).toEqual([undefined, "id"]);
});

it("says that a file cannot be read", async () => {
  draw();
  const file = new File(["id"], "a.csv");
  vi.spyOn(file, "arrayBuffer").mockRejectedValue(new DOMException("It is gone.", "NotFoundError"));
  await choose(file);
  expect(refusal()).toBe("The file cannot be read. Choose it again.");
});

it("changes nothing by a text whose report has not been seen", async () => {
  let go: (report: object) => void = () => undefined;
  sendSheet.mockReturnValueOnce(new Promise((resolve) => (go = resolve)));
  draw();
  fireEvent.change(written(), { target: { value: "first" } });
  fireEvent.submit(written());
  await settled();
  fireEvent.change(written(), { target: { value: "second" } });
  act(() => go(reported));
  await settled();
  expect([confirm(), screen.queryByLabelText("Report")]).toEqual(["Look what it would change", null]);
  sendSheet.mockResolvedValue(reported);
  fireEvent.submit(written());
  await settled();
  expect(confirm()).toBe("Change 2 drafts");
  fireEvent.submit(written());
  await settled();
  expect(sendSheet.mock.calls).toEqual([
    ["first", true],
    ["second", true],
    ["second", false],
  ]);
});

it("reports what cannot be taken over: rows without a draft, columns, and the first cells", async () => {
  const errors = Array.from({ length: 21 }, (_, row) => ({ row: row + 2, column: "day", message: "It is no day." }));
  const part = {
    lost_rows: [1002, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
    ignored_columns: ["likes"],
    errors,
    error_count: 30,
  };
  sendSheet.mockResolvedValue({ ...reported, ...part });
  draw();
  fireEvent.change(written(), { target: { value: "first" } });
  fireEvent.submit(written());
  await settled();
  const report = screen.getByRole("status", { name: "Report", hidden: true });
  expect([...report.querySelectorAll("p")].map(({ textContent }) => textContent)).toEqual([
    "2 of 2 rows would change a draft, 0 say what is there.",
    "There is no draft for rows 1,002, 3, 4, 5, 6, 7, 8, 9, 10, 11 and others.",
    "Left out, for it cannot be changed here: likes.",
    "30 cells cannot be read; their drafts stay as they are:",
  ]);
  const faults = [...report.querySelectorAll("li")].map(({ textContent }) => textContent);
  expect([faults.length, faults[0], faults.at(-1)]).toEqual([
    ...[20, "Row 2, day: It is no day.", "Row 21, day: It is no day."],
  ]);
});

it("has nothing to confirm where the sheet would change nothing", async () => {
  sendSheet.mockResolvedValue({ ...reported, changed_count: 0, same_count: 2 });
  draw();
  const isDisabled = () => document.querySelector<HTMLButtonElement>("button[type=submit]")?.disabled;
  expect(isDisabled()).toBe(true); // there is no text yet
  fireEvent.change(written(), { target: { value: "first" } });
  expect(isDisabled()).toBe(false);
  fireEvent.submit(written());
  await settled();
  expect([confirm(), isDisabled()]).toEqual(["Change 0 drafts", true]);
});
