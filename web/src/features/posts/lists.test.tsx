// @vitest-environment happy-dom
import { cleanup, createEvent, fireEvent, render, screen } from "@testing-library/react";
import { type ComponentProps, createRef } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { aPost } from "../../testing/posts";
import { noFilters } from "./filterValues";
import type { Edited } from "./EditableCell";
import { PostGrid, TileSlider } from "./PostGrid";
import { PostTable } from "./PostTable";

type Field = "title" | "description";
const media = vi.hoisted(() => ({ upright: false, coarse: false }));
const view = vi.hoisted(() => ({ openPost: vi.fn(), setFilters: vi.fn() }));
const rows = vi.hoisted(() => ({ useRows: vi.fn() }));
const tellStale = vi.hoisted(() => vi.fn());
const uncover = vi.hoisted(() => vi.fn());
/** What the cell that is edited gives back. */
const cell: { onEdited: (edited: Edited) => void } = vi.hoisted(() => ({ onEdited: () => undefined }));
vi.mock("../../data/config", () => ({ config: {}, moderates: false }));
vi.mock("../../commands/list/useRows", () => rows);
vi.mock("../../platform/textSize", () => ({ scaled: (size: number) => size, textScale: 1 }));
vi.mock("../../ui/useMediaQuery", () => ({
  useMediaQuery: (query: string) => (query.includes("coarse") ? media.coarse : media.upright),
}));
vi.mock("../../ui/useElementSize", () => ({ useElementSize: () => ({ width: 448, height: 600 }) }));
vi.mock("../../ui/toast", () => ({ tellStale }));
vi.mock("./covers", () => ({ uncover }));
vi.mock("./view", () => view);
vi.mock("./PostPicture", () => ({ PostPicture: ({ box }: { box: number }) => <i data-testid="picture">{box}</i> }));
vi.mock("./EditableCell", () => ({
  EditableCell: ({ field, onEdited }: { field: string; onEdited: (edited: Edited) => void }) => {
    cell.onEdited = onEdited;
    return <input aria-label={`Edit ${field}`} />;
  },
}));
vi.mock("./TableHead", () => ({
  TableHead: ({ selected, onSelectAll }: { selected: string; onSelectAll: () => void }) => (
    <button onClick={onSelectAll}>{selected}</button>
  ),
}));

const POSTS = [1, 2, 3, 4].map((id) => aPost(id, { hashtags: ["sea"], description: "Blue.", hidden_by_mod: id === 4 }));
const on = { select: vi.fn(), pick: vi.fn(), openMenuFor: vi.fn(), setActiveId: vi.fn(), leave: vi.fn() };
const all = { selectAll: vi.fn(), selectNone: vi.fn() };
const change = { setEditing: vi.fn(), setQuestion: vi.fn(), startSteps: vi.fn() };
const column = (id: string) => ({ id, isNumeric: false });
beforeEach(() => {
  vi.resetAllMocks();
  localStorage.clear();
  Object.assign(media, { upright: false, coarse: false });
  rows.useRows.mockImplementation(({ count, measure, head }: Record<string, number>) => ({
    getVirtualItems: () =>
      Array.from({ length: count ?? 0 }, (_, index) => ({
        index,
        key: index,
        start: index * Number(measure) + Number(head),
      })),
    getTotalSize: () => Number(count) * Number(measure),
    scrollRect: { height: 88 },
    range: { startIndex: 0 },
  }));
  vi.stubGlobal("matchMedia", (query: string) => ({
    matches: query.includes("coarse") ? media.coarse : media.upright,
  }));
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});
interface Part {
  list?: object;
  choice?: object;
  changes?: object;
}
function show(layout: "table" | "grid", { list = {}, choice = {}, changes = {} }: Part = {}) {
  const order = { length: POSTS.length, indexOf: (id: number) => POSTS.findIndex((each) => each.id === id) };
  const at = (index: number) => POSTS[index]?.id;
  const props = {
    list: {
      ...{ rows: POSTS, rowCount: 4, order: { ...order, at }, isTrash: false, filters: { ...noFilters, q: "waves" } },
      ...{ view: { layout }, byId: new Map(POSTS.map((each) => [each.id, each])), ...list },
    },
    choice: {
      ...{ activeId: null, activeIndex: -1, moves: 0, selection: { ids: new Set() }, shownSelected: 0, ...on, ...all },
      ...choice,
    },
    changes: { ...{ pending: new Map(), editing: null, hides: new Map(), ...change }, ...changes },
    table: { shown: ["select", "thumbnail", "title", "tags", "menu"].map(column), template: "1fr", least: 320 },
    ...{ label: "Your posts", scroller: createRef(), handle: createRef(), onLeaveEdit: on.leave },
  };
  const List = layout === "grid" ? PostGrid : PostTable;
  render(<List {...(props as unknown as ComponentProps<typeof PostTable>)} />);
}
const grid = () => screen.getByRole("grid");
const item = (id: number) => document.querySelector(`[data-id="${String(id)}"]`) ?? document.body;
const within = (id: number, selector: string) => item(id).querySelector(selector) ?? document.body;
const attributes = (...names: string[]) => names.map((name) => grid().getAttribute(name));

describe("the table", () => {
  it("says how large it is, and where the cursor is", () => {
    show("table");
    expect(attributes("aria-label", "aria-rowcount", "aria-colcount", "aria-activedescendant")).toEqual([
      ...["Your posts", "5", "5", null],
    ]);
    expect(screen.getAllByRole("row").map(({ id }) => id)).toEqual(["post-1", "post-2", "post-3", "post-4"]);
    cleanup();
    show("table", { choice: { activeId: 3, activeIndex: 2, selection: { ids: new Set([2]) } } });
    expect(attributes("aria-activedescendant")).toEqual(["post-3"]);
    const told = screen.getAllByRole("row").map((row) => [row.className, row.getAttribute("aria-selected")]);
    expect(told).toEqual([
      ["row", "false"],
      ["row", "true"],
      ["row active", "false"],
      ["row", "false"],
    ]);
    cleanup();
    show("table", { choice: { activeId: 3, activeIndex: -1 } });
    expect(attributes("aria-activedescendant")).toEqual([null]);
  });

  it.each([
    [0, "none", all.selectAll],
    [2, "some", all.selectAll],
    [4, "all", all.selectNone],
  ])("with %i selected its tick says %s", (shownSelected, words, called) => {
    show("table", { choice: { shownSelected } });
    fireEvent.click(screen.getByRole("button", { name: words }));
    expect([all.selectAll, all.selectNone].map((each) => each.mock.calls.length)).toEqual(
      [all.selectAll, all.selectNone].map((each) => (each === called ? 1 : 0)),
    );
  });

  it.each([
    [false, false, 44, 30],
    [false, true, 44, 44],
    [true, false, 65, 0],
    [true, true, 65, 0],
  ])("upright %s, for fingers %s: rows are %i high below %i", (upright, coarse, height, head) => {
    Object.assign(media, { upright, coarse });
    show("table");
    expect(rows.useRows.mock.lastCall?.[0]).toMatchObject({ measure: height, head, count: 4, columns: 1, overscan: 2 });
    const body = document.querySelector<HTMLElement>(".body");
    const tops = screen.getAllByRole("row").map(({ style }) => style.transform);
    expect([body?.style.height, tops.slice(0, 2)]).toEqual([
      ...[`${String(4 * height)}px`, ["translateY(0px)", `translateY(${String(height)}px)`]],
    ]);
  });

  it("has no row where a post is not loaded yet", () => {
    show("table", { list: { rowCount: 6 } });
    expect([screen.getAllByRole("row").length, attributes("aria-rowcount")]).toEqual([4, ["7"]]);
  });

  it("edits what is double-clicked, and nothing of the trash", () => {
    show("table");
    for (const field of ["title", "description"]) fireEvent.doubleClick(within(2, `[data-field=${field}]`));
    fireEvent.doubleClick(within(2, "[data-cell=tags]"));
    expect(change.setEditing.mock.calls).toEqual([[{ id: 2, field: "title" }], [{ id: 2, field: "description" }]]);
    cleanup();
    show("table", { list: { isTrash: true } });
    fireEvent.doubleClick(within(2, "[data-field=title]"));
    expect(change.setEditing).toHaveBeenCalledTimes(2);
  });

  it.each([
    [{ shiftKey: true }, true],
    [{ detail: 2 }, true],
    [{ detail: 1 }, false],
  ])("no text is selected by a press with %j: %s", (keys, isPrevented) => {
    show("table", { changes: { editing: { id: 2, field: "title" } } });
    const press = (target: Element) => {
      const event = createEvent.mouseDown(target, keys);
      fireEvent(target, event);
      return event.defaultPrevented;
    };
    const inField = isPrevented && "shiftKey" in keys;
    expect([press(within(1, ".cell-tags")), press(screen.getByLabelText("Edit title"))]).toEqual([
      isPrevented,
      inField,
    ]);
  });

  it("shows the cell that is edited, and what is under way", () => {
    const editing = { id: 2, field: "description" };
    show("table", { changes: { editing, pending: new Map([[3, { kind: "hide" }]]) } });
    expect(item(2).contains(screen.getByLabelText("Edit description"))).toBe(true);
    expect([item(3).className, item(1).className]).toEqual(["row pending pending-hide", "row"]);
  });
});

describe("the grid", () => {
  it("has as many columns as fit, and moves by them", () => {
    show("grid", { choice: { activeId: 4, activeIndex: 3, selection: { ids: new Set([1]) } } });
    expect(attributes("aria-rowcount", "aria-colcount", "aria-activedescendant")).toEqual(["2", "3", "tile-4"]);
    expect(rows.useRows.mock.lastCall?.[0]).toMatchObject({
      count: 2,
      columns: 3,
      measure: 192,
      head: 10,
      overscan: 1,
    });
    const shown = screen
      .getAllByRole("row")
      .map((row) => [...[row.getAttribute("aria-rowindex"), row.style.transform, row.children.length]]);
    expect(shown).toEqual([
      ["1", "translateY(10px)", 3],
      ["2", "translateY(202px)", 1],
    ]);
    expect(document.querySelector<HTMLElement>(".tiles-body")?.style.height).toBe("394px");
    expect([item(4).className, item(1).className, item(1).getAttribute("aria-selected")]).toEqual([
      ...["tile active", "tile", "true"],
    ]);
    cleanup();
    show("grid", { choice: { activeId: 4 } });
    expect(attributes("aria-activedescendant")).toEqual([null]);
  });

  it("has tiles of the size that is chosen, also the next time", () => {
    render(<TileSlider />);
    const slider = screen.getByRole<HTMLInputElement>("slider");
    expect([slider.min, slider.max, slider.step, slider.value]).toEqual(["72", "320", "8", "136"]);
    fireEvent.change(slider, { target: { value: "320" } });
    cleanup();
    show("grid");
    expect([attributes("aria-colcount"), screen.getAllByTestId("picture")[0]?.textContent]).toEqual([["1"], "320"]);
  });

  it.each([
    [{}, ["8×8", "1.0 kB"]],
    [{ hidden_by_user: true }, ["hidden", "8×8", "1.0 kB"]],
    [{ hidden_by_user: true, hidden_by_mod: true }, ["hidden by mod", "8×8", "1.0 kB"]],
    [{ width: null, reaction_count: 1 }, ["♥ 1", "1.0 kB"]],
    [{ height: null, file_bytes: null }, []],
    [{ deleted_at: "2026-01-02T00:00:00Z" }, ["deleted on 2026-01-02"]],
  ])("says of a post %j", (part, facts) => {
    show("grid", { list: { rows: [aPost(1, part)], rowCount: 1 } });
    expect([...within(1, ".tile-line").children].map(({ textContent: text }) => text)).toEqual(facts);
    expect(within(1, ".tile-name").getAttribute("title")).toBe("Artwork 1");
  });

  it("shows the title that is edited, and what is under way", () => {
    show("grid", { changes: { editing: { id: 2, field: "title" }, pending: new Map([[3, {}]]) } });
    expect([item(2).contains(screen.getByLabelText("Edit title")), item(2).querySelector(".tile-name")]).toEqual([
      ...[true, null],
    ]);
    expect([1, 3].map((id) => item(id).getAttribute("aria-busy"))).toEqual(["false", "true"]);
    const plain = createEvent.mouseDown(item(1));
    const shift = createEvent.mouseDown(item(1), { shiftKey: true });
    for (const event of [plain, shift]) fireEvent(item(1), event);
    expect([plain.defaultPrevented, shift.defaultPrevented]).toEqual([false, true]);
  });
});

describe("a press", () => {
  const [opened, picked] = [() => view.openPost.mock.calls, () => on.pick.mock.calls];
  it.each([
    ["table", ".cell-thumbnail", {}, {}, [[2]], []],
    ["table", ".cell-tags", {}, {}, [], [[2, false]]],
    ["table", ".cell-thumbnail", { shiftKey: true }, {}, [], [[2, true]]],
    ["table", ".cell-thumbnail", { ctrlKey: true }, {}, [], [[2, false]]],
    ["table", ".cell-thumbnail", { metaKey: true }, {}, [], [[2, false]]],
    ["grid", "[data-testid]", {}, {}, [[2]], []],
    ["grid", ".tile-tick", {}, {}, [], [[2, false]]],
    ["table", ".cell-tags", {}, { upright: true, coarse: true }, [[2]], []],
    ["table", ".cell-tags", {}, { upright: true }, [], [[2, false]]],
    ["table", ".cell-tags", {}, { coarse: true }, [], [[2, false]]],
    ["table", ".cell-select", {}, { upright: true, coarse: true }, [], [[2, false]]],
  ] as const)("in a %s on %s with %j %j", (layout, selector, keys, device, open, pick) => {
    Object.assign(media, device);
    show(layout);
    fireEvent.click(within(2, selector), keys);
    fireEvent.click(grid());
    expect([opened(), picked()]).toEqual([open, pick]);
  });

  it("selects more on a touch screen once something is selected, and not with a mouse", () => {
    const choice = { selection: { ids: new Set([1]) } };
    show("grid", { choice });
    fireEvent.click(within(2, "[data-testid]"));
    cleanup();
    Object.assign(media, { upright: true, coarse: true });
    show("grid", { choice });
    fireEvent.click(within(2, "[data-testid]"));
    expect([opened(), picked()]).toEqual([[[2]], [[2, false]]]);
  });

  it("on a tag filters by it, and selects with a key", () => {
    show("table");
    fireEvent.click(within(2, "[data-tag]"));
    expect(view.setFilters.mock.calls).toEqual([[{ ...noFilters, q: "waves", tag: "sea" }]]);
    fireEvent.click(within(2, "[data-tag]"), { shiftKey: true });
    expect([view.setFilters.mock.calls.length, picked()]).toEqual([1, [[2, true]]]);
  });

  it("on a cover lifts it, and does nothing else", () => {
    show("table");
    within(2, ".cell-thumbnail").setAttribute("data-cover", "");
    fireEvent.click(within(2, "[data-testid]"));
    expect([uncover.mock.calls, opened(), picked()]).toEqual([[[2]], [], []]);
  });

  it("answers a moderator, or opens the menu below its button", () => {
    show("table", { changes: { hides: new Map([[4, { reason: "Late.", created_at: "2026-01-02T00:00:00Z" }]]) } });
    fireEvent.click(within(4, "[data-answer]"));
    expect(change.setQuestion.mock.calls).toEqual([[{ about: "answer", posts: [POSTS[3]] }]]);
    const button = within(2, "[data-menu]");
    vi.spyOn(button, "getBoundingClientRect").mockReturnValue({ left: 5, bottom: 60 } as DOMRect);
    fireEvent.click(button);
    expect([on.openMenuFor.mock.calls, picked()]).toEqual([[[2, { x: 5, y: 60 }]], []]);
  });

  it.each(["table", "grid"] as const)("with the other button opens the menu of the %s there", (layout) => {
    show(layout);
    const ask = (target: Element, keys: object) => {
      const event = createEvent.contextMenu(target, { clientX: 3, clientY: 4, ...keys });
      fireEvent(target, event);
      return event.defaultPrevented;
    };
    expect([ask(item(2), {}), ask(item(2), { shiftKey: true }), ask(grid(), {})]).toEqual([true, false, false]);
    expect(on.openMenuFor.mock.calls).toEqual([[2, { x: 3, y: 4 }]]);
  });
});

describe("a cell that was edited", () => {
  const edit = (layout: "table" | "grid", part: object, id = 2, field: Field = "title") => {
    show(layout, { changes: { editing: { id, field } } });
    const before = field === "title" ? `Artwork ${String(id)}` : "Blue.";
    const given = { post: POSTS[id - 1], field, value: "Sea", before, step: 0, isLeft: false, ...part };
    cell.onEdited(given as Edited);
  };
  const saved = () => change.startSteps.mock.calls.map(([steps]: object[]) => steps);
  const step = (field: Field, value: string, from?: object) => [
    { change: { kind: "edit", edit: { [field]: value, addHashtags: [], removeHashtags: [] } }, ids: [2], ...from },
  ];

  it.each([
    ["title", "Sea", "Artwork 2"],
    ["description", "", "Blue."],
  ] as const)("is saved as it was: %s %j", (field, value, before) => {
    edit("table", { value }, 2, field);
    expect(saved()).toEqual([step(field, value, { from: { [field]: before } })]);
    expect([change.setEditing.mock.calls, on.leave.mock.calls.length, on.setActiveId.mock.calls]).toEqual([
      [[null]],
      1,
      [],
    ]);
  });

  it.each([[{ value: null }], [{ value: "" }]])("is not saved where nothing was written: %j", (part) => {
    edit("table", part);
    expect(saved()).toEqual([]);
  });

  it.each([
    [true, 0],
    [false, 1],
  ])("leaves the focus where it went (%s)", (isLeft, count) => {
    edit("table", { isLeft });
    expect(on.leave).toHaveBeenCalledTimes(count);
  });

  it("overwrites nothing that others have written, unless that is wanted", () => {
    edit("table", { before: "Artwork" });
    const [[theirs, mine, keep]] = tellStale.mock.calls as [[string, string, () => void]];
    expect([saved(), theirs, mine]).toEqual([[], "Artwork 2", "Sea"]);
    keep();
    expect(saved()).toEqual([step("title", "Sea")]);
  });

  it("others have written the same", () => {
    edit("table", { before: "Artwork", value: "Artwork 2" });
    expect([saved().length, tellStale.mock.calls]).toEqual([1, []]);
  });

  it.each([
    ["title", 1, { id: 2, field: "description" }],
    ["description", 1, { id: 3, field: "title" }],
    ["description", -1, { id: 2, field: "title" }],
    ["title", -1, { id: 1, field: "description" }],
  ] as const)("from %s Tab (%i) leads to the next", (field, by, next) => {
    edit("table", { step: by }, 2, field);
    expect([change.setEditing.mock.calls, on.setActiveId.mock.calls, on.leave.mock.calls]).toEqual([
      ...[[[next]], [[next.id]], []],
    ]);
  });

  it("Tab ends at the last one, and in the grid", () => {
    edit("table", { step: 1 }, 4, "description");
    cleanup();
    edit("grid", { step: 1 });
    expect([change.setEditing.mock.calls, on.leave.mock.calls.length]).toEqual([[[null], [null]], 2]);
  });
});
