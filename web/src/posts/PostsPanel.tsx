import { useCallback, useEffect, useRef } from "react";

import { BulkActionsPanel } from "../actions/BulkActionsPanel";
import { config, moderates } from "../api/config";
import type { Allowance } from "../downloads/useDownloads";
import { plural } from "../lib/format";
import { add, anchorAt, extendTo, selectionOf, toggle } from "../lib/selection";
import { announce } from "../ui/announce";
import { toast } from "../ui/toast";
import { isInSight, useListActs } from "../ui/useListActs";
import { useRangeDrag } from "../ui/useRangeDrag";
import { isFiltering, noFilters } from "./filters";
import { PostGrid } from "./PostGrid";
import { PostLightbox } from "./PostLightbox";
import { rowElementId } from "./PostRow";
import { type ListHandle, PostTable } from "./PostTable";
import { PrintedPosts } from "./PrintedPosts";
import { prepareAhead } from "./search";
import { Pager, SelectionControls } from "./SelectionControls";
import { TableMessage } from "./TableMessage";
import { Toolbar } from "./Toolbar";
import { usePageInAddress } from "./usePageInAddress";
import { usePostsModel } from "./usePostsModel";
import { setFilters } from "./view";

interface Props {
  /** The posts of a download, to be selected; a new list each time it is asked for. */
  wanted: readonly number[] | null;
  allowance: Allowance | null;
  onRequested: () => void;
}

/** The posts: filters, selection, actions and list, which share what is selected and in which order it is shown. */
export function PostsPanel({ wanted, allowance, onRequested }: Props) {
  const list = usePostsModel();
  const { view, posts, isComplete, byId, filters, order, selected, select, clear, activeId, setActiveId } = list;
  const { actions, isTrash, askToDelete } = list;
  const { undoLast } = actions;
  const handle = useRef<ListHandle>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const filterInput = useRef<HTMLInputElement>(null);
  // After a dialog has closed: it gives the focus back to the button that opened it, which is gone by then.
  const focusList = useCallback(() => {
    requestAnimationFrame(() => scroller.current?.focus({ preventScroll: true }));
  }, []);

  useEffect(() => {
    if (selected.length > 0) announce(`${plural(selected.length, "post")} selected`);
  }, [selected.length]);
  useEffect(() => (isComplete ? prepareAhead(posts) : undefined), [isComplete, posts]);
  useEffect(() => {
    if (isFiltering(filters)) announce(`${plural(order.length, "post fits", "posts fit")} the filter`);
  }, [filters, order.length]);
  useEffect(() => {
    if (wanted === null) return;
    select(() => selectionOf(wanted.filter((id) => byId.has(id))));
    const left = wanted.filter((id) => !byId.has(id)).length;
    if (left > 0) toast.info(`${plural(left, "post")} of that download ${left === 1 ? "is" : "are"} no longer here.`);
    // Only when it is asked for: the posts change all the time.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [wanted]);

  const clearSafely = useCallback(() => {
    const before = clear();
    if (before.length < 2) return;
    const bringBack = { label: "Select again", onClick: () => select(() => selectionOf(before)) };
    toast.info(`${plural(before.length, "post")} no longer selected`, { duration: 15_000, action: bringBack });
  }, [clear, select]);
  const { layout } = view;
  useListActs(
    {
      order,
      activeId,
      setActiveId,
      selection: list.selection,
      select,
      shape: () => handle.current?.shape() ?? { rows: 1, columns: 1 },
      onOpen: list.setOpenId,
      onNone: clearSafely,
      onEscape: () => {
        if (!isFiltering(filters)) return false;
        setFilters(noFilters);
        return true;
      },
    },
    [
      {
        name: "edit",
        run: () => {
          if (activeId === null || isTrash || layout !== "table" || actions.job !== null) return false;
          list.setEditing({ id: activeId, field: "title" });
          return true;
        },
      },
      {
        name: "remove",
        run: () => {
          const active = activeId === null ? undefined : byId.get(activeId);
          const isSeen =
            activeId !== null && isInSight(layout === "grid" ? `tile-${activeId}` : rowElementId(activeId));
          askToDelete(selected.length > 0 ? selected : active && isSeen ? [active] : []);
        },
      },
      { name: "undo", run: undoLast },
      { name: "search", run: () => filterInput.current?.select() },
    ],
  );
  useRangeDrag({
    scroller,
    key: view.layout,
    onStart: (text) => {
      const id = Number(text);
      setActiveId(id);
      // Drawn from one that is selected, a range takes away.
      select((now) => (now.ids.has(id) ? toggle(now, id) : anchorAt(now, id)));
    },
    onOver: (id) => select((now) => extendTo(now, order, Number(id))),
  });

  const pageIds = order.slice(view.page * config.max_posts, (view.page + 1) * config.max_posts);
  const onFirst = usePageInAddress(view.page, order.length, isComplete, handle);
  const List = view.layout === "grid" ? PostGrid : PostTable;
  return (
    <section className="posts" aria-label="Posts" data-layout={view.layout}>
      <Toolbar list={list} input={filterInput} />
      <div className="action-bar" data-active={selected.length > 0 || actions.job !== null}>
        <SelectionControls
          list={list}
          pageCount={pageIds.length}
          onPage={() => select((now) => add(now, pageIds))}
          onNone={clearSafely}
        />
        <BulkActionsPanel
          actions={actions}
          selected={selected}
          outsideFilter={list.outsideFilter}
          isTrash={isTrash}
          allowance={allowance}
          question={list.question}
          onQuestion={list.setQuestion}
          onSelect={(keep) => select(() => selectionOf(keep.map((post) => post.id)))}
          onRequested={onRequested}
          onStarted={focusList}
        />
      </div>
      <List
        list={list}
        label={moderates ? `Posts of @${config.subject.handle}` : "Your posts"}
        scroller={scroller}
        handle={handle}
        onFirst={onFirst}
        onLeaveEdit={focusList}
      />
      <TableMessage list={list} />
      <Pager page={view.page} count={order.length} onFirst={(index) => handle.current?.scrollTo(index)} />
      {list.openId !== null && <PostLightbox id={list.openId} list={list} />}
      <PrintedPosts posts={list.told} isTrash={isTrash} />
    </section>
  );
}
