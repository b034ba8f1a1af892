// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Rule } from "../../data/publishing/schema";
import { settled } from "../../testing/settled";
import { Queue } from "./Queue";
import type { DraftCounts } from "./schema";

const mocks = vi.hoisted(() => ({ putRule: vi.fn(), useCalendar: vi.fn(), read: undefined as object | undefined }));
vi.mock("../../data/publishing/rule", () => ({ putRule: mocks.putRule, useRule: () => ({ data: mocks.read }) }));
vi.mock("./api", () => ({ refreshDesk: () => undefined }));
vi.mock("./dayDrag", () => ({ useDayDrop: () => undefined, Carried: () => null }));
vi.mock("./Month", () => ({
  Month: ({ from, scheduledCount, onFrom }: MonthProps) => (
    <button onClick={() => onFrom("2026-03-02")}>{`from ${from}, ${String(scheduledCount)}`}</button>
  ),
  Today: ({ day }: { day: { day: string } | undefined }) => <p>{day ? `Today is ${day.day}` : "Today is unknown"}</p>,
}));
interface MonthProps {
  from: string;
  scheduledCount: number | null;
  onFrom: (from: string) => void;
}
vi.mock("./RulePopover", () => ({ RulePopover: () => <button>Change</button> }));
vi.mock("./useQueue", () => ({
  useCalendar: mocks.useCalendar,
  switchedOn: (rule: Rule) => ({ ...rule, is_on: true, time_zone: "Europe/Berlin" }),
}));

const RULE: Rule = {
  ...{ is_on: true, weekdays: [1, 2, 3, 4, 5], times: ["18:00"], in_turn: "table", time_zone: "UTC" },
  ...{ is_paused: false, ai_opt_out: false },
};
const COUNTS: DraftCounts = {
  ...{ draft_count: 3, ready_count: 3, scheduled_count: 2, failed_count: 0, published_count: 0 },
  ...{ problems: [], scheduled_problems: [] },
};
type Problem = DraftCounts["problems"][number];
const problem = (part: Partial<Problem>): Problem => ({
  ...{ code: "no_title", message: "", is_blocking: true, count: 1, draft_ids: [1], names: ["a.png"] },
  ...part,
});
const onFix = vi.fn();
beforeEach(() => {
  vi.resetAllMocks();
  mocks.useCalendar.mockReturnValue(null);
});
afterEach(cleanup);

function show(part: Partial<Parameters<typeof Queue>[0]> = {}) {
  const props = { tab: "drafts" as const, rule: RULE, today: "2026-01-28", counts: COUNTS, isReadOnly: false, ...part };
  mocks.read = props.rule;
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Queue {...props} {...{ onFix }} onDay={() => undefined} onDrop={() => undefined} />
    </QueryClientProvider>,
  );
}
const changes = () => (mocks.putRule.mock.calls as [{ to: Partial<Rule> }][]).map(([{ to }]) => to);

it("begins with this week's Monday, and goes to other weeks while today stays in sight", () => {
  mocks.useCalendar.mockImplementation((from: string) => (from === "2026-01-26" ? { days: [{ day: "2026-01-28" }] } : null)); // prettier-ignore
  show();
  fireEvent.click(screen.getByRole("button", { name: "from 2026-01-26, 2" }));
  expect(screen.queryByRole("button", { name: "from 2026-03-02, 2" })).not.toBeNull();
  expect(screen.queryByText("Today is 2026-01-28")).not.toBeNull();
});

it.each([
  ["switched off", { is_on: true }, { is_on: false }],
  ["switched on, where this browser is", { is_on: false }, { is_on: true, time_zone: "Europe/Berlin" }],
])("is %s by its tick", async (_what, before, change) => {
  show({ rule: { ...RULE, ...before } });
  const tick = screen.getByRole<HTMLInputElement>("checkbox", { name: /Every weekday at 18:00/ });
  expect(tick.checked).toBe(before.is_on);
  fireEvent.click(tick);
  await settled();
  expect(changes()).toEqual([change]);
});

it.each([
  [{ is_on: true, time_zone: "UTC" }, "Free days are dashed. Times are in UTC."],
  [{ is_on: false, time_zone: "America/New_York" }, "Off: nothing is scheduled by itself. Times are New York time."],
])("says what the rule %j means", (part, words) => {
  show({ rule: { ...RULE, ...part } });
  expect(screen.getByRole("checkbox").closest("label")?.textContent).toContain(words);
});

it("says that it is paused, and goes on", async () => {
  show({ rule: { ...RULE, is_paused: true } });
  expect([screen.queryByText("The queue is paused") !== null, screen.queryByRole("checkbox")]).toEqual([true, null]);
  fireEvent.click(screen.getByRole("button", { name: "Go on" }));
  await settled();
  expect(changes()).toEqual([{ is_paused: false }]);
});

it("is only looked at by others", () => {
  const counts = { ...COUNTS, problems: [problem({})] };
  show({ isReadOnly: true, counts });
  expect(screen.getByRole<HTMLInputElement>("checkbox").disabled).toBe(true);
  expect(["Change", /Write/].map((name) => screen.queryByRole("button", { name }))).toEqual([null, null]);
  cleanup();
  show({ isReadOnly: true, rule: { ...RULE, is_paused: true } });
  expect(screen.queryByRole("button", { name: "Go on" })).toBeNull();
});

const blocking = [problem({ count: 2, names: ["a.png", "b.png"] })];
const advice = [problem({ code: "no_alt_text", is_blocking: false, count: 4, names: ["a.png"] })];
it.each([
  ["drafts", {}, "All 3 are ready", "approved"],
  ["drafts", { draft_count: 1, ready_count: 1 }, "It is ready", "approved"],
  ["drafts", { ready_count: 1, problems: blocking }, "1 of 3 are ready", "new"],
  ["drafts", { problems: advice }, "All 3 are ready", "approved"],
  ["scheduled", { ready_count: 0 }, "All 2 are ready", "approved"],
  ["scheduled", { scheduled_problems: advice }, "All 2 are ready", "approved"],
  ["scheduled", { scheduled_problems: blocking, ready_count: 3 }, "1 of 2 are ready", "new"],
] as const)("says how many %s are ready: %j", (tab, part, words, state) => {
  show({ tab, counts: { ...COUNTS, ...part } });
  const last = screen.getAllByRole("listitem").at(-1);
  expect([
    last?.textContent.includes(words),
    last?.querySelector<HTMLElement>(".state-mark")?.dataset["state"],
  ]).toEqual([...[true, state]]);
});

it("says nothing of drafts where there are none, or they are not counted yet", () => {
  for (const counts of [null, { ...COUNTS, draft_count: 0 }]) {
    show({ counts });
    expect(screen.queryByRole("region", { name: "Before publishing" })).toBeNull();
    cleanup();
  }
});

it("names what is to do, with what helps: advice less loudly, and no help for what is scheduled", () => {
  const problems = [...blocking, ...advice, problem({ code: "file_gone", names: [] })];
  show({ counts: { ...COUNTS, problems } });
  const rows = screen.getAllByRole("listitem").slice(0, -1);
  expect(rows.map((row) => [row.querySelector("strong")?.textContent, row.querySelector("strong")?.className])).toEqual(
    [
      ["2 have no title", "wait"],
      ["4 have no alt text", "muted"],
      ["1 has no file any more", "wait"],
    ],
  );
  expect(rows.map((row) => row.querySelector("bdi")?.textContent)).toEqual(["a.png, b.png", "a.png and 3 more", " and 1 more"]); // prettier-ignore
  for (const row of rows) for (const button of row.querySelectorAll("button")) fireEvent.click(button);
  expect(onFix.mock.calls).toEqual([["no_title"], ["no_alt_text"]]);
  cleanup();
  show({ tab: "scheduled", counts: { ...COUNTS, scheduled_problems: problems } });
  expect(screen.queryByRole("button", { name: /Write/ })).toBeNull();
});
