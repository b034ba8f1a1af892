// @vitest-environment happy-dom
import { renderHook } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import type { Command } from "../../commands/commands";
import { aPost } from "../../testing/posts";
import { noFilters } from "./filterValues";
import { usePostCommands } from "./usePostCommands";

const site = vi.hoisted(() => ({ config: { site_url: "https://pixel.test" }, moderates: false }));
const view = vi.hoisted(() => ({ openPost: vi.fn(), setFilters: vi.fn(), setLayout: vi.fn(), setPostState: vi.fn() }));
const ui = vi.hoisted(() => ({ info: vi.fn(), copyText: vi.fn(), openShared: vi.fn(), saveCsv: vi.fn() }));
const listed = vi.hoisted(() => ({ all: [] as Command[], onEscape: (): boolean => false }));
vi.mock("../../data/config", () => site);
vi.mock("../../data/client", () => ({ filesOfPosts: vi.fn() }));
vi.mock("../../data/dialogs", () => ({ openShared: ui.openShared }));
vi.mock("../../ui/toast", () => ({ toast: { info: ui.info }, copyText: ui.copyText }));
vi.mock("../../ui/tray", () => ({ toggleTray: vi.fn() }));
vi.mock("./saveCsv", () => ({ saveCsv: ui.saveCsv }));
vi.mock("./view", () => view);
vi.mock("../../commands/list/useListCommands", () => ({
  useListCommands: ({ onEscape }: { onEscape: () => boolean }, all: Command[]) =>
    Object.assign(listed, { all, onEscape }),
}));

const changes = { start: vi.fn(), ask: vi.fn(), setEditing: vi.fn(), setQuestion: vi.fn(), undoLast: vi.fn() };
const [focusList, isInSight] = [vi.fn(), vi.fn()];

/** `posts`: what is at hand, the one at the cursor where none is selected. */
function commandsOf(posts = [aPost(1)], part: Record<string, unknown> = {}) {
  const sums = { byMod: 0, byUser: 0 };
  const choice = { atHand: posts, count: posts.length, selected: posts, activeId: 1, activeIndex: 4, isWhole: false };
  const list = { isTrash: false, isComplete: true, filters: noFilters, view: { layout: "grid" } };
  const models = {
    choice: { ...choice, sums, exported: posts, ...part },
    list: { ...list, ...part },
    changes: { ...changes, hides: new Map(), job: null, ...part },
  };
  const parts = { handle: { current: { isInSight } }, input: { current: null }, onNone: vi.fn(), focusList };
  const bar = renderHook(() => usePostCommands(models as never, parts as never)).result.current;
  const named = (name: string) => listed.all.find((each) => each.name === name || each.label === name);
  return { bar, named, run: (name: string) => named(name)?.run("") };
}
const two = [aPost(1), aPost(2)];
beforeEach(() => {
  vi.resetAllMocks();
  Object.assign(site, { moderates: false, config: { site_url: "https://pixel.test" } });
});

describe("on the posts at hand", () => {
  it.each([
    ["edit", [["edit", two]]],
    ["download", [["download", two]]],
    ["tags", [["edit", two]]],
    ["licence", [["license", two]]],
    ["remove", [["delete", two]]],
  ])("%s asks first", (name, asked) => {
    commandsOf(two).run(name);
    expect(changes.ask.mock.calls).toEqual(asked);
  });

  it.each([
    ["tags", "hashtags"],
    ["licence", "license"],
    ["Warnings, alt text and AI…", "details"],
    ["hide", "hide"],
    ["unhide", "unhide"],
    ["remove", "delete"],
  ])("of a whole filter %s asks what the service is to do: %s", (name, action) => {
    commandsOf(two, { isWhole: true }).run(name);
    expect([changes.ask.mock.calls, changes.start.mock.calls]).toEqual([[["edit", two, { action }]], []]);
    expect(commandsOf(two).named("Warnings, alt text and AI…")).toBeUndefined();
  });

  it.each([
    [false, "hide", [[{ kind: "hide" }, [1, 2]]], []],
    [false, "unhide", [[{ kind: "unhide" }, [1, 2]]], []],
    [true, "hide", [], [["hide", two]]],
    [true, "unhide", [[{ kind: "unhide" }, [1, 2]]], []],
  ])("a moderator (%s) gives a reason to %s, an artist needs none", (moderates, name, started, asked) => {
    Object.assign(site, { moderates });
    commandsOf(two).run(name);
    expect([changes.start.mock.calls, changes.ask.mock.calls]).toEqual([started, asked]);
    expect(focusList).toHaveBeenCalledTimes(started.length);
  });

  it("a title is edited in its place, of one post only", () => {
    const { named, run } = commandsOf([aPost(7)]);
    expect(named("edit")?.label).toBe("Edit title");
    run("edit");
    expect([changes.setEditing.mock.calls, changes.ask.mock.calls]).toEqual([[[{ id: 7, field: "title" }]], []]);
    expect(commandsOf(two).named("edit")?.label).toBe("Edit 2 posts");
  });

  it.each([
    [[], true, true],
    [[], false, false],
    [[aPost(1)], false, true],
  ])("with %j selected and the cursor in sight (%s) a key may delete: %s", (selected, inSight, may) => {
    isInSight.mockReturnValue(inSight);
    commandsOf([aPost(1)], { selected }).run("remove");
    expect([changes.ask.mock.calls.length, ui.info.mock.calls.length]).toEqual(may ? [1, 0] : [0, 1]);
    commandsOf([aPost(1)], { selected: [], activeId: null }).run("remove");
    expect(ui.info).toHaveBeenCalledTimes(may ? 1 : 2);
  });

  it("the link is that of the site, if it has pages", () => {
    commandsOf([aPost(7)]).run("copy");
    expect(ui.copyText.mock.calls).toEqual([["https://pixel.test/p/p7", "Link copied."]]);
    Object.assign(site, { config: { site_url: null } });
    expect(commandsOf().named("copy")).toBeUndefined();
  });

  it.each([
    [{}, false, true],
    [{ answer: "Why?" }, false, false],
    [{}, true, false],
  ])("a moderator's reason %j is answered once, by the artist (moderates: %s): %s", (hide, moderates, can) => {
    Object.assign(site, { moderates });
    const { named } = commandsOf([aPost(1)], { hides: new Map([[1, hide]]) });
    expect(named("answer") !== undefined).toBe(can);
    expect(commandsOf(two, { hides: new Map([[1, hide]]) }).named("answer")).toBeUndefined();
  });
});

describe("what cannot be says why:", () => {
  it.each([
    [false, { byUser: 2, byMod: 0 }, "already hidden", null],
    [false, { byUser: 1, byMod: 1 }, null, null],
    [false, { byUser: 0, byMod: 1 }, null, "a moderator hid it"],
    [false, { byUser: 0, byMod: 0 }, null, "none of them is hidden"],
    [true, { byUser: 0, byMod: 2 }, "already hidden", null],
    [true, { byUser: 1, byMod: 0 }, null, "the artist hid it"],
  ])("moderates (%s), hidden %j: hide %s, unhide %s", (moderates, sums, hide, unhide) => {
    Object.assign(site, { moderates });
    const { named } = commandsOf(two, { sums });
    expect([named("hide")?.disabledReason, named("unhide")?.disabledReason]).toEqual([hide, unhide]);
    const whole = commandsOf(two, { sums, isWhole: true }).named;
    expect([whole("hide")?.disabledReason, whole("unhide")?.disabledReason]).toEqual([null, null]);
  });

  it.each([
    [[], {}, "nothing is selected"],
    [two, { job: {} }, "another change is in progress"],
    [two, {}, null],
  ])("%j with %j: %s", (posts, part, why) => {
    const { named } = commandsOf(posts, part);
    for (const name of ["tags", "licence", "remove", "download"]) expect(named(name)?.disabledReason).toBe(why);
  });

  it("one hidden post, several to replace, and a filter that is still being read", () => {
    expect(commandsOf().named("unhide")?.disabledReason).toBe("it is not hidden");
    const replaces = [[aPost(1)], two].map((posts) => commandsOf(posts).named("Replace the picture…")?.disabledReason);
    expect(replaces).toEqual([null, "choose one post"]);
    const of = (part: object) => commandsOf(two, { isWhole: true, ...part }).named("download")?.disabledReason;
    expect([of({}), of({ isComplete: false })]).toEqual([null, "the posts are still being loaded"]);
    expect(commandsOf(two, { isComplete: false }).named("download")?.disabledReason).toBeNull();
  });
});

describe("series", () => {
  it.each([[[]], [two]])("are for their artist, with %j at hand", (posts) => {
    commandsOf(posts).run("Series…");
    expect(changes.setQuestion.mock.calls).toEqual([[{ about: "series", posts }]]);
    const reasons = [true, false].map(
      (isComplete) => commandsOf(posts, { isComplete }).named("Series…")?.disabledReason,
    );
    expect(reasons).toEqual([null, "the posts are still being loaded"]);
    site.moderates = true;
    expect(commandsOf(posts).named("Series…")).toBeUndefined();
  });
});

describe("the trash", () => {
  it.each([
    [false, [[{ kind: "restore" }, [1, 2]]], []],
    [true, [], [["edit", two, { action: "restore" }]]],
  ])("gives back what is at hand; a whole filter's (%s) by the service", (isWhole, started, asked) => {
    const { run, named } = commandsOf(two, { isTrash: true, isWhole });
    run("Restore 2 posts");
    expect([changes.start.mock.calls, changes.ask.mock.calls, named("remove")]).toEqual([started, asked, undefined]);
    expect(commandsOf([aPost(1)], { isTrash: true }).named("Restore")?.disabledReason).toBeNull();
  });

  it.each([
    [true, [["active"]]],
    [false, []],
  ])("is left (%s) for what only the others have", (isTrash, states) => {
    const filters = { ...noFilters, text: "sea" };
    commandsOf(two, { isTrash, filters }).run("Show visible posts");
    expect(view.setPostState.mock.calls).toEqual(states);
    expect(view.setFilters.mock.calls).toEqual([[{ ...filters, status: "visible" }]]);
  });
});

it("the bar has the usual commands, in its order and short", () => {
  const labels = (part = {}) => commandsOf(two, part).bar.map(({ label }) => label);
  expect(labels()).toEqual(["Download", "Hide", "Licence", "Edit", "Delete"]);
  expect(labels({ isTrash: true })).toEqual(["Restore"]);
});

it.each([
  ["grid", "Show as a table", "table"],
  ["table", "Show as a grid", "grid"],
])("from the %s one goes by %s", (layout, label, to) => {
  commandsOf(two, { view: { layout } }).run(label);
  expect(view.setLayout.mock.calls).toEqual([[to]]);
});

it("Escape clears the filters, if there are any", () => {
  commandsOf();
  expect(listed.onEscape()).toBe(false);
  commandsOf(two, { filters: { ...noFilters, status: "visible" } });
  expect([listed.onEscape(), view.setFilters.mock.calls]).toEqual([true, [[noFilters]]]);
});

it("what is exported is what is listed", () => {
  commandsOf(two).run("Export 2 posts as CSV");
  expect(ui.saveCsv.mock.calls).toEqual([[two]]);
});
