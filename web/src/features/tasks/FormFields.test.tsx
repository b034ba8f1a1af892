// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { useState } from "react";
import { afterEach, expect, it, vi } from "vitest";

import type { Field, Values } from "./form";
import { FormFields } from "./FormFields";

afterEach(cleanup);
const onChange = vi.fn<(values: Values) => void>();

/** A form that keeps what is typed, as the dialog does. */
function show(fields: readonly Field[], initial: Values = {}) {
  onChange.mockReset();
  function Form() {
    const [values, setValues] = useState(initial);
    onChange.mockImplementation(setValues);
    return <FormFields {...{ fields, values, onChange }} />;
  }
  return render(<Form />).container;
}
const last = () => onChange.mock.lastCall?.[0];
const common = (name: string, part: Partial<Field> = {}) => ({
  name,
  label: name,
  help: null,
  isRequired: false,
  ...part,
});
const number = (part: object): Field => ({ ...common("count"), kind: "number", min: 1, max: 9, step: 1, initial: 3, ...part }); // prettier-ignore

const colours = { ...common("colours"), kind: "choice", options: [16, 32, "all_of_them"], initial: 16 } as Field;
it("chooses among numbers and words, and gives each as what it is", () => {
  show([colours]);
  const select = screen.getByLabelText<HTMLSelectElement>("colours");
  expect([...select.options].map(({ text }) => text)).toEqual(["16 ×", "32 ×", "All of them"]);
  expect(select.value).toBe("16");
  const seen = [];
  for (const value of ["32", "all_of_them"]) {
    fireEvent.change(select, { target: { value } });
    seen.push([last()?.["colours"], select.value]);
  }
  expect(seen).toEqual([
    [32, "32"],
    ["all_of_them", "all_of_them"],
  ]);
});

it("ticks and unticks, beside what else is set", () => {
  show([{ ...common("loop"), kind: "switch", initial: true }], { count: 3 });
  const tick = screen.getByRole<HTMLInputElement>("checkbox", { name: "loop" });
  expect(tick.checked).toBe(true);
  fireEvent.click(tick);
  expect([tick.checked, last()]).toEqual([false, { count: 3, loop: false }]);
});

it.each([
  ["7", 7],
  ["", null],
  ["2.5", 2.5],
])("takes %j for the number %s", (value, expected) => {
  show([number({ isRequired: true })]);
  const input = screen.getByRole<HTMLInputElement>("spinbutton", { name: "count" });
  expect([input.value, input.min, input.max, input.required]).toEqual(["3", "1", "9", true]);
  fireEvent.change(input, { target: { value } });
  expect([last(), input.value]).toEqual([{ count: expected }, value]);
});

it("shows the number of a slider beside its name", () => {
  show([number({ kind: "range" })]);
  const slider = screen.getByRole<HTMLInputElement>("slider", { name: /count/ });
  expect([slider.value, screen.getByRole("status").textContent]).toEqual(["3", "3"]);
  fireEvent.change(slider, { target: { value: "5" } });
  expect([last(), screen.getByRole("status").textContent]).toEqual([{ count: 5 }, "5"]);
});

it.each([
  [500, "INPUT"],
  [501, "TEXTAREA"],
])("takes texts of at most %i characters in an %s", (maxLength, tag) => {
  show([{ ...common("palette", { isRequired: true }), kind: "text", initial: "red", maxLength }]);
  const box = screen.getByRole<HTMLInputElement>("textbox", { name: "palette" });
  expect([box.tagName, box.value, box.maxLength, box.required]).toEqual([tag, "red", maxLength, true]);
  fireEvent.change(box, { target: { value: "blue" } });
  expect(last()).toEqual({ palette: "blue" });
});

it.each([
  ["choice", colours],
  ["number", number({})],
  ["range", number({ kind: "range" })],
  ["switch", { ...common("loop"), kind: "switch", initial: true }],
  ["text", { ...common("palette"), kind: "text", initial: "", maxLength: 9 }],
] as [string, Field][])("reads out the help of a field: %s", (_kind, field) => {
  const container = show([{ ...field, help: "What it is for." }]);
  const described = container.querySelector("[aria-describedby]")?.getAttribute("aria-describedby") ?? "";
  expect(document.getElementById(described)?.textContent).toBe("What it is for.");
  cleanup();
  expect(show([field]).querySelector("[aria-describedby], small")).toBeNull();
});

it("is nothing without fields", () => {
  expect(show([]).childElementCount).toBe(0);
});

const shape = (tag: string, fields: readonly Field[] = []) => ({ tag, label: tag, help: `Does ${tag}.`, fields });
const steps = (part: object = {}): Field => ({
  ...{ ...common("steps"), label: "Steps", kind: "steps", tagName: "op", most: 3, initial: [] },
  ...{ shapes: [shape("crop", [number({})]), shape("flip")] },
  ...part,
});
const tags = () => (last()?.["steps"] as Values[]).map(({ op }) => op);
const press = (name: string) => fireEvent.click(screen.getByRole("button", { name }));

it("adds the chosen step with its usual values, up to the most", () => {
  show([steps()]);
  press("Add");
  expect(last()).toEqual({ steps: [{ op: "crop", count: 3 }] });
  fireEvent.change(screen.getByRole("combobox", { name: "Next operation" }), { target: { value: "flip" } });
  press("Add");
  press("Add");
  expect(tags()).toEqual(["crop", "flip", "flip"]);
  expect(["Add", "Next operation"].map((name) => screen.queryByLabelText(name) ?? screen.queryByText(name))).toEqual([
    ...[null, null],
  ]);
});

it("moves, changes and takes out steps", () => {
  const values = { steps: [{ op: "crop", count: 2 }, { op: "flip" }] };
  show([steps()], values);
  const isOff = (name: string) => screen.getByRole<HTMLButtonElement>("button", { name }).disabled;
  expect(["crop: earlier", "crop: later", "flip: earlier", "flip: later"].map(isOff)).toEqual([
    true,
    false,
    false,
    true,
  ]);
  press("crop: later");
  expect(tags()).toEqual(["flip", "crop"]);
  press("crop: earlier");
  expect(tags()).toEqual(["crop", "flip"]);
  fireEvent.change(screen.getByRole("spinbutton", { name: "count" }), { target: { value: "8" } });
  expect(last()).toEqual({ steps: [{ op: "crop", count: 8 }, { op: "flip" }] });
  press("Without crop");
  expect([tags(), screen.queryByText("Does crop."), screen.queryByText("Does flip.") !== null]).toEqual([
    ...[["flip"], null, true],
  ]);
});

it("keeps a step that it does not know, and adds nothing where nothing fits", () => {
  const onError = vi.fn();
  window.addEventListener("error", onError);
  show([steps({ shapes: [] })], { steps: [{ op: "new_one" }] });
  press("Add");
  window.removeEventListener("error", onError);
  expect([onChange.mock.calls, onError.mock.calls, screen.getAllByRole("listitem").length]).toEqual([[], [], 1]);
});
