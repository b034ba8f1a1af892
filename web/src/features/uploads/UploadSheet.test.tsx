// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { lineOf } from "../../testing/uploads";
import type { Line, Upload } from "./schema";
import { UploadSheet } from "./UploadSheet";

const sheet = vi.hoisted(() => ({
  lines: null as readonly unknown[] | null,
  error: null as Error | null,
  retry: vi.fn(),
  items: [] as unknown[],
}));
interface Given {
  name: string;
  run: (key: string) => unknown;
}
const commands = vi.hoisted(() => ({ given: [] as Given[] }));
const go = vi.hoisted(() => vi.fn());
const box = vi.hoisted(() => ({ width: 204 }));
vi.mock("./useSheet", () => ({ useSheet: () => sheet }));
vi.mock("./sender", () => ({ useSending: () => ({ items: sheet.items }) }));
vi.mock("../../commands/commands", () => ({ useCommands: (given: Given[]) => (commands.given = given) }));
vi.mock("../../platform/address", () => ({ go }));
vi.mock("../../ui/useElementSize", () => ({ useElementSize: () => box }));
vi.mock("../../data/assets/urls", () => ({ previewUrl: ({ id }: { id: number }, size: number) => `/p/${id}/${size}` }));

const here = (id: string, asset: number, part: Partial<Line> = {}) =>
  lineOf(id, { status: "success", outcome: "added", asset_id: asset, asset_type: "image", has_preview: true, ...part });
const upload = (part: Partial<Upload> = {}) => ({ id: "u", name: "pack", total_files: 0, ...part }) as Upload;

beforeEach(() => {
  vi.resetAllMocks();
  Object.assign(sheet, { lines: [], error: null, items: [] });
  box.width = 204;
  vi.spyOn(Element.prototype, "scrollIntoView").mockReturnValue();
});
afterEach(cleanup);
function show(lines: readonly Line[] | null, part: Partial<Upload> = {}) {
  sheet.lines = lines;
  const draw = () => <UploadSheet upload={upload({ total_files: lines?.length ?? 0, ...part })} />;
  const { rerender } = render(draw());
  return { list: () => screen.getByRole("listbox"), again: () => rerender(draw()) };
}
const press = (name: string, key = "") => {
  const command = commands.given.find((each) => each.name === name);
  let done: unknown;
  act(() => {
    done = command?.run(key);
  });
  return done;
};
const cell = (id: string) => document.getElementById(`line-${id}`) ?? document.body;
const cells = () => screen.getAllByRole("option").map(({ id }) => id.slice(5));

it("has a group for each folder, with how many of its files have arrived", () => {
  show([
    here("a", 1, { path: "pack/a.png" }),
    lineOf("b", { path: "pack/sprites/heroes/b.png" }),
    here("c", 3, { path: "pack/sprites/heroes/c.png" }),
    lineOf("d", { path: "pack/e.png", status: "failed", error_code: "broken" }),
    here("e", 4, { path: "loose.png" }),
  ]);
  const groups = screen
    .getAllByRole("group")
    .map((group) => [
      group.getAttribute("aria-label"),
      group.querySelector(".count")?.textContent,
      group.querySelectorAll("[role=option]").length,
    ]);
  expect(groups).toEqual([
    ["pack", "2", 2],
    ["sprites / heroes", "1 of 2", 2],
    ["In no folder", "1", 1],
  ]);
});

it.each([
  ["to come", {}, null, "wait", "a.png: to come"],
  ["on its way", {}, { state: "sending", sentBytes: 300 }, "run", "a.png: on its way"],
  ["being looked at", { url: null }, null, "look", "a.png: being looked at"],
  ["there", { status: "success", outcome: "added" }, null, "here", "a.png: Added"],
  ["there before", { status: "success", outcome: "already_there" }, null, "same", "a.png: Already in library"],
  ["there, by no outcome", { status: "success" }, null, "here", "a.png: in your library"],
  ["refused", { status: "failed", error_code: "x", error_message: "Damaged." }, null, "change", "a.png: Damaged."],
  ["lost", { status: "failed", error_code: "not_sent" }, null, "redo", "a.png: left out; send it again"],
  ["hidden", { status: "failed", error_code: "hidden_file" }, null, "none", "a.png: left out on purpose"],
] as const)("says how a file stands: %s", (_how, part, item, state, words) => {
  if (item) sheet.items = [{ id: "a", ...item }];
  show([lineOf("a", part)]);
  expect([cell("a").dataset["state"], cell("a").title, cell("a").getAttribute("aria-label")]).toEqual([
    ...[state, words, `pack/${words.replace(": ", ", ")}`],
  ]);
});

it("rises with what has been sent of a file, in eight steps", () => {
  sheet.items = [{ id: "a", state: "sending", sentBytes: 350 }];
  const { again } = show([lineOf("a"), lineOf("b", { received_bytes: 800 }), lineOf("c")]);
  const heights = () => ["a", "b", "c"].map((id) => cell(id).style.backgroundSize);
  expect(heights()).toEqual(["100% 37.5%", "100% 100%", ""]);
  sheet.items = [{ id: "a", state: "sending", sentBytes: 700 }];
  again();
  expect(heights()).toEqual(["100% 87.5%", "100% 100%", ""]);
});

it("says at once why a file is left out now, where it was left out before", () => {
  const failed = (words: string) => lineOf("a", { status: "failed", error_code: "broken", error_message: words });
  const { again } = show([failed("Damaged.")]);
  sheet.lines = [failed("Too large.")];
  again();
  expect(cell("a").title).toBe("a.png: Too large.");
});

it.each([
  ["a picture", {}, "img", null],
  ["a sound", { asset_type: "audio" }, "svg", null],
  ["a file without a picture", { has_preview: false, file_type: "json" }, "span", ".json"],
  ["a file of no type", { has_preview: false, file_type: null }, "span", ".file"],
  ["a file that is not in the library", { asset_id: null }, "span", ".png"],
  ["one that is to come", { status: "pending" }, null, null],
  ["one left out", { status: "failed", error_code: "not_sent" }, "svg", null],
  ["one left out on purpose", { status: "failed", error_code: "hidden_file" }, "svg", null],
] as const)("shows what it is of %s", (_what, part, name, text) => {
  show([here("a", 7, part)]);
  const inside = cell("a").firstElementChild;
  expect([
    inside?.tagName.toLowerCase() ?? null,
    inside?.textContent === "" ? null : (inside?.textContent ?? null),
  ]).toEqual([...[name, text]]);
  if (name === "img") expect(inside?.getAttribute("src")).toBe("/p/7/64");
});

it("marks as new what arrived while it was watched, and nothing else", () => {
  const { again } = show([here("a", 1), lineOf("b")]);
  sheet.lines = [here("a", 1), here("b", 2)];
  again();
  expect(["a", "b"].map((id) => cell(id).dataset["fresh"])).toEqual(["false", "true"]);
});

it("opens a file of the library by a click, and another one not", () => {
  const { list } = show([here("a", 7), lineOf("b")]);
  fireEvent.click(cell("b"));
  expect([go.mock.calls, cell("b").getAttribute("aria-selected")]).toEqual([[], "true"]);
  fireEvent.click(cell("a").firstElementChild ?? document.body);
  expect(go.mock.calls).toEqual([["library", { asset: 7 }]]);
  fireEvent.click(list());
  expect([go.mock.calls.length, list().getAttribute("aria-activedescendant")]).toEqual([1, "line-a"]);
});

it.each([
  ["j", ["a", "b"]],
  ["ArrowRight", ["a", "b"]],
  ["k", ["a", "a"]],
  ["ArrowLeft", ["a", "a"]],
  ["ArrowDown", ["a", "e"]],
  ["ArrowUp", ["a", "a"]],
])("moves by %s through all its files", (key, to) => {
  const { list } = show("abcdefgh".split("").map((id) => lineOf(id)));
  const shown = vi.spyOn(Element.prototype, "scrollIntoView").mock;
  const seen = to.map(() => {
    expect(press("move", key)).toBe(true);
    return list().getAttribute("aria-activedescendant")?.slice(5);
  });
  expect(seen).toEqual(to);
  expect((shown.contexts as Element[]).map(({ id }) => id.slice(5))).toEqual(to);
});

it("goes to the first and the last file by its own keys, and does nothing by others", () => {
  const { list } = show([lineOf("a"), lineOf("b"), lineOf("c")]);
  const active = () => list().getAttribute("aria-activedescendant");
  expect([active(), press("move", "q")]).toEqual([null, false]);
  const end = fireEvent.keyDown(list(), { key: "End" });
  expect([active(), end]).toEqual(["line-c", false]);
  const home = fireEvent.keyDown(list(), { key: "Home" });
  expect([active(), home]).toEqual(["line-a", false]);
  expect([fireEvent.keyDown(list(), { key: "x" }), active()]).toEqual([true, "line-a"]);
  expect(press("open")).toBe(false);
});

it("opens the file at the cursor by the key", () => {
  const { list } = show([here("a", 7)]);
  expect(press("open")).toBe(false);
  fireEvent.keyDown(list(), { key: "Home" });
  expect([press("open"), go.mock.calls]).toEqual([true, [["library", { asset: 7 }]]]);
});

it.each([
  [0, 1],
  [47, 1],
  [48, 1],
  [100, 2],
  [204, 4],
])("%i pixels have room for %i columns", (width, columns) => {
  box.width = width;
  show([lineOf("a"), lineOf("b")]);
  const rows = document.querySelector<HTMLElement>(".sheet-rows");
  expect(rows?.style.gridTemplateColumns).toBe(`repeat(${columns}, minmax(0, 1fr))`);
});

it("draws all of many files once and in order, four rows at a time", () => {
  const ids = Array.from({ length: 37 }, (_, index) => `f${index}`);
  show(ids.map((id) => lineOf(id)));
  expect(cells()).toEqual(ids);
  const rows = [...document.querySelectorAll(".sheet-rows")].map((each) => each.children.length);
  expect(rows).toEqual([16, 16, 5]);
});

it.each([
  [3, 3, null],
  [3, 1203, "And 1,200 more files, which the report counts."],
])("of %i shown of %i, says how many it does not show", (shown, total, words) => {
  show(
    ["a", "b", "c"].slice(0, shown).map((id) => lineOf(id)),
    { total_files: total },
  );
  expect(document.querySelector("p.muted")?.textContent ?? null).toBe(words);
});

it("is busy until the lines are there, and says nothing of more files", () => {
  const { list } = show(null, { name: null, total_files: 9 });
  expect([list().getAttribute("aria-busy"), list().getAttribute("aria-label"), list().textContent]).toEqual([
    ...["true", "Files of the upload", ""],
  ]);
});

it("says why the lines could not be read and reads again, but keeps those that it has", () => {
  sheet.error = new Error("Away.");
  const { again } = show(null);
  fireEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect([screen.queryByText("Away.") !== null, sheet.retry.mock.calls.length]).toEqual([true, 1]);
  sheet.lines = [lineOf("a")];
  again();
  expect([screen.queryByText("Away."), cells()]).toEqual([null, ["a"]]);
});
