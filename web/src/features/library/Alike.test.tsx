// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { assetOf } from "../../testing/assets";
import { Alike } from "./Alike";

type Given = Record<string, unknown>;
const drawn = vi.hoisted(() => new Map<string, Given>());
const part = vi.hoisted(() => (name: string) => (props: Given) => {
  drawn.set(name, props);
  return null;
});
const found = vi.hoisted(() => ({ alike: {}, sequences: {}, kept: {}, wanted: vi.fn() }));
interface Command {
  name: string;
  run: (key: string) => unknown;
}
const commands = vi.hoisted((): { given: Command[] } => ({ given: [] }));
vi.mock("./useLibrary", () => ({
  useAlike: (wanted: number) => {
    found.wanted(wanted);
    return found.alike;
  },
  useSequences: () => found.sequences,
  useKeptBoth: () => found.kept,
}));
vi.mock("./AlikeList", () => ({ AlikeList: part("list") }));
vi.mock("./GroupStage", () => ({ GroupStage: part("group") }));
vi.mock("./SequenceStage", () => ({ SequenceStage: part("sequence") }));
vi.mock("./KeptBoth", () => ({ KeptBothList: part("pairs"), KeptBothStage: part("pair") }));
vi.mock("./Reason", () => ({ ReasonField: () => null }));
vi.mock("./ViewerTools", () => ({ BackToLibrary: () => null, Zooms: () => null }));
vi.mock("../../commands/Mats", () => ({ Mats: () => null, useMatCommands: () => [] }));
vi.mock("../../commands/StatusBar", () => ({
  StatusText: ({ children }: { children: ReactNode }) => <footer>{children}</footer>,
  StatusNote: ({ children }: { children: ReactNode }) => <aside>{children}</aside>,
}));
vi.mock("../../commands/commands", () => ({ useCommands: (given: Command[]) => (commands.given = given) }));
vi.mock("../../ui/Bar", () => ({
  Bar: ({ children }: { children: ReactNode }) => <header>{children}</header>,
  Tabs: ({
    label,
    options,
    onChange,
  }: {
    label: string;
    options: { value: string }[];
    onChange: (to: string) => void;
  }) => (
    <p>
      {options.map(({ value }) => (
        <button key={value} aria-label={`${label} ${value}`} onClick={() => onChange(value)} />
      ))}
    </p>
  ),
}));

const group = (id: number, isEqual = false) => ({
  items: [assetOf({ id }), assetOf({ id: id + 1 })],
  equal_pixels: isEqual,
});
const decide = vi.fn();
const drop = vi.fn();
const more = vi.fn();
beforeEach(() => {
  vi.resetAllMocks();
  drawn.clear();
  found.alike = {
    ...{ groups: [], checkedCount: 0, isWhole: true, isSearching: false, error: null },
    more,
    drop,
    refresh: vi.fn(),
  };
  found.sequences = { sequences: [], isWhole: true, error: null, more };
  found.kept = { pairs: [], isWhole: true, error: null, more };
});
afterEach(cleanup);
function show(alike: object = {}, sequences: object = {}, kept: object = {}) {
  Object.assign(found.alike, alike);
  Object.assign(found.sequences, sequences);
  Object.assign(found.kept, kept);
  render(<Alike actions={{ decide } as never} onCompare={vi.fn()} onClose={vi.fn()} />);
}
const given = (name: string): Given => drawn.get(name) ?? {};
const call = (name: string, prop: string, ...args: unknown[]) =>
  act(() => (given(name)[prop] as (...args: unknown[]) => void)(...args));
const press = (key: string) => act(() => void commands.given.find(({ name }) => name === "move")?.run(key));
const stackAll = () => screen.queryByRole("button", { name: /Stack all/ });

it("stacks all groups of equal pixels at once, which leave the list before the answer is there", () => {
  const groups = [group(1, true), group(3), group(5, true)];
  show({ groups });
  expect(stackAll()?.textContent.trim()).toBe("Stack all 2 equal groups");
  fireEvent.click(stackAll() ?? document.body);
  const [first, , last] = groups;
  expect([drop.mock.calls, decide.mock.calls]).toEqual([
    [[[first, last]]],
    [["stack", [first?.items, last?.items], "2 groups stacked."]],
  ]);
});

it("has no button for one equal group alone, nor beside the pairs that were kept", () => {
  show({ groups: [group(1, true), group(3)] });
  expect(stackAll()).toBeNull();
  cleanup();
  show({ groups: [group(1, true), group(3, true)] });
  fireEvent.click(screen.getByRole("button", { name: "Show kept" }));
  expect(stackAll()).toBeNull();
});

it("takes the group that is shown out of the list once it is decided", () => {
  const groups = [group(1), group(3)];
  show({ groups });
  press("j");
  expect(given("group")["place"]).toBe("group 2 of 2");
  call("group", "onDecided", []);
  expect(drop.mock.calls).toEqual([[[groups[1]], []]]);
});

it.each([
  ["j", 1],
  ["ArrowDown", 1],
  ["k", 0],
  ["ArrowUp", 0],
  ["End", 3],
  ["Home", 0],
])("moves by %s to row %i, through groups and sequences", (key, row) => {
  show(
    { groups: [group(1), group(3)] },
    {
      sequences: [
        { items: [], frame_count: 2 },
        { items: [], frame_count: 3 },
      ],
    },
  );
  press(key);
  expect(given("list")["row"]).toBe(row);
  press("End");
  press("j");
  expect([given("list")["row"], drawn.has("sequence")]).toEqual([3, true]);
});

it.each([
  [false, "No file was saved twice.", "1 file compared. Files that are set aside are not."],
  [
    true,
    "No files were kept both.",
    "“Keep both” says that two files are different pictures: they aren’t offered again.",
  ],
])("says that there is nothing, once that is known: kept %s", (isKept, title, hint) => {
  show({ checkedCount: 1 });
  if (isKept) fireEvent.click(screen.getByRole("button", { name: "Show kept" }));
  expect([screen.queryByText(title), screen.queryByText(hint)].map((each) => each !== null)).toEqual([true, true]);
  cleanup();
  show({ isWhole: false }, {}, { isWhole: false });
  if (isKept) fireEvent.click(screen.getByRole("button", { name: "Show kept" }));
  expect(screen.queryByText(title)).toBeNull();
});

it.each([
  [{ isWhole: true }, true],
  [{ isWhole: false, isSearching: true }, true],
  [{ isWhole: false, isSearching: false }, false],
])("searches for more groups where there may be some and none is under way: %j", (alike, isOver) => {
  show({ groups: [group(1)], ...alike });
  expect(given("list")["onMoreGroups"] === null).toBe(isOver);
  if (isOver) return;
  call("list", "onMoreGroups");
  expect(found.wanted.mock.lastCall).toEqual([25]);
});

const AWAY = { error: new Error("Away."), isWhole: false };
it.each([
  ["the search has stopped", "groups", [AWAY, {}, {}]],
  ["sequences are not listed", "groups", [{}, AWAY, {}]],
  ["what was kept is not listed", "kept", [{}, {}, AWAY]],
] as const)("says why %s, and goes on when asked", (_what, tab, states) => {
  show(...states);
  fireEvent.click(screen.getByRole("button", { name: `Show ${tab}` }));
  fireEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect([screen.queryByText("Away.") !== null, more.mock.calls.length]).toEqual([true, 1]);
});
