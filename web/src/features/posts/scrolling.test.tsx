// @vitest-environment happy-dom
import { cleanup, render, screen } from "@testing-library/react";
import { type ComponentProps, createRef } from "react";
import { afterEach, expect, it, vi } from "vitest";

import { orderOf } from "../../platform/selection";
import { aPost } from "../../testing/posts";
import { noFilters } from "./filterValues";
import { PostGrid } from "./PostGrid";
import { PostTable } from "./PostTable";

vi.mock("../../data/config", () => ({ config: {}, moderates: false }));
vi.mock("./PostPicture", () => ({ PostPicture: () => null }));
vi.mock("./TableHead", () => ({ TableHead: () => null }));

const POSTS = Array.from({ length: 500 }, (_, index) => aPost(index + 1));
afterEach(cleanup);

// React would draw them with the next task, after the browser has painted: white where a scrollbar is dragged.
it.each([
  ["table", PostTable],
  ["grid", PostGrid],
])("what the %s is scrolled to is there before the browser paints", (layout, List) => {
  const props = {
    list: {
      ...{ rows: POSTS, rowCount: POSTS.length, order: orderOf(POSTS), isTrash: false, filters: noFilters },
      ...{ view: { layout }, byId: new Map(POSTS.map((each) => [each.id, each])) },
    },
    choice: { activeId: null, activeIndex: -1, moves: 0, selection: { ids: new Set() }, shownSelected: 0 },
    changes: { pending: new Map(), editing: null, hides: new Map() },
    table: { shown: [{ id: "title", isNumeric: false }], template: "1fr", least: 320 },
    ...{ label: "Your posts", scroller: createRef(), handle: createRef(), onLeaveEdit: vi.fn() },
  };
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(600);
  render(<List {...(props as unknown as ComponentProps<typeof PostTable>)} />);
  const isThere = (id: number) => document.querySelector(`[data-id="${id}"]`) !== null;
  expect([isThere(1), isThere(105)]).toEqual([true, false]);
  const grid = screen.getByRole("grid");
  const height = Number(/[0-9.]+/.exec(screen.getAllByRole("rowgroup").at(-1)?.style.height ?? "")?.[0]);
  grid.scrollTop = height / 5;
  grid.dispatchEvent(new Event("scroll")); // as the browser's: not within “act”, which would wait for React
  expect([isThere(1), isThere(105)]).toEqual([false, true]);
});
