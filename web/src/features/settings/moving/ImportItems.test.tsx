// @vitest-environment happy-dom
import { fireEvent, screen } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";

import type { ImportedItem } from "../../../data/imports/schema";
import { currentPage, go, queryParam } from "../../../platform/address";
import { countOf, importOf } from "../../../testing/imports";
import {
  answer,
  button,
  calls,
  has,
  hit,
  isPressed,
  press,
  refused,
  rows,
  settled,
  show,
  textsOf,
} from "../../../testing/service";
import { ImportItems } from "./ImportItems";

vi.mock("../../../data/config", async () => (await import("../../../testing/config")).asModule);

const ITEMS = "GET /api/pmd/imports/5/items";
const itemOf = (number: number, part: Partial<ImportedItem> = {}): ImportedItem => ({
  ...{ number, kind: "post", title: `Thing ${number}`, outcome: "make", reason: null, state: "planned" },
  ...{ made_kind: null, made_id: null, message: null, item: {} },
  ...part,
});
const list = (...items: ImportedItem[]) => answer({ [ITEMS]: { items, next_cursor: null } });
beforeEach(() => {
  go("settings", { section: "data", import: 5 });
  list();
});
const counts = [
  countOf("file", "make", 2),
  countOf("post", "make", 1200),
  { ...countOf("post", "skip", 1), reason: "no_date" },
];
const open = (part: Parameters<typeof importOf>[0] = {}) =>
  show(<ImportItems of={importOf({ report: { counts }, ...part })} />);

it("lists how many there are for each reason, what matters first", async () => {
  await open({ failed_count: 1300 });
  expect(textsOf(".report-counts li")).toEqual([
    "1,300not made, although they were to be",
    "2new files",
    "1,200new posts",
    "1post left out: without a date",
  ]);
  expect([has("There are none of these."), calls()]).toEqual([true, [`${ITEMS}?limit=100`]]);
});

it("has no line for failures where there are none", async () => {
  await open();
  expect(textsOf(".report-counts li")).toHaveLength(3);
});

it.each([
  [/new posts$/, "post.make", "kind=post&outcome=make"],
  [/without a date$/, "post.skip.no_date", "kind=post&outcome=skip&reason=no_date"],
  [/not made/, "failed", "state=failed"],
])("lists only those of a line that is chosen, and all when it is chosen again: %s", async (line, name, query) => {
  await open({ failed_count: 1 });
  await press(line);
  expect([queryParam("items"), isPressed(line), calls().at(-1)]).toEqual([name, true, `${ITEMS}?${query}&limit=100`]);
  await press(line);
  expect([queryParam("items"), isPressed(line)]).toEqual(["", false]);
});

it("takes what no report has for all", async () => {
  go("settings", { section: "data", import: 5, items: "nonsense" });
  await open();
  expect(calls()).toEqual([`${ITEMS}?limit=100`]);
});

it("says what became of each", async () => {
  list(
    itemOf(1, { title: "", reason: "no_date", outcome: "change" }),
    itemOf(2, { state: "failed", message: "Too large." }),
    itemOf(3, { kind: "lost", outcome: "lose" }),
    itemOf(4, { state: "made", made_kind: "draft", made_id: 9 }),
  );
  await open();
  expect(rows().map((row) => [...row.children].map((cell) => cell.textContent.trim()))).toEqual([
    ["1", "Untitled", "post", "new, with a change: without a date", ""],
    ["2", "Thing 2", "post", "Too large.", ""],
    ["3", "Thing 3", "", "lost", ""],
    ["4", "Thing 4", "draft", "made", "Show Thing 4"],
  ]);
  expect(rows().map((row) => row.children[3]?.className)).toEqual(["muted", "bad", "muted", "muted"]);
});

it.each([
  ["draft", "publish", "", ""],
  ["series", "publish", "", ""],
  ["pack", "packs", "pack", "9"],
  ["post", "posts", "post", "9"],
  ["file", "library", "asset", "9"],
] as const)("leads to the %s that was made", async (made_kind, page, name, value) => {
  list(itemOf(1, { state: "made", made_kind, made_id: 9 }));
  await open();
  fireEvent.click(screen.getByRole("link", { name: "Show Thing 1" }));
  expect([currentPage(), name && queryParam(name)]).toEqual([page, value]);
});

it.each([
  { made_id: null, state: "planned" as const },
  { made_id: 9, state: "undone" as const, made_kind: "post" as const },
  { made_id: 9, state: "made" as const, made_kind: "setting" as const },
])("leads nowhere for %j", async (part) => {
  list(itemOf(1, part));
  await open();
  expect(screen.queryByRole("link")).toBeNull();
});

it("fetches more when asked, once at a time, and moves through them by keys", async () => {
  answer({ [ITEMS]: { items: [itemOf(1)], next_cursor: "2" } });
  await open();
  expect(has("There are none of these.")).toBe(false);
  let go_: (page: object) => void = () => undefined;
  answer({ [`${ITEMS}?limit=100&cursor=2`]: () => new Promise((resolve) => (go_ = resolve)) });
  await press("Show more");
  expect(button("Loading…").disabled).toBe(true);
  go_({ items: [itemOf(2)], next_cursor: null });
  await settled();
  expect([rows().length, has("Show more")]).toEqual([2, false]);
  for (const key of ["j", "j"]) await hit(key);
  expect(document.activeElement).toBe(rows()[1]);
});

it("says why they could not be read, and reads them when asked again", async () => {
  answer({ [ITEMS]: refused("Not now.") });
  await open();
  expect([has("Not now."), has("There are none of these.")]).toEqual([true, false]);
  list(itemOf(1));
  await press("Try again");
  expect([has("Not now."), rows().length]).toEqual([false, 1]);
});

it.each([
  [{ status: "running" as const }, { status: "running" as const, made_count: 4 }, 1],
  [{ status: "running" as const }, { status: "completed" as const }, 2],
  [{}, { made_count: 4 }, 2],
])("is read again once something has become of it: %j, then %j", async (before, after, times) => {
  const of = (part: object) => <ImportItems of={importOf({ stage: "import", ...part })} />;
  const { again } = await show(of(before));
  await again(of(after));
  expect(calls(ITEMS)).toHaveLength(times);
});
