import { describe, expect, it, vi } from "vitest";

import { actionsOf } from "./actions";
import type { OperatorAct, WorkItem } from "./schema";
import { blameOf, formatCounted, formatTook, formatWhen, kindOf, kindsOf, saidOf, stepOf } from "./words";

it.each([
  ["bdr", "Download", "Downloads"],
  ["unheard", "unheard", "unheard"],
])("work of the kind %s is called %s and %s", (name, one, many) => {
  expect([kindOf(name), kindsOf(name)]).toEqual([one, many]);
});

it.each([
  ["user", "fay", "failed", "fay sends", "The user's file or request is at fault, not the service."],
  ["user", null, "failed", "its owner sends", "The user's file or request is at fault, not the service."],
  ["address", null, "failed", "fix address", "The webhook address is at fault, not the service."],
  ["retry", null, "failed", "retry", "The service is at fault, or an operator stopped it. A retry can help."],
  [null, null, "failed", "", "The service is at fault, or an operator stopped it. A retry can help."],
  ["user", "fay", "running", "fay sends", null],
])("with the next step %s of %s, %s: %s", (next_step, handle, state, step, blame) => {
  const item = { next_step, handle, state } as WorkItem;
  expect([stepOf(item), blameOf(item)]).toEqual([step, blame]);
});

it.each([
  [{ actor: "boss", via: "console", action: "retry", outcome: "done" }, "boss retried this"],
  [{ actor: null, via: "command", action: "look", outcome: null }, "the command line viewed this: ordered"],
  [{ actor: null, via: "console", action: "pause", outcome: "too late" }, "an owner paused this kind: too late"],
])("%j is told as: %s", (act, said) => {
  expect(saidOf(act as OperatorAct)).toBe(said);
});

it.each([
  [0, "0 ms"],
  [0.0216, "22 ms"],
  [0.9994, "999 ms"],
  [1, "1.0 s"],
  [59.94, "59.9 s"],
  [60, "1 min"],
  [188, "3 min 8 s"],
])("%f seconds took %s", (seconds, said) => {
  expect(formatTook(seconds)).toBe(said);
});

it("counts no further than the service does", () => {
  expect([9_999, 10_000].map(formatCounted)).toEqual(["9,999", "10,000+"]);
});

it("tells the time of today, and the day of what was before", () => {
  const now = new Date(2026, 0, 5, 12, 30).getTime();
  const when = (...parts: [number, number, number, number]) => formatWhen(new Date(2026, ...parts).toISOString(), now);
  expect([when(0, 5, 9, 7), when(0, 4, 9, 7)]).toEqual(["09:07", "Sun 09:07"]);
});

describe("the console's commands", () => {
  const row = (id: string, state: string, kind = "bdr") => ({ id, state, kind }) as WorkItem;
  const overview = {
    kinds: [
      { name: "bdr", paused_at: null },
      { name: "task", paused_at: "2026-01-01T00:00:00Z" },
    ],
  };
  function offered(meant: WorkItem[], able: WorkItem[] = [], kind = "", known = true) {
    const does = { retry: vi.fn(), pause: vi.fn(), ask: vi.fn(), only: vi.fn() };
    const made = actionsOf({ meant, able, kind, overview: (known ? overview : undefined) as never, ...does });
    return { does, of: (name: string) => made.find((command) => command.name === name) };
  }
  const rows = [row("a", "failed"), row("b", "running"), row("c", "waiting"), row("d", "ended")];

  it("are about those rows that they can be about", () => {
    const { does, of } = offered(rows, [row("e", "failed")]);
    for (const name of ["retry", "retryAll", "remove", "onlyUser", "pauseKind"]) {
      expect(of(name)?.disabledReason).toBeNull();
      of(name)?.run("");
    }
    const ids = (call: ReturnType<typeof vi.fn>) =>
      call.mock.calls.map(([all]) => (all as WorkItem[]).map(({ id }) => id));
    expect([ids(does.retry), ids(does.ask)]).toEqual([[["a"], ["e"]], [["b", "c"]]]);
    expect([does.only.mock.calls, does.pause.mock.calls]).toEqual([[[rows[0]]], [[overview.kinds[0]]]]);
  });

  it.each([
    ["retry", [row("b", "running")], "it has not failed"],
    ["remove", [row("a", "failed"), row("d", "ended")], "it has already ended"],
    ["onlyUser", [], "no row is selected"],
    ["pauseKind", [], "choose a kind first"],
    ["retryAll", rows, "no row here can succeed by itself"],
  ])("say why %s cannot be", (name, meant, why) => {
    const { of, does } = offered(meant);
    expect(of(name)?.disabledReason).toBe(why);
    if (meant.length === 0) of(name)?.run("");
    expect([does.only.mock.calls, does.pause.mock.calls]).toEqual([[], []]);
  });

  it.each([
    ["", [row("a", "failed")], "Pause: Downloads"],
    ["task", [row("a", "failed")], "Resume: Tasks"],
    ["unheard", [], undefined],
  ])("pause the kind %j that is chosen, else the first row's", (kind, meant, label) => {
    expect(offered(meant, [], kind).of("pauseKind")?.label).toBe(label);
    expect(offered(meant, [], kind, false).of("pauseKind")?.label).toBeUndefined();
  });

  it("warn of what stops work, and of nothing else", () => {
    const { of } = offered(rows);
    const names = ["retry", "retryAll", "onlyUser", "pauseKind", "remove"];
    expect(names.filter((name) => of(name)?.isDangerous)).toEqual(["remove"]);
  });

  it.each([
    [1, "Retry 1 row that can succeed"],
    [2, "Retry 2 rows that can succeed"],
  ])("name how many rows they retry: %i", (count, label) => {
    expect(offered([], rows.slice(0, count)).of("retryAll")?.label).toBe(label);
  });
});
