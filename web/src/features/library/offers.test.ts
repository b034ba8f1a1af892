// @vitest-environment happy-dom
import { beforeEach, expect, it, vi } from "vitest";

import type { Command } from "../../commands/commands";
import { shortcutOf } from "../../commands/keymap";
import { assetOf } from "../../testing/assets";
import { offersOf } from "./offers";

const does = { onPerform: vi.fn(), onAsk: vi.fn(), onCompare: vi.fn() };
const info = vi.hoisted(() => vi.fn());
vi.mock("../../ui/toast", () => ({ toast: { info } }));
vi.mock("../../data/assets/urls", () => ({ fileUrl: ({ id }: { id: number }) => `/file/${id}` }));
vi.mock("./sound", () => ({ sound: { loop: vi.fn(), mute: vi.fn() } }));

const some = (count: number) => Array.from({ length: count }, (_, index) => assetOf({ id: index + 1 }));
function offered(targets: number, selected = targets, isTrash = false) {
  const made = offersOf({ targets: some(targets), selected: some(selected), stackOffers: [], isTrash, ...does });
  return (label: string) => made.find((command) => command.label === label);
}
beforeEach(() => {
  vi.clearAllMocks();
  document.body.innerHTML = "<i id='asset-1'></i>";
});

it.each([
  ["Approve", [["approve"]], []],
  ["Set aside", [["set_aside"]], []],
  ["Move to trash", [["trash"]], []],
  ["Task", [], [["task"]]],
  ["Pack", [], [["pack"]]],
  ["Edit", [], [["edit"]]],
  ["Make drafts", [], [["drafts"]]],
  ["Publish", [], [["publish"]]],
  ["Download", [], [["download"]]],
])("%s does what it says with two files, and says why it cannot with none", (label, performed, asked) => {
  offered(2)(label)?.run("");
  expect([does.onPerform.mock.calls, does.onAsk.mock.calls, does.onCompare.mock.calls]).toEqual([performed, asked, []]);
  expect([offered(2)(label)?.disabledReason, offered(0)(label)?.disabledReason]).toEqual([null, "no file is selected"]);
});

it.each([
  [false, { a: "Approve", s: "Set aside", c: "Compare", e: "Edit", Delete: "Move to trash" }],
  [true, { Delete: "Delete permanently" }],
])("their keys are those of the map; in the trash: %s", (isTrash, wanted) => {
  const made = offersOf({ targets: some(2), selected: some(2), stackOffers: [], isTrash, ...does });
  const isOf = (key: string, { name }: Command) => name !== undefined && shortcutOf(name).keys.includes(key);
  const found = Object.keys(wanted).map((key) => [key, made.find((command) => isOf(key, command))?.label]);
  expect(Object.fromEntries(found)).toEqual(wanted);
});

it("the trash has two ways out, and no others", () => {
  const offer = offered(1, 1, true);
  offer("Restore")?.run("");
  offer("Delete permanently")?.run("");
  expect([does.onPerform.mock.calls, does.onAsk.mock.calls]).toEqual([[["restore"]], [["purge"]]]);
  const others = [offer("Move to trash"), offer("Approve"), offered(1)("Restore"), offered(1)("Delete permanently")];
  expect(others.every((each) => each === undefined)).toBe(true);
});

it.each([
  [1, false],
  [2, true],
  [4, true],
  [5, false],
])("%i files can be compared: %s", (count, can) => {
  const compare = offered(count)("Compare");
  expect(compare?.disabledReason === null).toBe(can);
  compare?.run("");
  expect(does.onCompare.mock.calls).toEqual([[some(count).map(({ id }) => id)]]);
});

it("one file is downloaded at once", () => {
  const go = vi.spyOn(location, "assign").mockReturnValue();
  offered(1, 0)("Download")?.run("");
  expect([go.mock.calls, does.onAsk.mock.calls]).toEqual([[["/file/1"]], []]);
  offered(0)("Download")?.run("");
  expect(go).toHaveBeenCalledTimes(1);
});

it.each([
  [0, 100, true],
  [-50, 1, true],
  [-50, 0, false],
  [767, 900, true],
  [768, 900, false],
])("a key trashes the file at the cursor only where it is seen: from %i to %i: %s", (top, bottom, can) => {
  const [file] = [...document.querySelectorAll("#asset-1")] as [Element];
  file.getBoundingClientRect = () => ({ top, bottom }) as DOMRect;
  vi.stubGlobal("innerHeight", 768);
  offered(1, 0)("Move to trash")?.run("");
  expect([does.onPerform.mock.calls.length, info.mock.calls.length]).toEqual(can ? [1, 0] : [0, 1]);
  offered(1, 1)("Move to trash")?.run("");
  expect(does.onPerform.mock.calls.length).toBe(can ? 2 : 1);
  file.remove();
  offered(1, 0)("Move to trash")?.run("");
  expect(info.mock.calls.length).toBe(can ? 1 : 2);
});
