// @vitest-environment happy-dom
import { act, renderHook } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";

import { add, noSelection } from "../../platform/selection";
import { aPost } from "../../testing/posts";
import { useSelection } from "./useSelection";

vi.mock("../../data/config", () => ({ config: { viewer: { sqid: "me" }, subject: { sqid: "me" } } }));

const KEY = "pmd.selection.me.me";
const posts = (...ids: number[]) => new Map(ids.map((id) => [id, aPost(id)]));

function selecting(...ids: number[]) {
  const first = { byId: posts(...ids), isComplete: true, state: "active" as "active" | "deleted" };
  const hook = renderHook(({ byId, isComplete, state }) => useSelection(byId, isComplete, state), {
    initialProps: first,
  });
  return {
    ...hook,
    show: (part: Partial<typeof first>) => hook.rerender(Object.assign(first, part)),
    choose: (...chosen: number[]) => act(() => hook.result.current.select(() => add(noSelection, chosen))),
    chosen: () => [...hook.result.current.selection.ids],
  };
}

beforeEach(() => sessionStorage.clear());

it("selects again what comes back, once", () => {
  const { show, choose, chosen } = selecting(1, 2, 3);
  choose(1, 2);
  show({ byId: posts(2, 3) });
  expect(chosen()).toEqual([2]);
  show({ byId: posts(1, 2, 3) });
  expect(chosen().sort()).toEqual([1, 2]);
  choose();
  show({ byId: posts(1, 2, 3, 4) }); // as after any refresh
  expect(chosen()).toEqual([]);
});

it("is there after a reload, without what is gone, once all posts are there", () => {
  sessionStorage.setItem(KEY, "[1,2]");
  const { show, chosen } = selecting(2);
  expect(chosen()).toEqual([2]);
  sessionStorage.setItem(KEY, "[3]");
  show({ byId: posts(2, 3) });
  expect(chosen()).toEqual([2]);
});

it("is kept on leaving, and never the trash's", () => {
  const { show, choose, chosen, unmount } = selecting(1, 2);
  choose(2);
  show({ state: "deleted" });
  expect(chosen()).toEqual([]);
  choose(1);
  show({ state: "active" });
  choose(2);
  unmount();
  expect(sessionStorage.getItem(KEY)).toBe("[2]");
});

it("keeps a filter whose posts are all selected", () => {
  sessionStorage.setItem(KEY, '"tag=sea"');
  const { result, unmount } = selecting(1);
  expect(result.current.whole).toBe("tag=sea");
  sessionStorage.clear();
  unmount();
  expect(sessionStorage.getItem(KEY)).toBe('"tag=sea"');
});
