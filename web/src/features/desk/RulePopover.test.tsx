// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Rule } from "../../data/publishing/schema";
import { settled } from "../../testing/settled";
import { type Edit, StaleError } from "../../ui/edits";
import { RulePopover } from "./RulePopover";

const does = vi.hoisted(() => ({ putRule: vi.fn<(edit: Edit<Rule>) => Promise<void>>(), tryRule: vi.fn(), refreshDesk: vi.fn() })); // prettier-ignore
const toast = vi.hoisted(() => ({ error: vi.fn() }));
vi.mock("../../data/publishing/rule", () => ({ DESK: ["desk"], putRule: does.putRule }));
vi.mock("./api", () => ({ refreshDesk: does.refreshDesk, tryRule: does.tryRule }));
vi.mock("./useQueue", () => ({ switchedOn: (rule: Rule) => ({ ...rule, is_on: true }) }));
vi.mock("../../ui/toast", () => ({ toast }));

const RULE: Rule = {
  ...{ is_on: true, weekdays: [1, 3], times: ["18:00"], in_turn: "table", time_zone: "Europe/Berlin" },
  ...{ is_paused: false, ai_opt_out: false },
};
const hide = vi.fn();
const PLAN = { ready_count: 9, first_at: "2026-01-05T23:30:00Z", last_at: "2026-01-09T12:00:00Z", drafts: [] };
beforeEach(() => {
  vi.resetAllMocks();
  does.putRule.mockResolvedValue();
  does.tryRule.mockResolvedValue(PLAN);
  HTMLElement.prototype.hidePopover = hide;
});
afterEach(cleanup);
async function show(part: Partial<Rule> = {}) {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <RulePopover rule={{ ...RULE, ...part }} />
    </QueryClientProvider>,
  );
  const panel = document.querySelector("[popover]") ?? document.body;
  fireEvent(panel, Object.assign(new Event("beforetoggle"), { newState: "open" }));
  await settled();
}
const press = (name: string | RegExp) => fireEvent.click(screen.getByRole("button", { name }));
const times = () => [...document.querySelectorAll<HTMLInputElement>("input[type=time]")];
const confirm = () => screen.getByRole<HTMLButtonElement>("button", { name: "Use this" });
async function saved() {
  fireEvent.submit(confirm());
  await settled();
  return does.putRule.mock.lastCall?.[0].to;
}
const pressed = () => [...document.querySelectorAll("[aria-pressed=true]")].map((each) => each.textContent);
const tried = () => (does.tryRule.mock.lastCall as [Rule] | undefined)?.[0];
const outlook = () => [...document.querySelectorAll("form > p.muted")].map((each) => each.textContent)[0];

it("shows the rule as it is, and what it does", async () => {
  await show();
  expect([pressed(), times().map(({ value }) => value), screen.getByRole<HTMLSelectElement>("combobox").value]).toEqual(
    [...[["Mon", "Wed", "As in the table"], ["18:00"], "Europe/Berlin"]],
  );
  expect(outlook()).toBe(
    "The 9 drafts that are ready go out from Tue 6 Jan to Fri 9 Jan. Posts you put on a day yourself stay there.",
  );
});

it.each([
  ["one that is ready", { ...PLAN, ready_count: 1 }, "The draft that is ready goes out on Tue 6 Jan."],
  ["none", { ...PLAN, ready_count: 0, first_at: null, last_at: null }, "No draft is ready yet."],
  ["an end that is not known", { ...PLAN, last_at: null }, "No draft is ready yet."],
])("says what it would do with %s", async (_what, plan, words) => {
  does.tryRule.mockResolvedValue(plan);
  await show();
  expect(outlook()).toBe(`${words} Posts you put on a day yourself stay there.`);
});

it("takes days out and in, in their order, and tries each rule", async () => {
  await show();
  press("Tue");
  press("Mon");
  await settled();
  expect([pressed(), tried()?.weekdays]).toEqual([
    ["Tue", "Wed", "As in the table"],
    [2, 3],
  ]);
  expect(await saved()).toEqual({ weekdays: [2, 3] });
  expect([hide.mock.calls.length, does.refreshDesk.mock.calls.length]).toEqual([1, 1]);
});

it("adds, changes and leaves out times, and saves each once and in order", async () => {
  await show();
  expect(screen.queryByRole("button", { name: /^Leave out/ })).toBeNull();
  press("Another time");
  press("Another time");
  fireEvent.change(times()[1] ?? document.body, { target: { value: "09:00" } });
  expect(times().map(({ value }) => value)).toEqual(["18:00", "09:00", "12:00"]);
  press("Leave out 12:00");
  press("Another time");
  fireEvent.change(times()[2] ?? document.body, { target: { value: "18:00" } });
  expect(await saved()).toEqual({ times: ["09:00", "18:00"] });
});

it.each([
  [23, true],
  [24, false],
])("takes another time beside %i: %s", async (count, isOffered) => {
  await show({ times: Array.from({ length: count }, (_, hour) => `${String(hour).padStart(2, "0")}:00`) });
  expect(screen.queryByRole("button", { name: "Another time" }) !== null).toBe(isOffered);
});

it("needs a day and a time", async () => {
  await show({ weekdays: [1] });
  const needs = () => [confirm().disabled, screen.queryByText("It needs a day and a time.") !== null];
  expect(needs()).toEqual([false, false]);
  press("Mon");
  expect([needs(), outlook()]).toEqual([[true, true], undefined]);
  press("Mon");
  fireEvent.change(times()[0] ?? document.body, { target: { value: "" } });
  expect(needs()).toEqual([true, true]);
  cleanup();
  await show({ times: [] });
  expect(needs()).toEqual([true, true]);
});

it("changes the order and the zone, by whose name there are as many as the browser knows", async () => {
  await show();
  press("Series in turn");
  const zone = screen.getByRole<HTMLSelectElement>("combobox");
  const names = [...zone.options].map(({ value }) => value);
  expect([names.includes("UTC"), new Set(names).size === names.length, [...names].sort()]).toEqual([true, true, names]);
  expect(zone.selectedOptions[0]?.text).toBe("Berlin");
  fireEvent.change(zone, { target: { value: "America/New_York" } });
  expect(await saved()).toEqual({ in_turn: "series", time_zone: "America/New_York" });
});

it("switches a rule on by using it", async () => {
  await show({ is_on: false });
  expect(await saved()).toEqual({ is_on: true });
});

it("is left as it was by Cancel", async () => {
  await show();
  press("Tue");
  press(/^Cancel/);
  expect([hide.mock.calls.length, does.putRule.mock.calls]).toEqual([1, []]);
});

it("shows what others have changed meanwhile, and stays open", async () => {
  const now = { ...RULE, weekdays: [6, 7], times: ["07:00", "08:00"], in_turn: "series", time_zone: "America/New_York", is_on: false }; // prettier-ignore
  does.putRule.mockRejectedValue(new StaleError(now, ["weekdays", "times", "in_turn", "time_zone", "is_on"]));
  await show();
  press("Tue");
  await saved();
  const theirs = [...document.querySelectorAll(".theirs > li")].map((item) => item.textContent);
  expect(hide).not.toHaveBeenCalled();
  for (const [index, words] of ["Sat, Sun", "07:00, 08:00", "Series in turn", "New York", "Off"].entries()) expect(theirs[index]).toContain(words); // prettier-ignore
  for (const [index, label] of ["Days", "At", "Order", "Time", "Schedule"].entries()) expect(theirs[index]).toContain(label); // prettier-ignore
});
