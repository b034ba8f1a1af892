import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";

import { BulkActionsPanel, type Question } from "../actions/BulkActionsPanel";
import { useBulkActions } from "../actions/useBulkActions";
import { config, moderates } from "../api/config";
import { usePosts } from "../api/posts";
import type { Allowance } from "../downloads/useDownloads";
import { plural } from "../lib/format";
import { add, selectionOf } from "../lib/selection";
import { announce } from "../ui/announce";
import type { ListHandle } from "../ui/TileGrid";
import { toast } from "../ui/toast";
import { useRangeDrag } from "../ui/useRangeDrag";
import { isFiltering, noFilters } from "./filters";
import { Pager } from "./Pager";
import { PostLightbox } from "./PostLightbox";
import { PostList, type RangeHandle } from "./PostList";
import { PrintedPosts } from "./PrintedPosts";
import { prepareAhead } from "./search";
import { selectedPosts } from "./selected";
import { SelectionControls } from "./SelectionControls";
import type { Editing } from "./TableBody";
import { TableMessage } from "./TableMessage";
import { Toolbar } from "./Toolbar";
import { useCursor } from "./useCursor";
import { usePostTable } from "./usePostTable";
import { useSelection } from "./useSelection";
import { useShortcuts } from "./useShortcuts";
import { usePageInAddress } from "./usePageInAddress";
import { setFilters, useView } from "./view";

interface Props {
  /** The posts of a download, to be selected; a new list each time it is asked for. */
  wanted: readonly number[] | null;
  allowance: Allowance | null;
  onRequested: () => void;
}

/** The posts: filters, selection, actions and list, which share what is selected and in which order it is shown. */
export function PostsPanel({ wanted, allowance, onRequested }: Props) {
  const view = useView();
  const isTrash = view.state === "deleted";
  const { posts, isComplete, total, error, retry } = usePosts(view.state);
  const byId = useMemo(() => new Map(posts.map((post) => [post.id, post])), [posts]);
  const filters = useDeferredValue(view.filters);
  const model = usePostTable(posts, filters, view.sort);
  const { order } = model;
  const { selection, select, clear } = useSelection(byId, isComplete, view.state);
  const [activeId, setActiveId] = useCursor(order);
  const [question, setQuestion] = useState<Question | null>(null);
  const [openId, setOpenId] = useState<number | null>(null);
  const [editing, setEditing] = useState<Editing | null>(null);
  const actions = useBulkActions(byId);
  const handle = useRef<ListHandle>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const list = useRef<RangeHandle>(null);
  const filterInput = useRef<HTMLInputElement>(null);
  // After a dialog has closed: it gives the focus back to the button that opened it, which is gone by then.
  const focusList = useCallback(() => {
    requestAnimationFrame(() => scroller.current?.focus({ preventScroll: true }));
  }, []);

  const { selected, outsideFilter } = useMemo(
    () => selectedPosts(selection.ids, model.rows, byId),
    [selection.ids, model.rows, byId],
  );

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
  const deleteOrAsk = useCallback(() => {
    const active = activeId === null ? undefined : byId.get(activeId);
    const about = selected.length > 0 ? selected : active ? [active] : [];
    if (about.length > 0 && actions.job === null && !isTrash) setQuestion({ about: "delete", posts: about });
  }, [selected, activeId, byId, actions.job, isTrash]);
  useShortcuts({ filterInput, onUndo: actions.undoLast });
  useRangeDrag({
    scroller,
    key: view.layout,
    onStart: (id) => list.current?.startRange(Number(id)),
    onOver: (id) => list.current?.extendRange(Number(id)),
  });

  const pageIds = order.slice(view.page * config.max_posts, (view.page + 1) * config.max_posts);
  const onFirst = usePageInAddress(view.page, order.length, isComplete, handle);
  return (
    <section className="posts" aria-label="Posts" data-layout={view.layout}>
      <Toolbar
        view={view}
        model={model}
        posts={posts}
        exported={selected.length > 0 ? selected : model.rows}
        total={total}
        isComplete={isComplete}
        input={filterInput}
      />
      <div className="action-bar" data-active={selected.length > 0 || actions.job !== null}>
        <SelectionControls
          selected={selected}
          outsideFilter={outsideFilter}
          shownCount={order.length}
          pageCount={pageIds.length}
          isComplete={isComplete}
          onPage={() => select((now) => add(now, pageIds))}
          onAll={() => select((now) => add(now, order))}
          onNone={clearSafely}
        />
        <BulkActionsPanel
          actions={actions}
          selected={selected}
          outsideFilter={outsideFilter}
          isTrash={isTrash}
          allowance={allowance}
          question={question}
          onQuestion={setQuestion}
          onSelect={(keep) => select(() => selectionOf(keep.map((post) => post.id)))}
          onRequested={onRequested}
          onStarted={focusList}
        />
      </div>
      <PostList
        view={view}
        model={model}
        selection={selection}
        shownSelected={selected.length - outsideFilter}
        select={select}
        onNone={clearSafely}
        actions={actions}
        activeId={activeId}
        setActiveId={setActiveId}
        editing={editing}
        setEditing={setEditing}
        label={moderates ? `Posts of @${config.subject.handle}` : "Your posts"}
        scroller={scroller}
        handle={handle}
        range={list}
        onOpen={setOpenId}
        onLeaveEdit={focusList}
        onDelete={deleteOrAsk}
        onRowButton={(id) => {
          const post = byId.get(id);
          if (!post || actions.job !== null) return;
          if (isTrash) actions.start({ kind: "restore" }, [id]);
          else setQuestion({ about: "delete", posts: [post] });
        }}
        onFirst={onFirst}
      />
      <TableMessage
        hasPosts={posts.length > 0}
        hasRows={order.length > 0}
        isComplete={isComplete}
        isTrash={isTrash}
        total={total}
        loaded={posts.length}
        error={error}
        onRetry={retry}
        onClearFilters={() => setFilters(noFilters)}
      />
      <Pager
        page={Math.min(view.page, Math.max(0, Math.ceil(order.length / config.max_posts) - 1))}
        pages={Math.ceil(order.length / config.max_posts)}
        pageSize={config.max_posts}
        rowCount={order.length}
        onPage={(target) => handle.current?.scrollTo(target * config.max_posts)}
      />
      {openId !== null && (
        <PostLightbox
          id={openId}
          order={order}
          byId={byId}
          selection={selection}
          select={select}
          onOpen={(id) => {
            setOpenId(id);
            setActiveId(id);
          }}
          onEdit={actions.job === null && !isTrash ? (post) => setQuestion({ about: "edit", posts: [post] }) : null}
          onClose={() => setOpenId(null)}
        />
      )}
      <PrintedPosts posts={selected.length > 0 ? selected : model.rows} isTrash={isTrash} />
    </section>
  );
}
