// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { type ReactNode, type RefObject } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { orderOf } from "../../platform/selection";
import { aPost } from "../../testing/posts";
import { noFilters } from "./filterValues";
import { Months } from "./Months";
import { PostsPanel } from "./PostsPanel";
import type { PostList } from "./usePostList";

type Props = Record<string, unknown>;
const who = vi.hoisted(() => ({ moderates: false }));
const models: { list: Props; choice: Props; changes: Props; address: object } = vi.hoisted(() => ({
  ...{ list: {}, choice: {}, changes: {}, address: {} },
}));
const drawn: { parts: Record<string, Props> } = vi.hoisted(() => ({ parts: {} }));
const hooks = vi.hoisted(() => ({
  usePlace: vi.fn(),
  useRangeDrag: vi.fn(),
  indexWhenIdle: vi.fn(),
  announce: vi.fn(),
}));
const ui = vi.hoisted(() => ({ info: vi.fn() }));
const part = vi.hoisted(() => (name: string, exported = name) => ({
  [exported]: (props: Props) => {
    drawn.parts[name] = props;
    return null;
  },
}));
vi.mock("../../data/config", () => ({
  config: { max_posts: 500, subject: { handle: "pixelsmith" } },
  get moderates() {
    return who.moderates;
  },
}));
vi.mock("./JobProgress", () => part("ChangeProgress"));
vi.mock("./Questions", () => part("Questions"));
vi.mock("./PostsBar", () => part("PostsBar"));
vi.mock("./PostLightbox", () => part("PostLightbox"));
vi.mock("./PrintedPosts", () => part("PrintedPosts"));
vi.mock("./TableMessage", () => part("TableMessage"));
vi.mock("./Totals", () => part("Totals"));
vi.mock("../../commands/SelectionBar", () => ({
  SelectionBar: (props: Props & { children: ReactNode; detail: ReactNode }) => {
    drawn.parts["SelectionBar"] = props;
    return (
      <div role="toolbar">
        {props.detail}
        {props.children}
      </div>
    );
  },
}));
const list = vi.hoisted(() => (name: string) => ({
  [name]: (props: Props & { scroller: RefObject<HTMLDivElement> }) => {
    drawn.parts["List"] = { name, ...props };
    return <div ref={props.scroller} role="grid" tabIndex={0} />;
  },
}));
vi.mock("./PostGrid", () => list("PostGrid"));
vi.mock("./PostTable", () => list("PostTable"));
vi.mock("./EditableCell", () => ({ PASTED: "pasted" }));
vi.mock("../../commands/StatusBar", () => ({
  StatusText: ({ children }: { children: ReactNode }) => <p data-testid="foot">{children}</p>,
}));
vi.mock("../../commands/list/useRangeDrag", () => hooks);
vi.mock("../../ui/announce", () => hooks);
vi.mock("../../ui/toast", () => ({ toast: ui }));
vi.mock("../../ui/useElementSize", () => ({ useElementSize: () => ({ width: 40, height: 220 }) }));
vi.mock("../../platform/address", () => ({ useParameters: () => models.address }));
vi.mock("./place", () => hooks);
vi.mock("./search", () => hooks);
vi.mock("./usePostCommands", () => ({
  usePostCommands: (_models: object, parts: object) => {
    drawn.parts["commands"] = parts as Props;
    return ["a command"];
  },
}));
vi.mock("./usePostList", () => ({ usePostList: () => models.list }));
vi.mock("./usePostChoice", () => ({ usePostChoice: () => models.choice }));
vi.mock("./usePostChanges", () => ({ usePostChanges: () => models.changes }));
vi.mock("./usePostTable", () => ({ usePostTable: () => "the table" }));
vi.mock("./view", () => ({ closePost: vi.fn() }));

const POSTS = [1, 2, 3].map((id) => aPost(id, { created_at: `2026-0${String(4 - id)}-01T12:00:00Z` }));
const on = { select: vi.fn(), selectAll: vi.fn(), clear: vi.fn(), setQuestion: vi.fn(), closeQuestion: vi.fn() };
const onRequested = vi.fn();
beforeEach(() => {
  vi.resetAllMocks();
  who.moderates = false;
  drawn.parts = {};
  models.list = {
    ...{
      posts: POSTS,
      rows: POSTS,
      rowCount: 3,
      order: orderOf(POSTS),
      byId: new Map(POSTS.map((each) => [each.id, each])),
    },
    ...{ isComplete: true, isTrash: false, fetched: 3, total: 3, filters: noFilters },
    view: { layout: "table", sort: { id: "date", desc: true } },
  };
  models.choice = {
    ...{ selected: [], count: 0, outsideFilter: 0, isWhole: false, sums: { bytes: 7 }, exported: POSTS },
    ...{ activeId: null, activeIndex: -1, select: on.select, selectAll: on.selectAll, clear: on.clear },
  };
  models.changes = { job: null, question: null, setQuestion: on.setQuestion, closeQuestion: on.closeQuestion };
  models.address = { post: 0, page: 1 };
});
afterEach(cleanup);
const panel = (wanted: readonly number[] | null = null) => (
  <PostsPanel wanted={wanted} allowance={null} onRequested={onRequested} />
);
const show = (wanted: readonly number[] | null = null) => render(panel(wanted));
const given = (name: string) => drawn.parts[name] ?? {};
const foot = () => screen.getByTestId("foot").textContent;
const said = () => hooks.announce.mock.calls.map(([words]: string[]) => words);

describe("the page of posts", () => {
  it.each([
    ["table", false, "PostTable", "Your posts"],
    ["grid", true, "PostGrid", "Posts of @pixelsmith"],
  ])("has a %s, for a moderator (%s)", (layout, moderates, name, label) => {
    who.moderates = moderates;
    Object.assign(models.list, { view: { ...(models.list["view"] as object), layout } });
    show();
    expect([given("List")["name"], given("List")["label"], given("List")["table"]]).toEqual([name, label, "the table"]);
    expect(screen.getByRole("region", { name: "Posts" }).dataset["layout"]).toBe(layout);
    expect([given("PrintedPosts")["posts"], hooks.useRangeDrag.mock.lastCall?.[0]]).toMatchObject([
      POSTS,
      { key: layout },
    ]);
  });

  it.each([
    [{}, "3 posts"],
    [{ posts: POSTS.slice(0, 1) }, "1 post"],
    [{ filters: { ...noFilters, q: "sea" }, rows: POSTS.slice(0, 2) }, "2 of 3"],
    [{ isComplete: false, total: null }, ""],
    [{ isComplete: false, fetched: 1200, total: 4957 }, "Loading: 1,200 of 4,957 posts"],
  ])("says how many there are %#", (change, words) => {
    Object.assign(models.list, change);
    show();
    expect(foot()).toBe(words);
  });

  it.each([
    [1, 0],
    [3, 1000],
  ])("begins at page %i with the post %i", (page, first) => {
    models.address = { post: 0, page };
    show();
    expect(hooks.usePlace.mock.lastCall).toMatchObject([{ first, isComplete: true }]);
  });

  it("is indexed for the search once it is complete", () => {
    show();
    expect(hooks.indexWhenIdle.mock.calls).toEqual([[POSTS]]);
    cleanup();
    models.list["isComplete"] = false;
    show();
    expect(hooks.indexWhenIdle).toHaveBeenCalledTimes(1);
  });

  it("prepares the search of the newest posts alone, and of none once it has gone", () => {
    const stopped: unknown[] = [];
    hooks.indexWhenIdle.mockImplementation((posts: unknown) => () => void stopped.push(posts));
    const { rerender, unmount } = show();
    const newer = POSTS.slice(1);
    Object.assign(models.list, { posts: newer });
    rerender(panel());
    expect(stopped).toEqual([POSTS]);
    unmount();
    expect(stopped).toEqual([POSTS, newer]);
  });

  it("tells what is selected and found", () => {
    show();
    expect(said()).toEqual([]);
    cleanup();
    models.choice["count"] = 2;
    models.list["filters"] = { ...noFilters, q: "sea" };
    show();
    expect(said()).toEqual(["2 posts selected", "3 posts match the filter"]);
  });

  it.each([
    [0, ["ChangeProgress"]],
    [5, ["PostLightbox"]],
  ])("with post %i open has its parts there", (post, parts) => {
    models.address = { post, page: 1 };
    show();
    expect(["ChangeProgress", "PostLightbox"].filter((name) => name in drawn.parts)).toEqual(parts);
    if (post > 0) expect(given("PostLightbox")["id"]).toBe(5);
  });
});

describe("the selection", () => {
  it.each([
    [null, true],
    [{ steps: [1] }, true],
    [{ steps: [1, 2] }, false],
  ])("has its bar unless a longer change is under way: %j", (job, is) => {
    models.changes["job"] = job;
    show();
    expect(screen.queryByRole("toolbar") !== null).toBe(is);
  });

  it.each([
    [false, 0, "Select all 3"],
    [false, 2, "2 outside the filter Select all 3"],
    [true, 0, ""],
  ])("of all of them (%s), %i not to be seen", (isWhole, outsideFilter, words) => {
    Object.assign(models.choice, { isWhole, outsideFilter, count: 2, selected: POSTS });
    show();
    expect(screen.getByRole("toolbar").textContent.trim()).toBe(words);
    expect(given("SelectionBar")).toMatchObject({ count: 2, commands: ["a command"] });
    expect(given("Totals")).toMatchObject({ posts: POSTS, bytes: 7 });
    if (isWhole) return;
    fireEvent.click(screen.getByRole("button"));
    expect(on.selectAll).toHaveBeenCalledTimes(1);
  });

  it.each([
    [1, []],
    [2, ["2 posts deselected"]],
  ])("of %i is given back once it was let go: %j", (count, words) => {
    const again = vi.fn();
    on.clear.mockReturnValue(again);
    models.choice["count"] = count;
    show();
    act(given("SelectionBar")["onClear"] as () => void);
    const calls = ui.info.mock.calls as [string, { action: { label: string; onClick: () => void } }][];
    expect([calls.map(([text]) => text), on.clear.mock.calls.length]).toEqual([words, 1]);
    const [call] = calls;
    call?.[1].action.onClick();
    expect([call?.[1].action.label, again.mock.calls.length]).toEqual(call ? ["Select again", 1] : [undefined, 0]);
  });

  it("is that of a download, once it is wanted, as far as its posts are there", () => {
    const { rerender } = show();
    expect(on.select).not.toHaveBeenCalled();
    const wanted = [3, 9, 1];
    rerender(panel(wanted));
    models.list["byId"] = new Map();
    rerender(panel(wanted));
    const [[change]] = on.select.mock.calls as [[() => { ids: ReadonlySet<number> }]];
    expect([on.select.mock.calls.length, [...change().ids]]).toEqual([1, [3, 1]]);
    expect(ui.info.mock.calls).toEqual([["1 post of that download no longer exists."]]);
    models.list["byId"] = new Map(POSTS.map((each) => [each.id, each]));
    rerender(panel([1]));
    expect([on.select.mock.calls.length, ui.info.mock.calls.length]).toEqual([2, 1]);
  });
});

it("a dialog gets what it is about, and gives the list the focus once something has started", () => {
  Object.assign(models.changes, { question: { about: "hide", posts: POSTS } });
  Object.assign(models.choice, { selected: POSTS, outsideFilter: 1, isWhole: true });
  show();
  expect(given("Questions")).toMatchObject({ selected: POSTS, outsideFilter: 1, isWhole: true, onRequested });
  (given("Questions")["onSelect"] as (posts: object) => void)([POSTS[1]]);
  const [[change]] = on.select.mock.calls as [[() => { ids: ReadonlySet<number> }]];
  expect([[...change().ids], document.activeElement === screen.getByRole("grid")]).toEqual([[2], false]);
  act(given("Questions")["onStarted"] as () => void);
  expect(document.activeElement).toBe(screen.getByRole("grid"));
});

describe("what is pasted", () => {
  const paste = (text: string, target: Element = screen.getByRole("grid")) => {
    const event = new Event("paste", { bubbles: true });
    Object.assign(event, { clipboardData: { getData: () => text } });
    act(() => void target.dispatchEvent(event));
  };
  const asked = (field: string, posts: readonly number[], texts: readonly string[]) => [
    [{ about: "paste", posts: posts.map((id) => POSTS[id - 1]), field, texts }],
  ];

  it.each([
    [{ selected: [POSTS[2], POSTS[0]] }, "a\nb\nc", asked("title", [3, 1], ["a", "b"])],
    [{ activeIndex: 1 }, "a\n\nb", asked("title", [2], ["a"])],
    [{ activeIndex: 0 }, "a\n\nb", asked("title", [1, 3], ["a", "b"])],
    [{}, "a", []],
    [{ activeIndex: 1 }, "\n", []],
  ])("is asked about %#", (choice, text, question) => {
    Object.assign(models.choice, choice);
    show();
    paste(text);
    expect(on.setQuestion.mock.calls).toEqual(question);
  });

  it("into a cell goes to its post and those below", () => {
    show();
    const detail = { id: 2, field: "description", lines: ["a", "b"] };
    act(() => void screen.getByRole("grid").dispatchEvent(new CustomEvent("pasted", { detail })));
    expect(on.setQuestion.mock.calls).toEqual(asked("description", [2, 3], ["a", "b"]));
  });

  it("elsewhere, in the trash or once the page is left is not asked about", () => {
    models.choice["activeIndex"] = 0;
    const { unmount } = show();
    const grid = screen.getByRole("grid");
    const inner = grid.appendChild(document.createElement("input"));
    paste("a", inner);
    unmount();
    paste("a", grid);
    models.list["isTrash"] = true;
    show();
    paste("a");
    expect(on.setQuestion.mock.calls).toEqual([]);
  });
});

describe("the months", () => {
  const handle = { current: { goTo: vi.fn(), place: () => ({ index: 1, by: 0 }) } };
  const scroller = { current: document.createElement("div") };
  function months(change: object = {}) {
    handle.current.goTo.mockReset();
    const props = { list: { ...models.list, ...change } as unknown as PostList, scroller, handle: handle as never };
    const { unmount } = render(<Months {...props} />);
    return unmount;
  }
  const slider = () => screen.getByRole("slider", { hidden: true });
  const told = (...names: string[]) => names.map((name) => slider().getAttribute(`aria-${name}`));

  it("say where the list is, and have a tick each", () => {
    months();
    expect(told("valuemin", "valuemax", "valuenow", "valuetext", "hidden")).toEqual([
      "0",
      "2",
      "1",
      "Feb 26, 1 post",
      "false",
    ]);
    const here = document.querySelector<HTMLElement>(".month-here");
    const ticks = [...document.querySelectorAll("s")].map(({ style }) => [style.top, style.width]);
    expect([here?.textContent, here?.style.top, ticks]).toEqual([
      ...["Feb 26", "100px", ["10px", "110px", "210px"].map((top) => [top, "18px"])],
    ]);
  });

  it.each([
    ["one month", { rows: POSTS.slice(0, 1) }],
    ["no post", { rows: [] }],
    ["another order", { view: { sort: { id: "title", desc: false } } }],
  ])("are not shown for %s", (_, change) => {
    months(change);
    expect([told("hidden"), slider().tabIndex, slider().textContent]).toEqual([["true"], -1, ""]);
  });

  it.each([
    ["ArrowDown", [[2]]],
    ["ArrowUp", [[0]]],
    ["Home", [[0]]],
    ["End", [[2]]],
    ["x", []],
  ])("are gone over by %s", (key, went) => {
    months();
    fireEvent.keyDown(slider(), { key });
    expect(handle.current.goTo.mock.calls).toEqual(went);
  });

  it("are dragged over, and not with no button down", () => {
    months();
    const capture = vi.fn();
    Object.assign(slider(), { setPointerCapture: capture });
    vi.spyOn(slider(), "getBoundingClientRect").mockReturnValue({ top: 50 } as DOMRect);
    fireEvent.pointerDown(slider(), { pointerId: 4, clientY: 265 });
    fireEvent.pointerMove(slider(), { clientY: 60, buttons: 0 });
    fireEvent.pointerMove(slider(), { clientY: 109, buttons: 1 });
    fireEvent.pointerMove(slider(), { clientY: 111, buttons: 1 });
    fireEvent.pointerMove(slider(), { clientY: 999, buttons: 1 });
    expect([capture.mock.calls, handle.current.goTo.mock.calls.flat()]).toEqual([[[4]], [2, 0, 1, 2]]);
  });

  it("follow the list until it is left", () => {
    const unmount = months();
    handle.current.place = () => ({ index: 2, by: 0 });
    fireEvent.scroll(scroller.current);
    expect(told("valuenow")).toEqual(["2"]);
    const removed = vi.spyOn(scroller.current, "removeEventListener");
    unmount();
    expect(removed.mock.calls.map(([name]) => name)).toEqual(["scroll"]);
  });

  it("follow nothing where there is no list", () => {
    const handles = { current: null };
    render(<Months list={models.list as unknown as PostList} scroller={{ current: null }} handle={handles} />);
    expect(told("valuenow")).toEqual(["0"]);
  });

  it("name a year where it begins, if there is room for that", () => {
    const dates = ["2027-01", "2026-12", "2026-11", "2025-12", "2024-12", "2023-12"];
    const rows = (count: number) =>
      dates.slice(0, count).map((at, id) => aPost(id, { created_at: `${at}-02T12:00:00Z` }));
    const years = () => [...document.querySelectorAll(".month-year")].map(({ textContent: text }) => text);
    months({ rows: rows(6) });
    expect(years()).toEqual(["2026", "2025", "2024", "2023"]);
    cleanup();
    const more = Array.from({ length: 14 }, (_, id) =>
      aPost(id, { created_at: `${String(2026 - id)}-02-02T12:00:00Z` }),
    );
    months({ rows: more });
    expect(years()).toEqual(["2025", "2023", "2021", "2019", "2017", "2015", "2013"]);
  });
});
