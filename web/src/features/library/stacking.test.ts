// @vitest-environment happy-dom
import { beforeEach, describe, expect, it, vi } from "vitest";

import type { Asset } from "../../data/assets/schema";
import { assetOf } from "../../testing/assets";
import { settled } from "../../testing/settled";
import { stackOffersOf } from "./stacking";

const actions = { decide: vi.fn(), stack: vi.fn() };
const onStacked = vi.fn();
const fileOf = (id: number, part: Partial<Asset> = {}) => assetOf({ id, name: `${id}.png`, ...part });
const [one, two, three, four] = [fileOf(1), fileOf(2), fileOf(3, { stack_id: 2 }), fileOf(4)] as const;
const items = [one, two, three, four];

function offered(targets: readonly Asset[], part: { selected?: readonly Asset[]; isGrouped?: boolean } = {}) {
  const offers = stackOffersOf({ items, isGrouped: true, targets, selected: targets, actions, onStacked, ...part });
  return (name: string) => offers.find((offer) => offer.name === name);
}
beforeEach(() => {
  vi.resetAllMocks();
  actions.stack.mockResolvedValue(true);
});

describe("the selected files", () => {
  it.each([
    ["the first in the list on top", [four, one], [one, four], 2],
    ["what is on top of a stack stays there, and what is below it comes along", [one, two], [two, one], 3],
    ["one from below another is taken out of its stack", [four, three], [three, four], 2],
  ])("are stacked: %s", async (_what, selected, sent, count) => {
    offered(selected)("stack")?.run("");
    await settled();
    expect(actions.stack.mock.calls).toEqual([[sent, count]]);
    expect(onStacked.mock.calls).toEqual([[sent[0]]]);
  });

  it("stay selected if they could not be stacked", async () => {
    actions.stack.mockResolvedValue(false);
    offered([one, four])("stack")?.run("");
    await settled();
    expect([actions.stack.mock.calls.length, onStacked.mock.calls.length]).toEqual([1, 0]);
  });

  it.each([
    ["select 2 to 128 files", [one]],
    [null, [one, four]],
    [null, Array.from({ length: 128 }, (_, index) => fileOf(10 + index))],
    ["select 2 to 128 files", Array.from({ length: 129 }, (_, index) => fileOf(10 + index))],
    ["a task’s result stays with its original", [one, fileOf(9, { parent_asset_id: 1 })]],
  ])("say why they are not stacked: %s", (why, selected) => {
    expect(offered(selected)("stack")?.disabledReason).toBe(why);
  });

  it("are none where only the cursor is at a file", () => {
    expect(offered([one], { selected: [] })("stack")?.disabledReason).toBe("select 2 to 128 files");
  });
});

it("one below another is put on top", () => {
  offered([three])("onTop")?.run("");
  expect(actions.decide.mock.calls).toEqual([["stack", [[three, two]], "3.png is on top of its stack."]]);
  const others = [offered([two]), offered([one]), offered([three, four]), offered([three], { isGrouped: false })];
  expect(others.some((offer) => offer("onTop"))).toBe(false);
});

it("a stack is taken apart where the list shows it", () => {
  offered([three])("unstack")?.run("");
  expect(actions.decide.mock.calls).toEqual([["unstack", [[two, three]], "2 files in no stack."]]);
  const others = [offered([one]), offered([two], { isGrouped: false })];
  expect(others.some((offer) => offer("unstack"))).toBe(false);
});
