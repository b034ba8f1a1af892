// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Command } from "../../commands/commands";
import type { Asset } from "../../data/assets/schema";
import { noSelection } from "../../platform/selection";
import { assetOf } from "../../testing/assets";
import { settled } from "../../testing/settled";
import { type Filters, noFilters } from "./filters";
import { LightTable } from "./LightTable";

type Given = Record<string, unknown>;
type Mock = ReturnType<typeof vi.fn>;
/** What the parts around the table were given when they were last drawn. */
const drawn = vi.hoisted(() => new Map<string, Given>());
const part = vi.hoisted(() => (name: string) => (props: Given) => {
  drawn.set(name, props);
  return null;
});
const page = vi.hoisted(() => ({
  ...{ details: { isOpen: true, isDrawer: false, hide: vi.fn(), toggle: vi.fn() }, side: "", moderates: false },
  ...{ table: {}, isHeard: false, hover: true },
}));
const done = vi.hoisted(() => ({
  ...{ clearFilters: vi.fn(), setFilters: vi.fn(), announce: vi.fn(), openSide: vi.fn(), closeSide: vi.fn() },
  ...{ play: vi.fn(), toggle: vi.fn() },
}));
const registered = vi.hoisted((): { list: Given; acts: Command[]; own: Command[] } => ({
  list: {},
  acts: [],
  own: [],
}));
vi.mock("./AssetGrid", () => ({ AssetGrid: part("grid") }));
vi.mock("./Toolbar", () => ({ Toolbar: part("toolbar") }));
vi.mock("./Side", () => ({ Side: part("side") }));
vi.mock("./Inspector", () => ({ Inspector: part("inspector") }));
vi.mock("./LibraryMessage", () => ({ LibraryMessage: part("message") }));
vi.mock("./Reason", () => ({ ReasonField: () => null }));
vi.mock("../../commands/SelectionBar", () => ({
  SelectionBar: (props: Given) => {
    drawn.set("bar", props);
    return (
      <div data-testid="bar">
        {props["detail"] as ReactNode}
        {props["top"] as ReactNode}
        {props["children"] as ReactNode}
      </div>
    );
  },
}));
vi.mock("./Judged", () => ({ JudgeRow: part("judge") }));
vi.mock("../../commands/StatusBar", () => ({
  StatusText: ({ children }: { children: ReactNode }) => <footer>{children}</footer>,
}));
vi.mock("../../commands/Mats", () => ({ useMatCommands: () => [] }));
vi.mock("../../commands/commands", () => ({ useCommands: (own: Command[]) => (registered.own = own) }));
vi.mock("../../commands/list/useListCommands", () => ({
  useListCommands: (list: Given, acts: Command[]) => Object.assign(registered, { list, acts }),
}));
vi.mock("../../commands/list/useRangeDrag", () => ({ useRangeDrag: () => undefined }));
vi.mock("../../data/config", () => ({
  config: { viewer: { sqid: "me" }, subject: { sqid: "me", handle: "pixelsmith" } },
  get moderates() {
    return page.moderates;
  },
}));
vi.mock("../../platform/address", () => ({
  useOverlay: (name: string) => [name === "side" ? page.side : "", done.openSide, done.closeSide],
}));
vi.mock("../../platform/textSize", () => ({ scaled: (size: number) => size }));
vi.mock("../../platform/parameters", () => ({
  readParameters: (_page: string, _search: string, names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, ""])),
}));
vi.mock("../../ui/announce", () => ({ announce: done.announce }));
vi.mock("./query", () => ({ clearFilters: done.clearFilters, setFilters: done.setFilters, setLook: vi.fn() }));
vi.mock("./sound", () => ({
  isHeard: () => page.isHeard,
  sound: { play: done.play, toggle: done.toggle, hear: vi.fn(), loop: vi.fn(), mute: vi.fn() },
}));
vi.mock("./useDetails", () => ({ useDetails: () => page.details }));
vi.mock("./useLibrary", () => ({ useFolders: () => [], useFolderTree: () => [] }));
const table = vi.hoisted(() => {
  const now: Record<string, unknown> = {};
  return { now };
});
vi.mock("./useLightTable", () => ({ useLightTable: () => table.now }));

const actions = { perform: vi.fn(), judge: vi.fn(), undo: vi.fn() };
const on = {
  onReturned: vi.fn(),
  setSelection: vi.fn(),
  onAsk: vi.fn(),
  onDownload: vi.fn(),
  onOpen: vi.fn(),
  onListed: vi.fn(),
};
const FILES = [1, 2, 3].map((id) => assetOf({ id, size_bytes: id * 1000 }));
const list = { ensure: vi.fn(), want: vi.fn(), known: new Map<number, Asset>(), windows: { get: () => windows } };
let windows: Given & { items: (Asset | undefined)[] };
beforeEach(() => {
  vi.resetAllMocks();
  drawn.clear();
  Object.assign(page, { side: "", moderates: false, isHeard: false, hover: true });
  Object.assign(page.details, { isOpen: true, isDrawer: false });
  list.known = new Map(FILES.map((file) => [file.id, file]));
  table.now = {
    ...{ layout: { shown: [0, 1, 2], placed: [] }, selected: [], active: null, isGrouped: true, sequences: new Map() },
    ...{ select: vi.fn(), setActiveId: vi.fn(), selectAll: vi.fn(), onSpread: vi.fn(), pick: vi.fn() },
  };
  windows = { items: FILES, isLoading: false, isExact: true, error: null, didYouMean: null, facets: null };
  vi.spyOn(window, "matchMedia").mockImplementation(() => ({ matches: !page.hover }) as MediaQueryList);
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

interface Shown {
  filters?: Partial<Filters>;
  selected?: readonly Asset[];
  active?: Asset | null;
  lastViewed?: number | null;
}
function show({ filters = {}, selected = [], active = null, lastViewed = null }: Shown = {}) {
  Object.assign(table.now, { selected, active });
  const draw = (now: Partial<Filters>) => (
    <LightTable
      library={{ list, windows, refresh: vi.fn() } as never}
      actions={actions as never}
      filters={{ ...noFilters, ...now }}
      {...{ sort: "path", isDescending: false, look: "grid", lastViewed, selection: noSelection, ...on }}
    />
  );
  const { rerender } = render(draw(filters));
  return { again: (now: Partial<Filters> = filters) => rerender(draw(now)) };
}
const given = (name: string): Given => drawn.get(name) ?? {};
const call = (name: string, prop: string, ...args: unknown[]) =>
  act(() => (given(name)[prop] as (...args: unknown[]) => void)(...args));
const command = (name: string) =>
  [...registered.own, ...registered.acts].find((each) => each.name === name || each.label === name);
const run = (name: string, key = "") => act(() => void command(name)?.run(key));
const listed = (name: string, ...args: unknown[]) =>
  (registered.list[name] as (...args: unknown[]) => unknown)(...args);
const doneBy = (name: string) => (table.now[name] as Mock).mock.calls as unknown[][];
const list3 = { places: [0, 1, 2], isList: true, compared: [] };

it.each([
  [3, true, false, {}, "3 files"],
  [1, true, false, {}, "1 file"],
  [3, false, false, {}, "3+ files"],
  [0, true, true, {}, "…"],
  [3, true, false, { folder: "sprites" }, "3 files in sprites"],
])("says how many there are: %i, counted %s, loading %s", (count, isExact, isLoading, filters, words) => {
  Object.assign(windows, { items: FILES.slice(0, count), isExact, isLoading });
  show({ filters });
  expect(document.querySelector("footer")?.textContent).toBe(words);
});

it("says why nothing is listed, and tries again when asked; and nothing where something is", () => {
  Object.assign(windows, { items: [], error: new Error("Away.") });
  const { again } = show();
  call("message", "onRetry");
  expect([given("message")["error"], list.want.mock.calls]).toEqual([new Error("Away."), [[0, 0]]]);
  windows = { ...windows, items: FILES };
  drawn.clear();
  again();
  expect(drawn.has("message")).toBe(false);
});

it.each([
  [false, "Your files"],
  [true, "Files of @pixelsmith"],
])("says whose files they are to a moderator: %s", (moderates, label) => {
  page.moderates = moderates;
  show();
  expect(given("grid")["label"]).toBe(label);
});

it("comes back to the file that was last seen, once", () => {
  const { again } = show({ lastViewed: 2 });
  again();
  expect([doneBy("setActiveId"), on.onReturned.mock.calls]).toEqual([[[2]], [[]]]);
  cleanup();
  show();
  expect(on.onReturned).toHaveBeenCalledTimes(1);
});

it("tells which files it lists, and how many are selected", () => {
  const { again } = show();
  expect([on.onListed.mock.calls, done.announce.mock.calls]).toEqual([[[[0, 1, 2]]], []]);
  Object.assign(table.now, { selected: FILES.slice(0, 1) });
  again();
  Object.assign(table.now, { selected: FILES });
  again();
  expect(done.announce.mock.calls).toEqual([["1 file selected"], ["3 files selected"]]);
});

describe("what is acted on", () => {
  it.each([
    ["the selection", { selected: FILES.slice(1), active: FILES[0] ?? null }, [2, 3]],
    ["the file at the cursor", { active: FILES[0] ?? null }, [1]],
  ] as const)("is %s", (_what, shown, ids) => {
    show(shown);
    run("stars", "4");
    run("label", "8");
    call("judge", "onJudge", { rating: 1 });
    run("Approve");
    run("edit");
    const targets = (calls: unknown[][]) =>
      calls.map(([what, files]) => [what, (files as Asset[]).map(({ id }) => id)]);
    expect(targets(actions.judge.mock.calls)).toEqual([
      [{ rating: 4 }, ids],
      [{ label: 8 }, ids],
      [{ rating: 1 }, ids],
    ]);
    expect([targets(actions.perform.mock.calls), targets(on.onAsk.mock.calls)]).toEqual([
      [["approve", ids]],
      [["edit", ids]],
    ]);
  });

  it("is nothing without either, and why is said", () => {
    show();
    const why = ["stars", "label", "Approve"].map((name) => command(name)?.disabledReason);
    expect(why).toEqual(Array(3).fill("no file is selected"));
    expect([given("judge")["rating"], given("judge")["label"]]).toEqual([0, null]);
    cleanup();
    show({ active: assetOf({ rating: 3, label: 7 }) });
    expect([command("stars")?.disabledReason, given("judge")["rating"], given("judge")["label"]]).toEqual([null, 3, 7]);
  });

  it("in the trash is restored or deleted for good", () => {
    show({ filters: { state: "trash" }, selected: FILES });
    expect(registered.acts.flatMap(({ group, label }) => (group === "selection" ? [label] : []))).toEqual([
      ...["Restore", "Delete permanently"],
    ]);
  });

  it("has its size beside it, and is given up or made all by the bar", () => {
    show({ selected: FILES });
    const bar = screen.getByTestId("bar");
    expect([given("bar")["count"], bar.textContent]).toEqual([3, "6.0 kB All 3 found"]);
    call("bar", "onClear");
    const [[clear]] = doneBy("select") as [[() => unknown]];
    fireEvent.click(screen.getByRole("button", { name: "All 3 found" }));
    expect([clear(), doneBy("selectAll").length]).toEqual([noSelection, 1]);
  });

  it("is compared in the order of the selection, from its first file", () => {
    show({ selected: [FILES[2], FILES[0]] as Asset[] });
    run("compare");
    expect(on.onOpen.mock.calls).toEqual([[{ ...list3, compared: [3, 1] }, 3]]);
  });
});

it.each([
  [0, null],
  [1, null],
  [2, 2],
])("of %i selected, the toolbar reviews %s", (count, says) => {
  show({ selected: FILES.slice(0, count) });
  expect(given("toolbar")["selectedCount"]).toBe(says);
});

describe("a review", () => {
  it("of a selection steps through it", () => {
    show({ selected: FILES.slice(1) });
    call("toolbar", "onReview");
    expect([on.onOpen.mock.calls, done.setFilters.mock.calls]).toEqual([[[{ ids: [2, 3], compared: [] }, 2]], []]);
  });

  it.each([
    [[0, 1, 2], list3, 1],
    [[2, 0], { places: [0, 1, 2], isList: false, compared: [] }, 1],
  ])("of a state begins with its first file, also those in folded stacks: %j", async (shown, series, first) => {
    Object.assign(table.now, { layout: { shown, placed: [] } });
    show({ filters: { state: "approved" } });
    call("toolbar", "onReview");
    await settled();
    expect([list.ensure.mock.calls, on.onOpen.mock.calls, done.setFilters.mock.calls]).toEqual([
      ...[[[0, 0]], [[series, first]], []],
    ]);
  });

  it("of everything shows the new files, and begins once they are there, once", async () => {
    const { again } = show({ filters: { q: "sea" } });
    call("toolbar", "onReview");
    expect([done.setFilters.mock.calls, on.onOpen.mock.calls]).toEqual([
      [[{ ...noFilters, q: "sea", state: "new" }]],
      [],
    ]);
    windows = { ...windows, isLoading: true };
    again({ state: "new" });
    await settled();
    expect(on.onOpen).not.toHaveBeenCalled();
    windows = { ...windows, isLoading: false };
    again({ state: "new" });
    await settled();
    again({ state: "" });
    again({ state: "new" });
    await settled();
    expect(on.onOpen.mock.calls).toEqual([[list3, 1]]);
  });

  it("of nothing opens nothing", async () => {
    windows.items = [];
    Object.assign(table.now, { layout: { shown: [], placed: [] } });
    show({ filters: { state: "new" } });
    call("toolbar", "onReview");
    await settled();
    expect(on.onOpen).not.toHaveBeenCalled();
  });
});

describe("a file", () => {
  it("is opened by a click, which puts the cursor there", () => {
    show();
    call("grid", "onOpen", FILES[1]);
    expect(on.onOpen.mock.calls).toEqual([[list3, 2]]);
    expect(table.now["setActiveId"]).toHaveBeenCalledWith(2);
  });

  it.each([
    [0, false, "opened"],
    [1, true, "opened"],
    [1, false, "picked"],
  ])("where %i are selected, with a pointer that hovers %s, is %s", (count, hover, how) => {
    page.hover = hover;
    show({ selected: FILES.slice(0, count) });
    call("grid", "onOpen", FILES[1]);
    expect([on.onOpen.mock.calls.length, doneBy("pick")]).toEqual([
      how === "opened" ? 1 : 0,
      how === "opened" ? [] : [[FILES[1], false]],
    ]);
  });

  it.each([
    ["stands alone", {}, {}, false],
    ["has others on it", { parent_asset_id: 1 }, {}, true],
    ["begins a sequence", {}, { sequences: new Map([[0, [0, 1]]]) }, true],
    ["has its stack spread", { parent_asset_id: 1 }, { layout: { shown: [0, 1, 2], placed: [] } }, false],
    ["has others on it, in a list without stacks", { parent_asset_id: 1 }, { isGrouped: false }, false],
  ] as const)("that %s is opened, or spread: %s", (_how, second, other, isSpread) => {
    Object.assign(table.now, { layout: { shown: [0, 2], placed: [] } }, other);
    windows.items = [FILES[0], assetOf({ id: 2, ...second }), FILES[2]];
    show();
    act(() => void listed("onOpen", 1));
    expect([doneBy("onSpread").length, on.onOpen.mock.calls.length]).toEqual([...(isSpread ? [1, 0] : [0, 1])]);
  });

  it("that is a sound is played by a look, others are opened", () => {
    list.known.set(9, assetOf({ id: 9, type: "audio" }));
    show();
    act(() => void listed("onLook", 9));
    act(() => void listed("onLook", 2));
    expect([done.toggle.mock.calls, on.onOpen.mock.calls.map(([, id]: unknown[]) => id)]).toEqual([[[9]], [2]]);
  });

  it.each([
    ["audio", true, 1],
    ["audio", false, 0],
    ["image", true, 0],
  ] as const)("at the cursor, %s where sounds are heard %s, is played", (type, isHeard, times) => {
    page.isHeard = isHeard;
    show({ active: assetOf({ id: 5, type }) });
    expect(done.play.mock.calls).toEqual(times === 1 ? [[5]] : []);
  });

  it("is given a task, published or opened from its details", () => {
    show({ active: FILES[0] ?? null });
    call("inspector", "onTask", FILES[0]);
    call("inspector", "onPublish", FILES[0]);
    call("inspector", "onOpen", 3);
    expect(on.onAsk.mock.calls).toEqual([
      ["task", [FILES[0]]],
      ["publish", [FILES[0]]],
    ]);
    expect(on.onOpen.mock.calls).toEqual([[{ ids: [3], compared: [] }, 3]]);
  });
});

it("has no details where they are closed", () => {
  page.details.isOpen = false;
  show();
  expect(drawn.has("inspector")).toBe(false);
});

it.each([
  [{}, false],
  [{ state: "new" as const }, false],
  [{ q: "sea", state: "new" as const }, true],
])("by Escape, clears the filters %j: %s", (filters, isDone) => {
  show({ filters });
  expect([listed("onEscape"), done.clearFilters.mock.calls]).toEqual([
    isDone,
    isDone ? [[{ ...noFilters, ...filters }]] : [],
  ]);
});

it("offers the folder that is shown as one download", () => {
  show();
  expect(command("Download this folder")).toBeUndefined();
  cleanup();
  show({ filters: { folder: "sprites" } });
  run("Download this folder");
  expect(on.onDownload.mock.calls).toEqual([["sprites"]]);
});

describe("the drawers", () => {
  const back = () => document.querySelector(".beside-drawer") ?? document.body;
  it("are opened by the toolbar's button, and closed by it", () => {
    const { again } = show();
    call("toolbar", "onSide");
    expect([done.openSide.mock.calls, done.closeSide.mock.calls]).toEqual([[["open"]], []]);
    page.side = "open";
    again();
    call("toolbar", "onSide");
    expect(done.closeSide).toHaveBeenCalledTimes(1);
  });

  it.each([
    ["", false, [0, 0]],
    ["open", false, [1, 0]],
    ["", true, [0, 1]],
    ["open", true, [1, 1]],
  ])("are closed by a click beside them: folders %j, details %s", (side, isDrawer, times) => {
    page.side = side;
    page.details.isDrawer = isDrawer;
    show();
    fireEvent.click(back());
    expect([done.closeSide.mock.calls.length, page.details.hide.mock.calls.length]).toEqual(times);
  });

  it.each([
    ["", false, 0],
    ["open", false, 1],
    ["", true, 1],
    ["open", true, 2],
  ])("have a command to close them only while they are open: folders %j, details %s", (side, isDrawer, count) => {
    page.side = side;
    page.details.isDrawer = isDrawer;
    show();
    expect(registered.own.map(({ name }) => name)).toEqual(Array(count).fill("close"));
    for (const each of registered.own) act(() => void each.run(""));
    expect(done.closeSide.mock.calls.length + page.details.hide.mock.calls.length).toBe(count);
  });

  it.each([
    ["", 0],
    ["open", 1],
  ])("make room once something is chosen in them: folders %j", (side, times) => {
    page.side = side;
    show({ filters: { q: "sea" } });
    call("side", "onLeave");
    call("side", "onChange", { folder: "sprites" });
    expect([done.closeSide.mock.calls.length, done.setFilters.mock.calls]).toEqual([
      ...[times * 2, [[{ ...noFilters, q: "sea", folder: "sprites" }]]],
    ]);
  });
});
