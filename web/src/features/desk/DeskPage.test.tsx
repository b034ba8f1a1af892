// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Command } from "../../commands/commands";
import { usualRule } from "../../data/publishing/rule";
import { MEDIA } from "../../platform/media";
import { draftOf } from "../../testing/drafts";
import DeskPage from "./DeskPage";
import type { Draft } from "./schema";
import type { Entry } from "./sheet";
import type { Tab } from "./useDrafts";

/** What a part of the page was given; most of it is functions. */
type Props = Record<string, (...given: unknown[]) => unknown>;
const is = vi.hoisted(() => ({
  tab: "drafts",
  moderating: false,
  phone: false,
  known: true,
  rule: {},
  ready: 0,
  scheduling: false,
}));
const read = vi.hoisted(() => ({
  rows: [] as object[],
  isLoading: false,
  error: null as Error | null,
  retry: vi.fn(),
}));
const drawn = vi.hoisted((): Record<string, Props> => ({}));
const keys = vi.hoisted((): { given: Props } => ({ given: {} }));
const does = vi.hoisted(() => ({
  ...{ go: vi.fn(), setParameters: vi.fn(), success: vi.fn(), info: vi.fn(), edit: vi.fn(), saveRule: vi.fn() },
  ...{ schedule: vi.fn(), writeTexts: vi.fn(), fill: vi.fn(), setWarnings: vi.fn(), undo: vi.fn() },
  offersOf: vi.fn<(given: { disabledReason: string | null; targets: number[]; isRuled: boolean }) => Command[]>(),
}));
/** A part of the page that says what it was given. */
const part = vi.hoisted(() => (name: string) => ({
  [name]: (props: Props) => {
    drawn[name] = props;
    return <div data-part={name}>{props["actions"] as never}</div>;
  },
}));
vi.mock("../../commands/SelectionBar", () => part("SelectionBar"));
vi.mock("../../commands/StatusBar", () => ({ StatusText: ({ children }: { children: string }) => <p data-testid="status">{children}</p> })); // prettier-ignore
vi.mock("../../data/config", () => ({ config: { subject: { handle: "artist" } }, get moderates() { return is.moderating; } })); // prettier-ignore
vi.mock("../../data/client", () => ({ apiUrl: (url: string) => url }));
vi.mock("../../data/publishing/rule", () => ({
  usualRule: { is_on: false, time_zone: "UTC", is_paused: false },
  useRule: () => ({ data: is.known ? is.rule : undefined }),
}));
vi.mock("../../platform/address", () => ({ go: does.go, setParameters: does.setParameters, useParameters: () => ({ tab: is.tab }) })); // prettier-ignore
vi.mock("../../ui/Lazy", () => ({ LazyDialog: ({ children }: { children: object }) => children }));
vi.mock("../../ui/toast", () => ({ toast: { success: does.success, info: does.info } }));
vi.mock("../../ui/useMediaQuery", () => ({ useMediaQuery: (query: string) => is.phone && query === MEDIA.narrow }));
vi.mock("./AddFiles", () => part("AddFiles"));
vi.mock("./ColumnsMenu", () => ({ useColumns: () => ({ shown: ["picture", "title", "content_warnings", "when"], onShow: () => undefined }) })); // prettier-ignore
vi.mock("./ConflictDialog", () => part("ConflictDialog"));
vi.mock("./DayDialog", () => part("DayDialog"));
vi.mock("./DeskBar", () => part("DeskBar"));
vi.mock("./DeskGrid", () => part("DeskGrid"));
vi.mock("./DeskPhone", () => part("DeskPhone"));
vi.mock("./DeskStates", () => ({ ...part("Nothing"), ...part("PublishedFoot") }));
vi.mock("./offers", () => ({ offersOf: does.offersOf }));
vi.mock("./PatternBar", () => part("PatternBar"));
vi.mock("./Queue", () => ({ ...part("Queue"), useRuleWrite: () => ({ isBusy: false, save: does.saveRule }) }));
vi.mock("./SavedNote", () => ({ SavedNote: () => null }));
vi.mock("./SheetDialog", () => part("SheetDialog"));
vi.mock("./useDeskKeys", () => ({ useDeskKeys: (given: Props) => (keys.given = given) }));
vi.mock("./useDrafts", () => ({
  desk: { edit: does.edit },
  refreshDrafts: () => undefined,
  useDrafts: () => ({ ...read, sheet: new Map((read.rows as Entry[]).map((entry) => [entry.shown.id, entry])) }),
}));
vi.mock("./useQueue", () => ({
  ...{ useCounts: () => null, useNames: () => ({ licences: [], series: [] }) },
  usePlan: () => ({ days: new Map(), readyCount: is.ready }),
  useToday: () => ({ day: "2026-01-28", since: "2026-01-28T00:00:00Z" }),
}));
vi.mock("./useScheduling", () => ({
  useScheduling: () => ({ isBusy: is.scheduling, schedule: does.schedule }),
}));
vi.mock("./useWriting", () => ({
  useWriting: () => ({ writeTexts: does.writeTexts, fill: does.fill, setWarnings: does.setWarnings, undo: does.undo }),
}));
vi.mock("./WarningMenu", () => part("WarningMenu"));

beforeEach(() => {
  vi.clearAllMocks();
  does.offersOf.mockReturnValue([]);
  Object.assign(is, { tab: "drafts", moderating: false, phone: false, known: true, rule: { ...usualRule, is_on: true }, ready: 0, scheduling: false }); // prettier-ignore
  Object.assign(read, { rows: [], isLoading: false, error: null });
  for (const name of Object.keys(drawn)) delete drawn[name]; // eslint-disable-line @typescript-eslint/no-dynamic-delete
});
afterEach(cleanup);

const DRAFTS = [1, 2, 3].map((id) => draftOf({ id, title: `Draft ${id}`, content_warnings: ["Blood", `W${id}`] }));
function show(drafts: readonly Draft[] = DRAFTS, theirs: Entry["theirs"] = {}) {
  read.rows = drafts.map((shown) => ({ shown, served: shown, edits: {}, theirs }));
  const { rerender } = render(<DeskPage />);
  return () => rerender(<DeskPage />);
}
const there = () => [...document.querySelectorAll<HTMLElement>("[data-part]")].map(({ dataset }) => dataset["part"]);
const of = (name: string): Props => drawn[name] ?? {};
type Grid = Record<"cursor" | "editing" | "box", unknown> & { goTo: (cell: object) => void; select: (range: object) => void }; // prettier-ignore
const grid = () => of("DeskGrid")["grid"] as unknown as Grid;
const at = (id: number, column: string) => act(() => grid().goTo({ id, column }));
const to = (id: number) => act(() => grid().select({ anchor: { id: 1, column: "title" }, cursor: { id, column: "title" } })); // prettier-ignore
const pick = (id: number, isRange = false) => act(() => void of("DeskGrid")["onPick"]?.(id, isRange));
const open = () => {
  let answer: unknown;
  act(() => {
    answer = keys.given["onOpen"]?.();
  });
  return answer;
};
const selected = () => [...(of("DeskGrid")["selection"] as unknown as { ids: Iterable<number> }).ids];
const offered = () => does.offersOf.mock.lastCall?.[0];

it.each([
  ["its drafts", {}, DRAFTS, ["DeskBar", "DeskGrid", "SelectionBar", "Queue"]],
  ["that there are none", {}, [], ["DeskBar", "Nothing", "SelectionBar", "Queue"]],
  ["them on a phone", { phone: true }, DRAFTS, ["DeskBar", "DeskPhone", "SelectionBar"]],
  ["what went out, with its foot", { tab: "published" }, DRAFTS, ["DeskBar", "DeskGrid", "PublishedFoot", "SelectionBar", "Queue"]], // prettier-ignore
  ["no foot below nothing", { tab: "published" }, [], ["DeskBar", "Nothing", "SelectionBar", "Queue"]],
])("shows %s", (_what, now, drafts, parts) => {
  Object.assign(is, now);
  show(drafts);
  expect(there()).toEqual(parts);
});

it("says why its drafts could not be read, and reads them again", () => {
  read.error = new Error("Away.");
  show([]);
  fireEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect([screen.queryByText("Away.") !== null, read.retry.mock.calls.length]).toEqual([true, 1]);
});

it.each([
  ["drafts", false, 3, "3 drafts"],
  ["drafts", false, 1, "1 draft"],
  ["scheduled", false, 2, "2 scheduled"],
  ["published", false, 2, "2 published today"],
  ["drafts", true, 0, "…"],
  ["drafts", true, 1, "1 draft"],
] as const)("counts what %s has (loading: %s): %i", (tab, isLoading, count, words) => {
  Object.assign(is, { tab });
  read.isLoading = isLoading;
  show(DRAFTS.slice(0, count));
  expect(screen.getByTestId("status").textContent).toBe(words);
});

it.each([
  ["drafts", false, "Drafts", false],
  ["scheduled", false, "Scheduled posts", false],
  ["published", false, "Published today", true],
  ["drafts", true, "Drafts of @artist", true],
] as const)("calls the table of %s by its name (moderates: %s): %s", (tab, moderating, label, isReadOnly) => {
  Object.assign(is, { tab, moderating });
  show();
  const { label: said, isReadOnly: readOnly, isPublished } = of("DeskGrid") as Record<string, unknown>;
  expect([said, readOnly, isPublished]).toEqual([label, isReadOnly, tab === "published"]);
});

const button = (name: string | RegExp) => screen.queryByRole<HTMLButtonElement>("button", { name });
it.each([
  [0, null],
  [1, "Schedule the one that is ready"],
  [4, "Schedule 4 that are ready"],
])("schedules what is ready: %i", (ready, name) => {
  is.ready = ready;
  show();
  const found = button(/^Schedule/);
  expect(found?.textContent.trim() ?? null).toBe(name);
  found?.click();
  expect(does.schedule.mock.calls).toEqual(name === null ? [] : [[{}]]);
});

it.each([
  ["another tab", { tab: "scheduled" }],
  ["somebody else's desk", { moderating: true }],
])("does not offer it on %s", (_where, now) => {
  Object.assign(is, { ready: 2, ...now });
  show();
  expect(button(/^Schedule/)).toBeNull();
});

it("waits for the rule, and asks for it first where it is off", () => {
  Object.assign(is, { ready: 2, known: false });
  const again = show();
  expect(button(/^Schedule/)?.disabled).toBe(true);
  Object.assign(is, { known: true, rule: usualRule });
  again();
  const change = document.createElement("button");
  change.className = "desk-change";
  const opened = vi.fn();
  change.onclick = opened;
  document.body.append(change);
  button(/^Schedule/)?.click();
  change.remove();
  expect([does.schedule.mock.calls, opened.mock.calls.length, does.info.mock.calls]).toEqual([
    ...[[], 1, [["Say first when posts go out."]]],
  ]);
});

it.each([
  ["scheduled", {}, true],
  ["drafts", {}, false],
  ["scheduled", { moderating: true }, false],
  ["scheduled", { known: false }, false],
  ["scheduled", { rule: { ...usualRule, is_paused: true } }, false],
])("offers on %s to pause the queue: %j", (tab, now, isOffered) => {
  Object.assign(is, { tab, ...now });
  show();
  const pause = button("Pause the queue");
  pause?.click();
  expect([pause !== null, does.saveRule.mock.calls]).toEqual([isOffered, isOffered ? [[{ is_paused: true }]] : []]);
});

it("picks single drafts, ranges and all, and lets them go on another tab", () => {
  const again = show();
  pick(1);
  pick(3, true);
  expect([selected(), offered()?.targets, of("SelectionBar")["count"]]).toEqual([[1, 2, 3], [1, 2, 3], 3]);
  pick(2);
  expect([selected().sort(), (of("DeskGrid")["draggedFrom"] as (id: number) => number[])(1), (of("DeskGrid")["draggedFrom"] as (id: number) => number[])(2)]).toEqual([[1, 3], [1, 3], [2]]); // prettier-ignore
  act(() => void of("DeskGrid")["onAll"]?.());
  expect(selected()).toEqual([1, 2, 3]);
  act(() => void of("DeskGrid")["onAll"]?.());
  expect(selected()).toEqual([]);
  pick(2);
  is.tab = "scheduled";
  again();
  expect(selected()).toEqual([]);
});

it("forgets what is selected and no longer there", () => {
  const again = show();
  pick(1);
  pick(2);
  read.rows = read.rows.slice(1);
  again();
  expect([selected(), offered()?.targets]).toEqual([[2], [2]]);
});

it.each([
  ["the range where nothing is selected", {}, [1, 2], null],
  ["what only its artist changes", { moderating: true }, [1, 2], "only their artist changes drafts"],
  ["what is just being scheduled", { scheduling: true }, [1, 2], "another change is in progress"],
  ["what is published", { tab: "published" }, [1, 2], "it is published: change the post"],
])("offers what can be done with %s", (_what, now, targets, why) => {
  Object.assign(is, now);
  show();
  to(2);
  expect([offered()?.targets, offered()?.disabledReason, offered()?.isRuled]).toEqual([targets, why, true]);
});

it("offers nothing without drafts, and says so", () => {
  show([]);
  expect([offered()?.targets, offered()?.disabledReason]).toEqual([[], "no draft is selected"]);
});

it.each([
  ["title", { id: 2, column: "title", text: null }, null],
  ["content_warnings", null, "WarningMenu"],
  ["when", null, "DayDialog"],
] as const)("opens a cell of %s by what changes it", (column, editing, dialog) => {
  show();
  at(2, column);
  expect([open(), grid().editing, dialog === null || there().includes(dialog)]).toEqual([true, editing, true]);
  if (dialog === "DayDialog") expect((of(dialog)["drafts"] as unknown as Draft[]).map(({ id }) => id)).toEqual([2]);
});

it.each([true, false])("asks for a day only in the rule's zone: known %s", (isKnown) => {
  is.known = isKnown;
  show();
  at(2, "when");
  open();
  expect(there().includes("DayDialog")).toBe(isKnown);
});

it("opens no picture, and nothing that is only looked at", () => {
  show();
  at(2, "picture");
  expect(open()).toBe(false);
  cleanup();
  is.moderating = true;
  show();
  at(2, "title");
  expect([open(), grid().editing]).toEqual([false, null]);
  cleanup();
  is.moderating = false;
  show([]);
  expect(open()).toBe(false);
});

it("shows first what others have written in the cell", () => {
  show(DRAFTS, { title: "Theirs" });
  at(2, "title");
  expect([open(), grid().editing, of("ConflictDialog")]).toMatchObject([true, null, { id: 2, field: "title" }]);
});

it("opens the post of what is published, where posts are", () => {
  is.tab = "published";
  const post = { id: 77, public_sqid: "p" } as Draft["post"];
  show([draftOf({ id: 1, post }), draftOf({ id: 2 })]);
  at(1, "title");
  expect([
    open(),
    (does.go.mock.calls as [string, { post: number }][]).map(([page, { post: id }]) => [page, id]),
  ]).toEqual([...[true, [["posts", 77]]]]);
  at(2, "title");
  open();
  expect([does.info.mock.calls, does.go.mock.calls.length]).toEqual([[["This post is no longer there."]], 1]);
});

it.each([
  ["theirs", "title", "ConflictDialog", null],
  ["no_alt_text", "title", null, { id: 2, column: "title", text: null }],
] as const)("does by a press what the note %s offers", (name, column, dialog, editing) => {
  show();
  act(() => void of("DeskGrid")["onAct"]?.(2, column, name));
  expect([dialog === null || there().includes(dialog), grid().editing]).toEqual([true, editing]);
});

const PLACE = { code: "discloses_place", message: "", is_blocking: true } as const;
it("removes places, of one by a press and of all by the queue, and says so", () => {
  show([draftOf({ id: 1, problems: [PLACE] }), draftOf({ id: 2 }), draftOf({ id: 3, problems: [PLACE] })]);
  act(() => void of("DeskGrid")["onAct"]?.(1, "title", "discloses_place"));
  act(() => void of("Queue")["onFix"]?.("discloses_place"));
  expect((does.edit.mock.calls as [Map<number, object>][]).map(([edits]) => [...edits])).toEqual([
    [[1, { marks: "strip" }]],
    [[1, { marks: "strip" }], [3, { marks: "strip" }]], // prettier-ignore
  ]);
  expect(does.success.mock.calls).toEqual([["1 post will not tell where it was made."], ["2 posts will not tell where they were made."]]); // prettier-ignore
});

it("goes from the queue to the first cell that needs something", () => {
  const problem = { ...PLACE, code: "no_alt_text" } as const;
  show([draftOf({ id: 1 }), draftOf({ id: 2, problems: [problem] }), draftOf({ id: 3, problems: [problem] })]);
  act(() => void of("Queue")["onFix"]?.("no_title"));
  expect(grid().editing).toBeNull();
  act(() => void of("Queue")["onFix"]?.("no_alt_text"));
  expect(grid().editing).toEqual({ id: 2, column: "alt_text", text: null });
});

it.each([
  ["down", [1, "title"], { id: 2, column: "title" }],
  ["next", [1, "title"], { id: 1, column: "content_warnings" }],
  ["next", [1, "when"], { id: 2, column: "picture" }],
  ["previous", [2, "picture"], { id: 1, column: "when" }],
  ["previous", [1, "picture"], { id: 1, column: "picture" }],
  ["next", [3, "when"], { id: 3, column: "when" }],
  ["stay", [1, "title"], { id: 1, column: "title" }],
] as const)("goes %s from the cell that was edited", (leave, [id, column], cursor) => {
  show();
  at(id, column);
  act(() => void of("DeskGrid")["onEnd"]?.(id, column, null, leave));
  expect([grid().cursor, does.writeTexts.mock.calls]).toEqual([cursor, []]);
});

it("writes what was typed in a cell", () => {
  show();
  act(() => void of("DeskGrid")["onEnd"]?.(2, "title", "New", "stay", "Old"));
  expect(does.writeTexts.mock.calls).toEqual([[[{ id: 2, field: "title", text: "New", seen: "Old" }]]]);
});

it("fills the range by its handle, and drops drafts on a day", () => {
  show();
  to(2);
  act(() => void of("DeskGrid")["onFill"]?.(0, 2));
  act(() => void of("Queue")["onDrop"]?.([1, 2], "2026-02-01"));
  expect([does.fill.mock.calls, does.schedule.mock.calls]).toEqual([
    ...[[[grid().box, { top: 0, bottom: 2 }]], [[{ draft_ids: [1, 2], day: "2026-02-01" }]]],
  ]);
});

it.each([
  ["published", "published"],
  ["scheduled", "scheduled"],
  [undefined, "scheduled"],
])("opens a day of the queue where its posts are: %s", (status, tab) => {
  show();
  act(() => void of("Queue")["onDay"]?.({ entries: status ? [{ status }] : [] }));
  expect(does.setParameters.mock.calls).toEqual([["publish", { tab: tab as Tab }, "tab"]]);
});

it("goes to the first cell of what was undone, where it is still there", () => {
  show();
  const undo = (cells: object[] | null) => {
    does.undo.mockReturnValueOnce(cells);
    act(() => void keys.given["undo"]?.(true));
    return grid().cursor;
  };
  expect(undo([{ id: 3, field: "title" }, { id: 1, field: "title" }])).toEqual({ id: 3, column: "title" }); // prettier-ignore
  expect([undo([{ id: 9, field: "title" }]), undo(null)]).toEqual([{ id: 3, column: "title" }, { id: 3, column: "title" }]); // prettier-ignore
  expect(does.undo.mock.calls).toEqual([[true], [true], [true]]);
});

it("fills a pattern into the cursor's column of the range or of what is selected", () => {
  show();
  to(2);
  act(() => void keys.given["onPattern"]?.());
  expect([there().includes("PatternBar"), there().includes("SelectionBar"), of("PatternBar")]).toMatchObject([
    ...[true, false, { label: "Title", count: 2 }],
  ]);
  act(() => void of("PatternBar")["onChange"]?.("Sea {n}"));
  act(() => void of("PatternBar")["onFill"]?.());
  expect(does.writeTexts.mock.calls).toEqual([[[{ id: 1, field: "title", text: "Sea 1" }, { id: 2, field: "title", text: "Sea 2" }]]]); // prettier-ignore
  expect(there().includes("PatternBar")).toBe(false);
  pick(3);
  act(() => void keys.given["onPattern"]?.());
  expect(of("PatternBar")["count"]).toBe(1);
  act(() => void of("PatternBar")["onClose"]?.());
  expect([there().includes("PatternBar"), does.writeTexts.mock.calls.length]).toEqual([false, 1]);
});

it.each([
  [[2], "Draft 2", ["Blood", "W2"]],
  [[1, 2], "2 drafts", ["Blood"]],
])("warns of %j together, by what all have", (ids, title, chosen) => {
  show();
  at(2, "title");
  for (const id of ids) pick(id);
  act(() => void keys.given["onWarn"]?.());
  expect(of("WarningMenu")).toMatchObject({ title, chosen, beside: "draft-2-content_warnings" });
  act(() => void of("WarningMenu")["onChange"]?.("Spiders", true));
  expect(does.setWarnings.mock.calls).toEqual([[ids, "Spiders", true]]);
  act(() => void of("WarningMenu")["onClose"]?.());
  expect(there().includes("WarningMenu")).toBe(false);
});

it("asks for files, for a sheet, and for a day; a draft's on a phone", () => {
  show();
  act(() => void of("DeskBar")["onAsk"]?.("add"));
  expect(there()).toContain("AddFiles");
  act(() => void of("AddFiles")["onClose"]?.());
  act(() => void keys.given["onAsk"]?.("sheet"));
  expect([there().includes("AddFiles"), there().includes("SheetDialog")]).toEqual([false, true]);
  cleanup();
  is.phone = true;
  show();
  act(() => void of("DeskPhone")["onDay"]?.(3));
  act(() => void of("DeskPhone")["onSchedule"]?.(2));
  act(() => void of("DeskPhone")["onStrip"]?.(1));
  act(() => void of("DayDialog")["onSet"]?.({ day: "x" }));
  expect((of("DayDialog")["drafts"] as unknown as Draft[]).map(({ id }) => id)).toEqual([3]);
  expect([does.schedule.mock.calls, does.edit.mock.calls.length]).toEqual([[[{ draft_ids: [2] }], [{ day: "x" }]], 1]);
});
