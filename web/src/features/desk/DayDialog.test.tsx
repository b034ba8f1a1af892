// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Rule } from "../../data/publishing/schema";
import { draftOf } from "../../testing/drafts";
import { settled } from "../../testing/settled";
import { DayDialog } from "./DayDialog";
import type { Draft } from "./schema";

vi.mock("../../platform/address", () => ({ useCloseOnBack: () => undefined }));
vi.mock("../../data/assets/AssetPicture", () => ({ ArtOnMat: () => null }));
const RULE: Rule = {
  ...{ is_on: true, weekdays: [1], times: ["17:30", "20:00"], in_turn: "table", time_zone: "America/New_York" },
  ...{ is_paused: false, ai_opt_out: false },
};
const TODAY = "2026-01-28";
const onSet = vi.fn();
const onClose = vi.fn();
beforeEach(() => {
  vi.resetAllMocks();
  vi.useFakeTimers({ now: new Date("2026-01-28T12:00:00Z"), toFake: ["Date"] });
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function show(drafts: readonly Draft[] = [draftOf({ id: 1 })], rule: Partial<Rule> = {}, planned?: string) {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <DayDialog
        {...{ drafts, rule: { ...RULE, ...rule }, today: TODAY, onSet, onClose }}
        plan={new Map(planned === undefined ? [] : [[1, planned]])}
      />
    </QueryClientProvider>,
  );
}
const field = (label: string) => screen.getByLabelText<HTMLInputElement>(label);
const own = () => screen.getByRole<HTMLInputElement>("radio", { name: "On a day of your own" });
const free = () => screen.getByRole<HTMLInputElement>("radio", { name: /On the next free days/ });
const confirm = () => document.querySelector<HTMLButtonElement>("button[type=submit]") ?? document.createElement("button"); // prettier-ignore
async function submit() {
  fireEvent.submit(confirm());
  await settled();
}

it.each([
  ["One draft", [draftOf({ title: "Sea" })], "Set a day for “Sea”"],
  ["several", [draftOf({ id: 1 }), draftOf({ id: 2 })], "Set a day for 2 drafts"],
  ["none any more", [], "Set a day for 0 drafts"],
])("is about %s", (_what, drafts, title) => {
  show(drafts);
  expect(screen.getByRole("heading").textContent).toBe(title);
});

it.each([
  ["today, at the rule's first time", [draftOf({})], {}, undefined, [TODAY, "17:30", false]],
  ["the day of the plan", [draftOf({})], {}, "2026-02-03T03:00:00Z", ["2026-02-02", "17:30", false]],
  ["a day of one's own where the rule is off", [draftOf({})], { is_on: false }, undefined, [TODAY, "17:30", true]],
  ["six where the rule has no time", [draftOf({})], { times: [] }, undefined, [TODAY, "18:00", false]],
  ["the time that it has, in the queue's zone", [draftOf({ due_at: "2026-03-02T02:15:00Z" })], {}, "2026-02-03T03:00:00Z", ["2026-03-01", "21:15", true]], // prettier-ignore
  ["that of the first", [draftOf({ id: 2 }), draftOf({ due_at: "2026-03-02T02:15:00Z" })], {}, undefined, [TODAY, "17:30", false]], // prettier-ignore
] as [string, Draft[], Partial<Rule>, string | undefined, unknown[]][])(
  "begins with %s",
  (_what, drafts, rule, planned, begun) => {
    show(drafts, rule, planned);
    expect([field("Day").value, field("Time").value, own().checked, free().checked]).toEqual([...begun, !begun[2]]);
    expect([field("Day").min, free().disabled]).toEqual([TODAY, rule.is_on === false]);
  },
);

it.each([
  ["from when on", {}, "2026-02-03T03:00:00Z", "from Mon 2 Feb"],
  ["nothing of a plan that is not there", {}, undefined, undefined],
  ["that the rule is off", { is_on: false }, "2026-02-03T03:00:00Z", "The rule is off."],
])("says of the free days %s", (_what, rule, planned, note) => {
  show([draftOf({})], rule, planned);
  expect(free().closest("label")?.querySelector("small")?.textContent).toBe(note);
});

it("sets the next free days for all of them", async () => {
  show([draftOf({ id: 1 }), draftOf({ id: 5 })]);
  expect(confirm().textContent).toContain("On free days");
  await submit();
  expect([onSet.mock.calls, onClose.mock.calls.length]).toEqual([[[{ draft_ids: [1, 5] }]], 1]);
});

it("sets a day and a time of one's own, on the clocks of the queue", async () => {
  show();
  fireEvent.focus(field("Day"));
  expect([own().checked, confirm().textContent]).toEqual([true, expect.stringContaining("On Wed 28 Jan")]);
  fireEvent.change(field("Day"), { target: { value: "2026-02-01" } });
  fireEvent.change(field("Time"), { target: { value: "09:05" } });
  expect(confirm().textContent).toContain("On Sun 1 Feb");
  await submit();
  expect(onSet.mock.calls).toEqual([[{ draft_ids: [1], at: "2026-02-01T14:05:00.000Z" }]]);
});

it("is about a day of one's own from the moment its time is looked at, or the choice is made", () => {
  show();
  fireEvent.focus(field("Time"));
  expect(own().checked).toBe(true);
  fireEvent.click(free());
  expect(own().checked).toBe(false);
  fireEvent.click(own());
  expect(own().checked).toBe(true);
});

const isPast = () => screen.queryByText("That is over in New York.") !== null;
it.each([
  // It is seven in the morning in New York.
  ["2026-01-28", "06:59", true, true, "On Wed 28 Jan"],
  ["2026-01-28", "07:00", false, false, "On Wed 28 Jan"],
  ["2026-01-27", "17:30", true, true, "On Tue 27 Jan"],
  ["2026-02-01", "", false, true, "On this day"],
  ["", "17:30", false, true, "On this day"],
])("takes %s %s or not", (day, time, isOver, isDisabled, words) => {
  show([draftOf({ due_at: "2026-03-02T02:15:00Z" })]);
  fireEvent.change(field("Time"), { target: { value: time } });
  fireEvent.change(field("Day"), { target: { value: day } });
  expect([isPast(), confirm().disabled, confirm().textContent.trim()]).toEqual([isOver, isDisabled, words]);
});

it("minds no time that is over where the free days are chosen", () => {
  show([draftOf({ due_at: "2026-01-02T02:15:00Z" })]);
  expect([isPast(), confirm().disabled]).toEqual([true, true]);
  fireEvent.click(free());
  expect([isPast(), confirm().disabled]).toEqual([false, false]);
});
