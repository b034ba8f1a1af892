// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { Month, Today } from "./Month";
import type { Calendar } from "./schema";

type Day = Calendar["days"][number];
type Entry = Day["entries"][number];

const dragged = vi.hoisted(() => ({ day: null as string | null }));
vi.mock("./dayDrag", () => ({ useDayDrag: () => undefined, useDraggedDay: () => dragged.day }));
vi.mock("./useQueue", () => ({ WEEKS: 5 }));
vi.mock("../../data/assets/SmallPreview", () => ({
  SmallPreview: ({ asset }: Pictured) => <i data-asset={asset.id} />,
}));
interface Pictured {
  asset: { id: number };
}
afterEach(cleanup);
const onFrom = vi.fn();
const onDay = vi.fn();
beforeEach(() => {
  vi.resetAllMocks();
  dragged.day = null;
});

const MONDAY = "2026-01-26";
const TODAY = "2026-01-28";
const entryOf = (part: Partial<Entry>): Entry => ({
  ...{ draft_id: 1, status: "scheduled", at: `${TODAY}T18:00:00Z`, title: null, asset_id: 9, post_id: null },
  ...{ is_placed_by_hand: false },
  ...part,
});
const dayOf = (part: Partial<Day>): Day => ({
  ...{ day: TODAY, published_count: 0, scheduled_count: 0, failed_count: 0, planned_count: 0 },
  ...{ free_at: [], entries: [] },
  ...part,
});
function show(days: readonly Day[] | null, from = MONDAY, scheduledCount: number | null = 3) {
  const calendar = days && { time_zone: "UTC", days: [...days] };
  render(<Month {...{ calendar, from, scheduledCount, onFrom, onDay }} today={TODAY} weekdays={[1, 2, 3, 4, 5]} />);
  const all = screen.getAllByRole("listitem");
  const cell = (day: string) => all.find(({ dataset }) => dataset["day"] === day) ?? document.body;
  return { all, cell };
}

it.each([
  [MONDAY, "Jan – Mar"],
  ["2026-03-02", "Mar – Apr"],
  ["2027-03-01", "Mar – Apr"],
  ["2026-01-05", "Jan – Feb"],
])("shows five weeks from %s: %s", (from, months) => {
  const { all } = show([], from);
  expect([all.length, all[0]?.dataset["day"]]).toEqual([35, from]);
  expect(screen.getByText(months)).not.toBeNull();
});

it("is looked through by five weeks", () => {
  show([]);
  fireEvent.click(screen.getByRole("button", { name: "Earlier weeks" }));
  fireEvent.click(screen.getByRole("button", { name: "Later weeks" }));
  expect(onFrom.mock.calls).toEqual([["2025-12-22"], ["2026-03-02"]]);
});

it.each([
  [3, "Queue 3 scheduled"],
  [0, "Queue 0 scheduled"],
  [null, "Queue"],
])("says how many are scheduled: %s", (count, words) => {
  show([], MONDAY, count);
  expect(screen.getByRole("heading").textContent.replace("Jan – Mar", "").trim()).toBe(words);
});

it("says of each day what it is: past, today, one of the rule, one that is dragged to", () => {
  dragged.day = "2026-01-30";
  const { cell } = show([]);
  const said = ["2026-01-27", TODAY, "2026-01-30", "2026-02-01"].map((day) => {
    const { past, now, off, on } = cell(day).dataset;
    return [past, now, off, on].map((each) => each === "true");
  });
  expect(said).toEqual([
    [true, false, false, false],
    [false, true, false, false],
    [false, false, false, true],
    [false, false, true, false],
  ]);
  expect(cell("2026-01-30").querySelector("button")?.getAttribute("aria-label")).toBe("Fri 30 Jan");
  expect(document.querySelector(".state-mark, .desk-day-count, .desk-day-free, .desk-day-art")).toBeNull();
  expect([cell("2026-01-31").textContent, cell("2026-02-01").textContent]).toEqual(["31", "1 Feb"]);
});

it.each([
  ["nothing", {}, "Wed 28 Jan", [null, null, false]],
  ["a free time", { free_at: ["18:00"] }, "Wed 28 Jan, free", [null, null, true]],
  ["one scheduled", { scheduled_count: 1, free_at: ["19:00"], entries: [entryOf({})] }, "Wed 28 Jan, 1 post scheduled", [null, null, false]], // prettier-ignore
  ["one published", { published_count: 1 }, "Wed 28 Jan, 1 post published", ["approved", null, false]],
  ["one that failed", { failed_count: 1 }, "Wed 28 Jan, 1 post failed", ["set_aside", null, false]],
  ["two of one kind", { scheduled_count: 2 }, "Wed 28 Jan, 2 posts scheduled", [null, "2", false]],
  ["all kinds", { published_count: 3, scheduled_count: 2, failed_count: 1 }, "Wed 28 Jan, 3 posts published, 2 posts scheduled, 1 post failed", ["set_aside", "6", false]], // prettier-ignore
] as const)("reads out and shows a day with %s", (_what, part, words, [mark, count, isFree]) => {
  const { cell } = show([dayOf(part as Partial<Day>)]);
  const shown = cell(TODAY);
  expect(shown.querySelector("button")?.getAttribute("aria-label")).toBe(words);
  const seen = [shown.querySelector<HTMLElement>(".state-mark")?.dataset["state"] ?? null];
  seen.push(shown.querySelector(".desk-day-count")?.textContent ?? null);
  expect([...seen, shown.querySelector(".desk-day-free") !== null]).toEqual([mark, count, isFree]);
});

it.each([
  ["scheduled", [entryOf({ draft_id: 7 })], "7", "9"],
  ["published, which stays where it is", [entryOf({ status: "published" })], undefined, "9"],
  ["only planned, which is not shown", [entryOf({ status: "draft" })], undefined, null],
  ["planned before a scheduled one", [entryOf({ status: "draft" }), entryOf({ draft_id: 8, asset_id: 5 })], "8", "5"],
  ["without its file", [entryOf({ asset_id: null })], "1", null],
])("shows the first post's picture, to drag it: %s", (_what, entries, id, asset) => {
  const { cell } = show([dayOf({ entries })]);
  expect(cell(TODAY).dataset["id"]).toBe(id);
  expect(cell(TODAY).querySelector<HTMLElement>("[data-asset]")?.dataset["asset"] ?? null).toBe(asset);
});

it("opens a day that is known, and no other", () => {
  const known = dayOf({});
  const { cell } = show([known]);
  for (const day of [TODAY, "2026-01-29"]) fireEvent.click(cell(day).querySelector("button") ?? document.body);
  expect(onDay.mock.calls).toEqual([[known]]);
  cleanup();
  expect(show(null).all).toHaveLength(35);
});

it("lists today's posts with their times in the queue's zone and how they stand", () => {
  const entries = [
    entryOf({ draft_id: 1, status: "published", title: "Sea", at: `${TODAY}T08:05:00Z` }),
    entryOf({ draft_id: 2, status: "failed", title: null, at: `${TODAY}T09:00:00Z` }),
    entryOf({ draft_id: 3, status: "scheduled", title: "Sky", asset_id: null, at: `${TODAY}T17:00:00Z` }),
    entryOf({ draft_id: 4, status: "draft", title: "Planned" }),
  ];
  render(<Today day={dayOf({ entries })} zone="Europe/Berlin" />);
  const rows = screen.getAllByRole("listitem").map((row) => {
    const mark = row.querySelector<HTMLElement>("[role=img]");
    return [row.textContent, mark?.getAttribute("aria-label"), mark?.dataset["state"]];
  });
  expect(rows).toEqual([
    ["09:05Sea", "published", "approved"],
    ["10:00Untitled", "failed", "set_aside"],
    ["18:00Sky", "scheduled", "new"],
  ]);
  expect(screen.getByRole("heading").textContent).toBe("Today, Wed 28 Jan");
});

it.each([
  ["is not loaded", undefined],
  ["has nothing", dayOf({})],
  ["has plans alone", dayOf({ entries: [entryOf({ status: "draft" })] })],
])("says nothing of today where it %s", (_what, day) => {
  render(<Today day={day} zone="UTC" />);
  expect(document.body.textContent).toBe("");
});
