// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import type { Asset, State } from "../../data/assets/schema";
import { assetOf } from "../../testing/assets";
import { settled } from "../../testing/settled";
import { StaleError } from "../../ui/edits";
import { useActions } from "./useActions";

interface Answer {
  earlier_stacks: number[][];
  draft_count: number;
  scheduled_draft_count: number;
}
type OnBatch = (ids: readonly number[], answer: Answer) => void;
const service = vi.hoisted(() => ({
  act: vi.fn(),
  edit: vi.fn(),
  fileOf: (id: number) => ({ url: `/f/${String(id)}` }),
}));
const toast = vi.hoisted(() => ({ success: vi.fn(), error: vi.fn(), dismiss: vi.fn() }));
const tellStale = vi.hoisted(() => vi.fn());
const writeSeen = vi.hoisted(() => vi.fn());
vi.mock("./api", () => service);
vi.mock("../../data/seen", () => ({ writeSeen }));
vi.mock("../../ui/toast", () => ({ toast, tellStale, UNDO_MS: 9 }));

type Listed = Map<number, Asset>;
const refresh = vi.fn();
let listed: Listed;
let notices: number;
let seenOf: unknown[];
let answer: Answer;

function actionsOn(assets: readonly Asset[], state: State | "" = "") {
  listed = new Map(assets.map((asset) => [asset.id, asset]));
  const change = (ids: Set<number>, edit: (asset: Asset) => Asset | null) => {
    for (const id of ids) {
      const after = edit(listed.get(id) ?? assetOf({ id }));
      if (after) listed.set(id, after);
      else listed.delete(id);
    }
  };
  const client = new QueryClient();
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  return renderHook(() => useActions({ list: { change } as never, state, refresh }), { wrapper }).result.current;
}
const statesNow = () => Object.fromEntries([...listed].map(([id, asset]) => [id, asset.state]));
interface Offer {
  action?: { onClick: () => void };
  duration?: number;
}
const told = () => toast.success.mock.lastCall as [string, Offer];
const undo = async () => {
  told()[1].action?.onClick();
  await settled();
};
const some = (...states: State[]) =>
  states.map((state, index) => assetOf({ id: index + 1, name: `${index + 1}.png`, state }));

beforeEach(() => {
  vi.resetAllMocks();
  notices = 0;
  seenOf = [];
  answer = { earlier_stacks: [], draft_count: 0, scheduled_draft_count: 0 };
  toast.success.mockImplementation(() => (notices += 1));
  service.act.mockImplementation((_: string, ids: number[], onDone?: OnBatch) =>
    Promise.resolve(onDone?.(ids, answer)),
  );
  service.edit.mockImplementation((ids: number[], _: object, onDone?: OnBatch) =>
    Promise.resolve(onDone?.(ids, answer)),
  );
  writeSeen.mockImplementation(async (_: object, made: object, write: (now: object, seen: object) => Promise<void>) => {
    seenOf.push(made);
    await write({}, { headers: { "If-Match": '"1"' } });
  });
});

describe("an action", () => {
  it.each([
    ["approve", "", { 1: "approved", 2: "approved" }, "2 files approved."],
    ["approve", "new", {}, "2 files approved."],
    ["set_aside", "set_aside", { 1: "set_aside", 2: "set_aside" }, "2 files set aside."],
    ["trash", "", {}, "2 files moved to the trash."],
    ["restore", "trash", {}, "2 files restored."],
    ["purge", "trash", {}, "2 files deleted permanently."],
  ] as const)("%s is seen at once in the list of %j, and said", async (action, state, shown, said) => {
    const actions = actionsOn(some("new", "set_aside"), state);
    const running = actions.perform(action, some("new", "set_aside"));
    expect([statesNow(), toast.success.mock.calls]).toEqual([shown, []]);
    expect([await running, told()[0], refresh.mock.calls]).toEqual([true, said, []]);
  });

  it.each([
    [1, 0, "2 files moved to the trash. 1 draft cannot be published now."],
    [3, 2, "2 files moved to the trash. 3 drafts cannot be published now (2 scheduled)."],
  ])("warns of %i drafts, %i of them scheduled", async (drafts, scheduled, said) => {
    answer = { ...answer, draft_count: drafts, scheduled_draft_count: scheduled };
    await actionsOn(some("new", "new")).perform("trash", some("new", "new"));
    expect(told()[0]).toBe(said);
  });

  it("counts the drafts of all its requests", async () => {
    answer = { ...answer, draft_count: 1, scheduled_draft_count: 1 };
    service.act.mockImplementation((action: string, ids: number[], onDone: OnBatch) => {
      for (const id of ids) onDone([id], action === "trash" ? answer : { ...answer, draft_count: 0, scheduled_draft_count: 0 }); // prettier-ignore
      return Promise.resolve();
    });
    const [kept, ...rest] = some("new", "new", "new") as [Asset, ...Asset[]];
    await actionsOn([kept, ...rest]).keep(kept, rest, "trash");
    expect(told()[0]).toBe("1.png kept, 2 files moved to the trash. 2 drafts cannot be published now (2 scheduled).");
  });

  it("is undone to where each file was, once", async () => {
    const assets = some("new", "set_aside", "approved");
    await actionsOn(assets).perform("approve", assets);
    expect(told()[1].duration).toBe(9);
    await undo();
    expect(service.act.mock.calls.slice(1).map(([action, ids]) => [action, ids] as unknown)).toEqual([
      ["unapprove", [1]],
      ["set_aside", [2]],
    ]);
    expect([toast.dismiss.mock.lastCall, told()[0], refresh.mock.calls.length]).toEqual([[1], "Undone.", 1]);
  });

  it.each([
    ["purge", some("trash")],
    ["approve", some("approved")],
  ] as const)("%s that cannot be undone, or has changed nothing, offers none", async (action, assets) => {
    await actionsOn(assets).perform(action, assets);
    expect(told()[1]).toEqual({});
  });

  it("that is refused is taken back, and says why", async () => {
    service.act.mockRejectedValue(new PMDError(403, "No."));
    const assets = some("new", "set_aside");
    expect(await actionsOn(assets).perform("trash", assets)).toBe(false);
    expect([statesNow(), toast.error.mock.calls, toast.success.mock.calls, refresh.mock.calls.length]).toEqual([
      ...[{ 1: "new", 2: "set_aside" }, [["No."]], [], 1],
    ]);
  });

  it("that is refused half way keeps, tells and undoes the first half", async () => {
    service.act.mockImplementationOnce((_: string, [first]: [number], onDone: OnBatch) => {
      onDone([first], answer);
      return Promise.reject(new PMDError(403, "No."));
    });
    const assets = some("new", "new");
    await actionsOn(assets).perform("approve", assets);
    expect([statesNow(), told()[0], toast.error.mock.calls]).toEqual([
      ...[{ 1: "approved", 2: "new" }, "1 file approved.", [["The rest was not changed. No."]]],
    ]);
    await undo();
    expect(service.act.mock.lastCall?.slice(0, 2)).toEqual(["unapprove", [1]]);
  });

  it("replaces the notice of the one before, whose undo is the next", async () => {
    const actions = actionsOn(some("new", "new"));
    await actions.perform("approve", some("new"));
    expect(toast.dismiss).not.toHaveBeenCalled();
    await actions.perform("trash", some("new"));
    expect(toast.dismiss.mock.calls).toEqual([[1]]);
    for (const [action] of [["restore"], ["unapprove"]]) {
      await actions.undo();
      expect(service.act.mock.lastCall?.[0]).toBe(action);
    }
    const count = service.act.mock.calls.length;
    await actions.undo();
    expect(service.act).toHaveBeenCalledTimes(count);
  });
});

describe("an undo", () => {
  it.each([
    [503, 2],
    [404, 1],
  ])("that fails with %i can be tried so often: %i", async (status, times) => {
    const actions = actionsOn(some("new"));
    await actions.perform("approve", some("new"));
    service.act.mockRejectedValueOnce(new PMDError(status, "No."));
    await actions.undo();
    expect(toast.error.mock.calls).toEqual([["Some changes could not be undone. No."]]);
    await actions.undo();
    expect([service.act.mock.calls.length, refresh.mock.calls.length]).toEqual([1 + times, times]);
  });

  it("waits for the change that is under way", async () => {
    let go: () => void = () => undefined;
    service.act.mockImplementationOnce(async (_: string, ids: number[], onDone: OnBatch) => {
      await new Promise<void>((resolve) => (go = resolve));
      onDone(ids, answer);
    });
    const actions = actionsOn(some("new"));
    const running = actions.perform("approve", some("new"));
    const undone = actions.undo();
    expect(service.act).toHaveBeenCalledTimes(1);
    go();
    await Promise.all([running, undone]);
    expect(service.act.mock.lastCall?.slice(0, 2)).toEqual(["unapprove", [1]]);
  });

  it("of what the viewer has judged comes in the order in which it was done", async () => {
    const order: unknown[] = [];
    service.edit.mockImplementation((ids: number[], set: { set: object }, onDone?: OnBatch) => {
      order.push(set.set);
      return Promise.resolve(onDone?.(ids, answer));
    });
    const actions = actionsOn(some("new"));
    const judging = actions.judge({ rating: 4 }, some("new"));
    actions.remember(() => Promise.resolve(void order.push("judgement")));
    const forget = actions.remember(() => Promise.resolve(void order.push("refused")));
    forget();
    await judging;
    await actions.undo();
    expect([toast.dismiss.mock.calls.length > 0, told()[0]]).toEqual([true, "Undone."]);
    await actions.undo();
    await actions.undo();
    expect(order).toEqual([{ rating: 4 }, "judgement", { rating: 0 }]);
  });

  it("goes back fifty steps", async () => {
    const actions = actionsOn(some("new"));
    for (let step = 0; step < 51; step += 1) await actions.perform("approve", some("new"));
    for (let step = 0; step < 52; step += 1) await actions.undo();
    expect(service.act).toHaveBeenCalledTimes(51 + 50);
  });
});

it.each([
  ["set_aside", 2, "1.png kept, 2 files set aside."],
  ["trash", 1, "1.png kept, 1 file moved to the trash."],
  ["trash", 0, "1.png kept."],
] as const)("to keep one and %s %i others is one step", async (action, others, said) => {
  const [kept, ...rest] = some("new", "new", "new") as [Asset, ...Asset[]];
  const actions = actionsOn(some("new", "new", "new"));
  await actions.keep(kept, rest.slice(0, others), action);
  expect(told()[0]).toBe(said);
  service.act.mockClear();
  await undo();
  expect(service.act.mock.calls.map(([, ids]) => ids as number[])).toEqual(
    others === 0 ? [[1]] : [[1], [2, 3].slice(0, others)],
  );
});

it("trashes none of the others where the one to keep could not be approved", async () => {
  service.act.mockRejectedValueOnce(new PMDError(403, "No."));
  const [kept, ...rest] = some("new", "new") as [Asset, ...Asset[]];
  await actionsOn([kept, ...rest]).keep(kept, rest, "trash");
  expect([service.act.mock.calls.length, statesNow()]).toEqual([1, { 1: "new", 2: "new" }]);
});

it.each([
  ["stack", "unstack"],
  ["keep_both", "compare_again"],
  ["compare_again", "keep_both"],
  ["unfold", "fold"],
] as const)("%s of groups is undone by %s, and the list read anew", async (decision, opposite) => {
  const groups = [[assetOf({ id: 1 }), assetOf({ id: 2 })], [assetOf({ id: 3 })]];
  await actionsOn(groups.flat()).decide(decision, groups, "Done.");
  expect([told()[0], refresh.mock.calls.length]).toEqual(["Done.", 1]);
  await undo();
  expect(service.act.mock.calls.map(([action, ids]) => [action, ids] as unknown)).toEqual([
    [decision, [1, 2]],
    [decision, [3]],
    [opposite, [1, 2]],
    [opposite, [3]],
  ]);
});

it.each([
  ["stack", [["unstack", [1, 2]]]],
  ["unstack", []],
] as const)("%s is undone with the stacks that its files were in", async (decision, opposite) => {
  const below = Array.from({ length: 128 }, (_, index) => 10 + index);
  answer = { ...answer, earlier_stacks: [[3, 1], [2, ...below]] }; // prettier-ignore
  const files = some("new", "new");
  await actionsOn(files).decide(decision, [files], "Done.");
  service.act.mockClear();
  await undo();
  expect(service.act.mock.calls.map(([action, ids]) => [action, ids] as unknown)).toEqual([
    ...opposite,
    ["stack", [3, 1]],
    ["stack", [2, ...below.slice(0, 127)]],
    ["stack", [2, 137]],
  ]);
});

describe("what is set", () => {
  it.each([
    [{ rating: 3 }, "3 stars"],
    [{ rating: 1 }, "1 star"],
    [{ label: 2 }, "label 2"],
    [{ note: "Nice" }, "note saved"],
    [{ note: null }, "note removed"],
    [{ alt_text: "A" }, "alt text saved"],
    [{ alt_text: null }, "alt text removed"],
    [{ content_warnings: ["Flashing"] }, "1 warning"],
    [{ ai_opt_out: true }, "AI training saved"],
  ])("%j of many at once is said as: %s", async (set, said) => {
    const assets = [assetOf({ id: 1 }), assetOf({ id: 2, label: 3, rating: 2 })];
    const running = actionsOn(assets).judge(set, assets);
    expect(listed.get(2)).toMatchObject(set);
    await running;
    expect([told()[0], writeSeen.mock.calls]).toEqual([`2 files: ${said}.`, []]);
    expect(service.edit.mock.calls.map(([ids, edit]) => [ids, edit] as unknown)).toEqual([[[1, 2], { set }]]);
  });

  it.each([
    [[2, 2], null, "2 files: no label."],
    [[2, 3], 2, "2 files: label 2."],
  ])("a label that all of %j have is taken away", async (labels, label, said) => {
    const assets = labels.map((each, index) => assetOf({ id: index + 1, label: each }));
    await actionsOn(assets).judge({ label: 2 }, assets);
    expect([service.edit.mock.lastCall?.[1] as unknown, told()[0]]).toEqual([{ set: { label } }, said]);
  });

  it("of one file overwrites only what was seen of it", async () => {
    await actionsOn([assetOf({ id: 11, rating: 2 })]).judge({ rating: 5 }, [assetOf({ id: 11, rating: 2 })]);
    expect(seenOf).toEqual([{ seen: { rating: 2 }, to: { rating: 5 } }]);
    expect(service.edit.mock.lastCall?.[3]).toEqual({ headers: { "If-Match": '"1"' } });
    await undo();
    expect(service.edit.mock.lastCall?.slice(0, 2)).toMatchObject([[11], { set: { rating: 2 } }]);
  });

  it.each([
    [{ rating: 5 }, { rating: 1 }, "1 star", "5 stars"],
    [{ label: 4 }, { label: null }, "no label", "label 4"],
    [{ note: "Mine" }, { note: "Theirs" }, "Theirs", "Mine"],
    [{ alt_text: "Mine" }, { alt_text: null }, "", "Mine"],
    [{ content_warnings: ["A", "B"] }, { content_warnings: ["C"] }, "C", "A, B"],
  ])(
    "%j meets what others have set, %j: theirs stays, and one's own is a press away",
    async (set, theirs, was, own) => {
      const now = assetOf({ id: 12, ...theirs });
      writeSeen.mockRejectedValueOnce(new StaleError(now, Object.keys(set)));
      const asset = assetOf({ id: 12, note: "Before", rating: 4, label: 1 });
      expect(await actionsOn([asset]).judge(set, [asset])).toBe(true);
      expect([listed.get(12), toast.error.mock.calls, refresh.mock.calls]).toEqual([now, [], []]);
      const [first, second, keep] = tellStale.mock.lastCall as [string, string, () => void];
      expect([first, second]).toEqual([was, own]);
      keep();
      await settled();
      expect(seenOf).toEqual([{ seen: theirs, to: set }]);
    },
  );

  it("twice from this tab is no conflict with itself", async () => {
    const stale = assetOf({ id: 13, rating: 0 });
    const actions = actionsOn([stale]);
    await actions.judge({ rating: 2 }, [stale]);
    writeSeen.mockRejectedValueOnce(new StaleError(assetOf({ id: 13, rating: 2 }), ["rating"]));
    expect(await actions.judge({ rating: 3 }, [stale])).toBe(true);
    expect([seenOf.at(-1), tellStale.mock.calls]).toEqual([{ seen: { rating: 2 }, to: { rating: 3 } }, []]);
    await undo();
    expect(service.edit.mock.lastCall?.slice(0, 2)).toMatchObject([[13], { set: { rating: 2 } }]);
    writeSeen.mockRejectedValueOnce(new StaleError(assetOf({ id: 13, rating: 2 }), ["rating"]));
    expect(await actions.judge({ rating: 1 }, [stale])).toBe(true);
    expect([seenOf.at(-1), tellStale.mock.calls]).toEqual([{ seen: { rating: 2 }, to: { rating: 1 } }, []]);
  });
});

describe("an edit", () => {
  const edit = { set: { alt_text: "New" } };
  it("of what has changed is said, can be undone, and the list is read anew", async () => {
    const assets = [assetOf({ id: 1, alt_text: "Old" })];
    await actionsOn(assets).edit(edit, assets, { headers: {} });
    expect([told()[0], refresh.mock.calls.length]).toEqual(["1 file changed.", 1]);
    await undo();
    expect(service.edit.mock.lastCall?.slice(0, 2)).toMatchObject([[1], { set: { alt_text: "Old" } }]);
  });

  it.each([
    [[], 0],
    [[1], 1],
  ])("that is refused after %j says what has changed, and why the rest has not", async (done, notices) => {
    service.edit.mockImplementationOnce((_: number[], __: object, onDone: OnBatch) => {
      onDone(done, answer);
      return Promise.reject(new PMDError(422, "No."));
    });
    const assets = some("new", "new");
    await expect(actionsOn(assets).edit(edit, assets)).rejects.toThrow("No.");
    expect([toast.success.mock.calls.length, refresh.mock.calls.length]).toEqual([notices, notices]);
  });
});
