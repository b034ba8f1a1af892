// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { createStore } from "../../platform/store";
import { draftOf } from "../../testing/drafts";
import type { Field } from "./cells";
import { ConflictDialog } from "./ConflictDialog";
import type { Draft } from "./schema";

const { desk } = vi.hoisted(() => ({ desk: { sheet: {}, settle: vi.fn() } }));
vi.mock("./useDrafts", () => ({ desk }));
vi.mock("../../platform/address", () => ({ useCloseOnBack: () => undefined }));
const onClose = vi.fn();
beforeEach(() => {
  vi.resetAllMocks();
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});
const NAMES = { licences: [], series: [{ id: 7, name: "Sea" }] };
function show(field: Field, mine: Partial<Draft>, theirs: Partial<Draft>, id = 1) {
  desk.sheet = createStore(new Map([[1, { shown: draftOf(mine), served: draftOf(theirs) }]]));
  render(<ConflictDialog {...{ id, field, names: NAMES, onClose }} />);
}
const texts = () => [...document.querySelectorAll("bdi")].map((text) => text.textContent);

it.each([
  ["title", { title: "Mine" }, { title: "Theirs" }, "Title", ["Mine", "Theirs"]],
  ["hashtags", { hashtags: ["a"] }, {}, "Hashtags", ["#a", "empty"]],
  ["series_id", {}, { series_id: 7 }, "Series", ["empty", "Sea"]],
] as const)("shows both of a cell of %s", (field, mine, theirs, label, both) => {
  show(field, mine as Partial<Draft>, theirs);
  expect([texts(), screen.getByRole("heading").textContent]).toEqual([both, `${label}: changed elsewhere too`]);
  expect([...document.querySelectorAll("dt")].map((term) => term.textContent)).toEqual(["Yours", "Theirs"]);
});

it.each([
  ["Take theirs", [[1, "title", false]]],
  ["Keep mine", [[1, "title", true]]],
  ["Decide later", []],
])("is settled by “%s”, and closes", (name, settled) => {
  show("title", { title: "Mine" }, { title: "Theirs" });
  fireEvent.click(screen.getByRole("button", { name }));
  expect([desk.settle.mock.calls, onClose.mock.calls.length]).toEqual([settled, 1]);
});

it("is nothing where the draft has gone", () => {
  show("title", {}, {}, 9);
  expect(document.body.textContent).toBe("");
});
