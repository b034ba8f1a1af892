// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";

import { selectionOf } from "../../platform/selection";
import type { WorkItem } from "./schema";
import { WorkRows } from "./WorkRows";

afterEach(cleanup);

const NOW = new Date(2026, 0, 2, 12, 30).getTime();
const item = (part: Partial<WorkItem> = {}): WorkItem => ({
  ...{ kind: "bdr", id: "7", state: "failed", title: "Sprites.zip", user_sqid: "u", handle: "owner" },
  ...{ attempt: 3, fault_count: 1, error_message: null, code: null, next_step: null, request_id: null },
  ...{ created_at: new Date(NOW).toISOString(), at: new Date(NOW).toISOString() },
  ...part,
});
const onPoint = vi.fn();
const onToggle = vi.fn();
function show(items: readonly WorkItem[], activeId: string | null = null, selected: readonly string[] = []) {
  vi.resetAllMocks();
  const selection = selectionOf(selected);
  render(<WorkRows {...{ items, activeId, selection, onPoint, onToggle }} now={NOW} />);
  return screen.getAllByRole("option");
}

it.each([
  ["retry", "retry", "cut"],
  ["address", "fix address", "muted cut"],
  ["user", "owner sends", "muted cut"],
] as const)("says the next step: %s, and shows an operator's own in full strength", (next_step, words, look) => {
  show([item({ next_step })]);
  expect(screen.getByText(words).className).toBe(look);
});

it("says what it is, how it stands, how often it was tried and when", () => {
  const [fine, failed] = show([item({ state: "ended" }), item({ kind: "odd", id: "8", error_message: "Disk full" })]);
  expect(fine?.textContent).toBe("DownloadSprites.zipended312:30");
  expect(failed?.textContent).toBe("oddSprites.zipDisk full312:30");
  expect(within(failed ?? document.body).getByText("Disk full").dataset["tone"]).toBe("error");
  expect(screen.getByText("ended").dataset["tone"]).toBeUndefined();
});

it("reads out the row that keys apply to, and those that are selected", () => {
  const scrolled = vi.spyOn(Element.prototype, "scrollIntoView");
  const rows = show([item(), item({ id: "8" }), item({ kind: "task" })], "bdr 8", ["bdr 7", "task 7"]);
  const list = screen.getByRole("listbox", { name: "Work" });
  expect(list.getAttribute("aria-activedescendant")).toBe(rows[1]?.id);
  expect([list.tabIndex, list.getAttribute("aria-multiselectable")]).toEqual([0, "true"]);
  expect(rows.map((row) => row.getAttribute("aria-selected"))).toEqual(["true", "false", "true"]);
  expect(rows.map((row) => row.dataset["active"])).toEqual(["false", "true", "false"]);
  expect(new Set(rows.map(({ id }) => id)).size).toBe(3);
  expect(scrolled.mock.contexts).toEqual([rows[1]]);
  scrolled.mockRestore();
  cleanup();
  show([item()]);
  expect(screen.getByRole("listbox").hasAttribute("aria-activedescendant")).toBe(false);
});

it("is pointed at by a click, and selected by its box alone", () => {
  show([item()]);
  fireEvent.click(screen.getByText("Sprites.zip"));
  expect([onPoint.mock.calls, onToggle.mock.calls]).toEqual([[["bdr 7"]], []]);
  fireEvent.click(document.querySelector(".ops-box") ?? document.body);
  expect([onPoint.mock.calls.length, onToggle.mock.calls]).toEqual([1, [["bdr 7"]]]);
});
