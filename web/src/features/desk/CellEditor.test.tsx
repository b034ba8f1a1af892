// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";

import { draftOf } from "../../testing/drafts";
import { CellEditor } from "./CellEditor";
import type { Draft } from "./schema";

afterEach(cleanup);
const onEnd = vi.fn();
const NAMES = {
  licences: [
    { id: 4, identifier: "CC0-1.0" },
    { id: 5, identifier: "CC-BY-4.0" },
  ],
  series: [
    { id: 7, name: "Sea" },
    { id: 8, name: "Sky" },
  ],
};
type Field = Parameters<typeof CellEditor>[0]["field"];
type Control = HTMLInputElement & HTMLSelectElement;
const FILE = { name: "a.png" } as Draft["file"];

const drawn = (field: Field, part: Partial<Draft>, text: string | null = null, names: typeof NAMES = NAMES) => (
  <CellEditor field={field} draft={draftOf(part)} {...{ names, text, onEnd }} />
);
let again: (element: ReturnType<typeof drawn>) => void;
function show(field: Field, part: Partial<Draft> = {}, text: string | null = null, names = NAMES) {
  onEnd.mockReset();
  again = render(drawn(field, part, text, names)).rerender;
  return document.querySelector<Control>(".desk-editor") ?? (document.createElement("select") as unknown as Control);
}

it.each([
  ["title", "INPUT", 200, "Title"],
  ["hashtags", "INPUT", -1, "Hashtags"],
  ["description", "TEXTAREA", 5000, "Text"],
  ["alt_text", "TEXTAREA", 1500, "Alt text"],
  ["series_id", "INPUT", -1, "Series"],
] as const)("takes the %s in an %s of at most %i characters", (field, tag, most, label) => {
  const control = show(field, { title: "Sea", hashtags: ["sea"], description: "Sea", alt_text: "Sea", series_id: 7 });
  expect([control.tagName, control.maxLength, control.getAttribute("aria-label")]).toEqual([
    ...[tag, most, `${label} of Sea`],
  ]);
  expect(control.value).toBe(field === "hashtags" ? "#sea" : "Sea");
});

it.each([
  [{ title: "Sea", file: FILE }, "Title of Sea"],
  [{ file: FILE }, "Title of a.png"],
  [{}, "Title of the draft"],
])("is named after its draft: %j", (part, label) => {
  expect(show("title", part).getAttribute("aria-label")).toBe(label);
});

it("begins with what the cell says, all of it selected", () => {
  const control = show("title", { title: "Sea" });
  expect([document.activeElement, control.selectionStart, control.selectionEnd]).toEqual([control, 0, 3]);
});

it("begins with what was typed, and goes on behind it", () => {
  const control = show("title", { title: "Sea view" }, "Xy");
  expect([control.value, control.selectionStart, control.selectionEnd]).toEqual(["Xy", 2, 2]);
});

it.each([
  [null, "", ["No licence", "CC0", "CC BY"]],
  [5, "CC-BY-4.0", ["No licence", "CC0", "CC BY"]],
])("chooses the licence, now %s, among those of the site", (license_id, value, words) => {
  const control = show("license_id", { license_id });
  expect([document.activeElement, control.value, [...control.options].map(({ text }) => text)]).toEqual([
    ...[control, value, words],
  ]);
});

it("gives the licence that was chosen, and nothing where it stays", () => {
  fireEvent.change(show("license_id"), { target: { value: "CC0-1.0" } });
  fireEvent.keyDown(document.activeElement ?? document.body, { key: "Enter" });
  expect(onEnd.mock.calls).toEqual([["CC0-1.0", "down", null]]);
  cleanup();
  fireEvent.keyDown(show("license_id", { license_id: 5 }), { key: "Enter" });
  expect(onEnd.mock.calls).toEqual([[null, "down"]]);
});

it("leaves what others write while it is open, and nothing was chosen in it", () => {
  const control = show("license_id", { license_id: 5 });
  again(drawn("license_id", { license_id: 4 }));
  fireEvent.blur(control);
  expect(onEnd.mock.calls).toEqual([[null, "stay"]]);
  cleanup();
  const late = show("license_id", { license_id: 5 }, null, { ...NAMES, licences: [] });
  again(drawn("license_id", { license_id: 5 }));
  fireEvent.blur(late);
  expect(onEnd.mock.calls).toEqual([[null, "stay"]]);
});

it("offers the series that there are", () => {
  const control = show("series_id");
  const list = document.getElementById(control.getAttribute("list") ?? "");
  expect([...(list?.querySelectorAll("option") ?? [])].map(({ value }) => value)).toEqual(["Sea", "Sky"]);
  cleanup();
  expect(show("title").hasAttribute("list")).toBe(false);
});

it.each([
  [{ key: "Enter" }, [["New", "down"]]],
  [{ key: "Tab" }, [["New", "next"]]],
  [{ key: "Tab", shiftKey: true }, [["New", "previous"]]],
  [{ key: "Escape" }, [[null, "stay"]]],
  [{ key: "Enter", altKey: true }, []],
  [{ key: "Enter", shiftKey: true }, []],
  [{ key: "a" }, []],
  [{ key: "Enter", isComposing: true }, []],
])("ends by the key %j: %j", (key, ended) => {
  const outside = vi.fn();
  document.addEventListener("keydown", outside);
  const control = show("title", { title: "Old" });
  fireEvent.change(control, { target: { value: "New" } });
  const isDefault = fireEvent.keyDown(control, key);
  document.removeEventListener("keydown", outside);
  // What it handles is nobody else's, and what it leaves is the field's.
  expect([
    onEnd.mock.calls.map(([text, leave]: unknown[]) => [text, leave]),
    isDefault,
    outside.mock.calls.length,
  ]).toEqual([ended, ended.length === 0, 0]);
});

it("gives null where the text is what the cell says", () => {
  fireEvent.keyDown(show("title", { title: "Old" }, "Old"), { key: "Tab" });
  expect(onEnd.mock.calls).toEqual([[null, "next"]]);
});

it("saves when it is left: the focus stays where it went, or comes back", () => {
  const control = show("title");
  fireEvent.change(control, { target: { value: "New" } });
  fireEvent.blur(control, { relatedTarget: document.body });
  expect(onEnd.mock.calls).toEqual([["New", "left", null]]);
  cleanup();
  const other = show("title");
  fireEvent.blur(other);
  expect(onEnd.mock.calls).toEqual([[null, "stay"]]);
});

it("ends once: what is taken away while it has the focus is left, too", () => {
  const control = show("title");
  fireEvent.change(control, { target: { value: "New" } });
  fireEvent.keyDown(control, { key: "Escape" });
  fireEvent.blur(control);
  expect(onEnd.mock.calls).toEqual([[null, "stay"]]);
  expect(screen.getByRole("textbox")).toBe(control);
});

it.each([
  ["nothing", null, null, [null, "stay"]],
  ["a text", null, "Mine", ["Mine", "stay", "Old"]],
  ["a first letter", "M", null, ["M", "stay", "Old"]],
])("is %s over what the cell had when it was opened, whatever others write meanwhile", (_what, begun, typed, ended) => {
  const control = show("title", { title: "Old" }, begun);
  if (typed) fireEvent.change(control, { target: { value: typed } });
  again(drawn("title", { title: "Theirs" }, begun));
  fireEvent.blur(control);
  expect(onEnd.mock.calls).toEqual([ended]);
});
