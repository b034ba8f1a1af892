// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";

import { draftOf } from "../../testing/drafts";
import { COLUMNS, type ColumnId } from "./cells";
import { cellId, DeskRow, headOf, nameOfDraft, type RowProps } from "./DeskRow";
import type { Problem } from "./problems";
import type { Draft } from "./schema";
import type { Entry } from "./sheet";

vi.mock("../../data/assets/AssetPicture", () => ({
  ArtOnMat: ({ asset, size }: { asset: { id: number }; size: number }) => <i data-art={asset.id} data-size={size} />,
}));
afterEach(cleanup);
const onEnd = vi.fn();
const NAMES = { licences: [{ id: 4, identifier: "CC0-1.0" }], series: [{ id: 7, name: "Sea" }] };
const FILE = { id: 9, name: "a.png", frame_count: 1 } as NonNullable<Draft["file"]>;
const problem = (part: Partial<Problem> = {}): Problem => ({
  ...{ code: "no_title", message: "The service says so.", is_blocking: true },
  ...part,
});

type Written = Partial<Pick<Entry, "edits" | "faults" | "theirs">>;
function show(part: Partial<Draft> = {}, written: Written = {}, props: Partial<RowProps> = {}) {
  const shown = draftOf({ file: FILE, title: "Sea", ...part });
  const entry = { shown, served: shown, edits: {}, bases: {}, sent: {}, faults: {}, theirs: {}, ...written } as Entry;
  render(
    <DeskRow
      {...{ entry, names: NAMES, zone: "Europe/Berlin", planned: undefined, index: 3, top: 252, columns: COLUMNS }}
      {...{ isSelected: false, left: -1, right: -1, editing: null, preview: undefined, previewed: null, onEnd }}
      {...props}
    />,
  );
  return (column: ColumnId) => document.getElementById(cellId(1, column)) ?? document.body;
}
const row = () => screen.getByRole("row");

it("says where it is in the table, which draft it is of, and whether it is selected", () => {
  show({ status: "failed" });
  const { dataset, style } = row();
  expect([dataset["id"], dataset["status"], row().getAttribute("aria-rowindex"), style.transform]).toEqual([
    ...["1", "failed", "5", "translateY(252px)"],
  ]);
  expect([row().getAttribute("aria-selected"), screen.queryByLabelText("Not selected") !== null]).toEqual([
    ...["false", true],
  ]);
  cleanup();
  show({}, {}, { isSelected: true });
  expect([row().getAttribute("aria-selected"), screen.queryByLabelText("Selected") !== null]).toEqual(["true", true]);
});

it("says of each cell what it is, and that of a picture and a day nothing is typed", () => {
  show();
  const cells = COLUMNS.map((column) => document.getElementById(`draft-1-${column}`));
  const said = cells.map((cell) => [
    ...[cell?.dataset["column"], cell?.getAttribute("aria-colindex"), cell?.getAttribute("aria-readonly")],
    cell?.getAttribute("aria-label"),
  ]);
  const isOnly = (column: ColumnId) => String(column === "picture" || column === "when");
  expect(said).toEqual(
    COLUMNS.map((column, index) => [
      ...[column, String(index + 2), isOnly(column), column === "picture" ? "Picture a.png" : null],
    ]),
  );
});

it("shows what its cells have", () => {
  const cell = show({
    ...{ description: "By hand", hashtags: ["sea", "sky"], alt_text: "Waves", content_warnings: ["Blood", "Loud"] },
    ...{ license_id: 4, series_id: 7 },
  });
  const texts = (["title", "description", "hashtags", "alt_text", "license_id", "series_id"] as const).map(
    (column) => cell(column).textContent,
  );
  expect(texts).toEqual(["Sea", "By hand", "#sea #sky", "Waves", "CC0", "Sea"]);
  const words = [...cell("content_warnings").querySelectorAll(".warning-word")].map((word) => word.textContent);
  expect([words, cell("title").querySelector(".desk-note")]).toEqual([["Blood", "Loud"], null]);
});

it("has nothing in an empty cell", () => {
  const cell = show({ title: null });
  expect(
    ["title", "series_id", "content_warnings"].map((column) => cell(column as ColumnId).childElementCount),
  ).toEqual([0, 0, 0]);
});

it.each([
  ["that moves", { ...FILE, frame_count: 2 }, "true", ""],
  ["that does not", FILE, "false", ""],
  ["of one that has no frames", { ...FILE, frame_count: null }, "false", ""],
  ["that was deleted", null, undefined, "File deleted"],
])("shows the picture %s, to drag it", (_what, file, moves, words) => {
  const picture = show({ file })("picture");
  const handle = picture.querySelector<HTMLElement>("[data-handle]");
  expect([handle?.dataset["moves"], picture.textContent]).toEqual([moves, words]);
  const { art, size } = picture.querySelector<HTMLElement>("[data-art]")?.dataset ?? {};
  expect([art, size]).toEqual(file ? ["9", "73"] : [undefined, undefined]);
  expect(picture.getAttribute("aria-label")).toBe(file ? "Picture a.png" : "Picture ");
});

it.each([
  [-1, -1, []],
  [1, 2, ["title", "description"]],
  [0, 0, ["picture"]],
])("marks the cells of the range from %i to %i: %j", (left, right, marked) => {
  const cell = show({}, {}, { left, right });
  expect(COLUMNS.filter((column) => cell(column).getAttribute("aria-selected") === "true")).toEqual(marked);
});

const toDo = { problems: [problem()], title: null };
const unsaved = { title: "Mine" };
it.each([
  ["is as it was", {}, {}, undefined, undefined, ""],
  ["has something to do", toDo, {}, "to-do", undefined, "No title.Write it"],
  ["has advice", { problems: [problem({ is_blocking: false })], title: null }, {}, undefined, undefined, "No title."],
  ["has just been written", toDo, { edits: unsaved }, undefined, "", ""],
  ["is scheduled, where nothing is to do any more", { ...toDo, status: "scheduled" }, {}, undefined, undefined, ""],
  ["was not taken", toDo, { edits: unsaved, faults: { title: "Too long." } }, "bad", "", "Too long."],
  ["was written elsewhere", {}, { edits: unsaved, theirs: unsaved }, "bad", "", "Changed elsewhereSee it"],
  ["has a problem with no help", { problems: [problem({ code: "file_gone" })], title: null }, {}, "to-do", undefined, "Its file was deleted."], // prettier-ignore
  ["has one that the page does not know", { problems: [problem({ code: "not_publishable" })], title: null }, {}, "to-do", undefined, "The service says so."], // prettier-ignore
] as [string, Partial<Draft>, Written, string | undefined, string | undefined, string][])(
  "marks and explains a title that %s",
  (_what, part, written, mark, unsavedMark, words) => {
    const title = show({ ...part, title: null }, written)("title");
    expect([title.dataset["mark"], title.dataset["unsaved"], title.textContent.trim()]).toEqual([
      ...[mark, unsavedMark, words],
    ]);
  },
);

it("has what is to do in its own column, with the press that helps", () => {
  const problems = [problem({ code: "no_alt_text" }), problem({ code: "no_license" }), problem({ code: "discloses_place" })]; // prettier-ignore
  const cell = show({ problems });
  const acts = (["title", "alt_text", "license_id"] as const).map((column) => {
    const act = cell(column).querySelector<HTMLElement>("[data-act]");
    return [act?.dataset["act"], act?.textContent];
  });
  expect(acts).toEqual([
    ["discloses_place", "Remove the place"],
    ["no_alt_text", "Write it"],
    ["no_license", "Choose it"],
  ]);
  expect(cell("description").querySelector("[data-act]")).toBeNull();
});

it("gives the press that shows what others have written a name of its own", () => {
  const warnings = show({}, { theirs: { content_warnings: [] } })("content_warnings");
  expect([warnings.querySelector<HTMLElement>("[data-act]")?.dataset["act"], warnings.dataset["mark"]]).toEqual([
    ...["theirs", "bad"],
  ]);
});

it("has a field in the cell that is edited, and says which cell ends", () => {
  const cell = show({}, {}, { editing: { id: 1, column: "title", text: "Xy" } });
  const input = screen.getByRole("textbox");
  expect([cell("title").contains(input), (input as HTMLInputElement).value]).toEqual([true, "Xy"]);
  fireEvent.keyDown(input, { key: "Tab" });
  expect(onEnd.mock.calls).toEqual([[1, "title", "Xy", "next", "Sea"]]);
});

it.each(["content_warnings", "when", "picture"] as const)("has no field in a cell of %s", (column) => {
  show({}, {}, { editing: { id: 1, column, text: null } });
  expect(screen.queryByRole("textbox")).toBeNull();
});

it("shows in the range's cells what a pattern would write, and only there", () => {
  const props = { preview: "Sea 1", previewed: "title" as const };
  expect(show({}, {}, { ...props, left: 1, right: 2 })("title").textContent).toBe("Sea 1");
  cleanup();
  const cell = show({ description: "Text" }, {}, { ...props, left: 2, right: 2 });
  expect([cell("title").textContent, cell("description").textContent]).toEqual(["Sea", "Text"]);
});

const PLANNED = "2026-01-05T23:30:00Z";
const post = { id: 3, public_sqid: "p", reaction_count: 1200, comment_count: 3, view_count: 4500 };
it.each([
  ["ready", {}, undefined, "Ready"],
  ["ready and planned", {}, PLANNED, "Ready→ Tue 6 Jan"],
  ["not ready, though planned", { problems: [problem(), problem({ code: "no_license" }), problem({ is_blocking: false, code: "no_alt_text" })] }, PLANNED, "2 to do"], // prettier-ignore
  ["scheduled", { status: "scheduled", due_at: PLANNED }, undefined, "Tue 6 Jan00:30"],
  ["scheduled, and not said when", { status: "scheduled", updated_at: PLANNED }, undefined, "Tue 6 Jan00:30"],
  ["failed", { status: "failed", due_at: PLANNED, reason: "It is gone." }, undefined, "Tue 6 Jan00:30 It is gone."],
  ["published", { status: "published", published_at: PLANNED, due_at: null, post }, undefined, "00:30 1,200  34,500 views"], // prettier-ignore
  ["published, and its post deleted", { status: "published", published_at: PLANNED }, undefined, "00:30"],
  ["published, and not said when", { status: "published" }, undefined, ""],
] as [string, Partial<Draft>, string | undefined, string][])(
  "says when it goes out: %s",
  (_what, part, planned, words) => {
    expect(show(part, {}, { planned })("when").textContent).toBe(words);
  },
);

it("marks what is published and what failed", () => {
  const markOf = (status: Draft["status"]) => {
    const mark = show({ status })("when").querySelector<HTMLElement>(".state-mark")?.dataset["state"] ?? null;
    cleanup();
    return mark;
  };
  expect((["draft", "scheduled", "failed", "published"] as const).map(markOf)).toEqual([
    ...[null, null, "set_aside", "approved"],
  ]);
});

it("heads the last column by what it says", () => {
  expect([headOf("when", true), headOf("when", false), headOf("title", true)]).toEqual(["Published", "When", "Title"]);
});

it.each([
  [{ title: "Sea", file: FILE }, "Sea"],
  [{ title: null, file: FILE }, "a.png"],
  [{ title: null, file: null }, "Untitled"],
])("is named by %j", (part, name) => {
  expect(nameOfDraft(draftOf(part))).toBe(name);
});
