// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";

import { aPost } from "../../testing/posts";
import { EditableCell, type Edited, PASTED } from "./EditableCell";

afterEach(cleanup);

function editing(title: string | null = "Lamp") {
  const ended: Omit<Edited, "post">[] = [];
  const onEdited = ({ field, value, before, step, isLeft }: Edited) =>
    ended.push({ field, value, before, step, isLeft });
  render(<EditableCell post={aPost(1, { title })} field="title" onEdited={onEdited} />);
  return { ended, input: screen.getByRole<HTMLInputElement>("textbox") };
}

it.each([
  ["Enter", {}, 0],
  ["Tab", {}, 1],
  ["Tab", { shiftKey: true }, -1],
] as const)("saves once by %s %j, and says where to go on", (key, held, step) => {
  const { ended, input } = editing();
  input.value = " Night lamp ";
  fireEvent.keyDown(input, { key, ...held });
  fireEvent.blur(input); // it is removed
  expect(ended).toEqual([{ field: "title", value: "Night lamp", before: "Lamp", step, isLeft: false }]);
});

it("saves where the focus goes elsewhere, and nothing that is as it was", () => {
  const { ended, input } = editing();
  input.value = "Lamp ";
  fireEvent.keyDown(input, { key: "a" });
  fireEvent.blur(input);
  expect(ended).toEqual([{ field: "title", value: null, before: "Lamp", step: 0, isLeft: false }]);
});

it.each([
  ["to another field", () => document.body, true],
  ["to none", () => null, false],
])("tells the list whether the focus went elsewhere: %s", (_, next, isLeft) => {
  const { ended, input } = editing();
  fireEvent.blur(input, { relatedTarget: next() });
  expect(ended).toEqual([{ field: "title", value: null, before: "Lamp", step: 0, isLeft }]);
});

it("keeps what was there by Escape", () => {
  const { ended, input } = editing();
  input.value = "Night lamp";
  fireEvent.keyDown(input, { key: "Escape" });
  fireEvent.blur(input);
  expect(ended).toEqual([{ field: "title", value: null, before: "Lamp", step: 0, isLeft: false }]);
});

it("gives several lines to the list, and takes one into the cell", () => {
  const pasted: unknown[] = [];
  document.addEventListener(PASTED, (event) => pasted.push((event as CustomEvent).detail), { once: true });
  const { ended, input } = editing(null);
  const paste = (text: string) => fireEvent.paste(input, { clipboardData: { getData: () => text } });
  expect(paste("one")).toBe(true);
  expect(ended).toEqual([]);
  expect(paste("one\ntwo\n")).toBe(false);
  expect(pasted).toEqual([{ id: 1, field: "title", lines: ["one", "two"] }]);
  expect(ended).toEqual([{ field: "title", value: null, before: null, step: 0, isLeft: false }]);
});
