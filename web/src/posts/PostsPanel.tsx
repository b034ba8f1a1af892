import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";

import { BulkActionsPanel, type Question } from "../actions/BulkActionsPanel";
import { useBulkActions } from "../actions/useBulkActions";
import { config, moderates } from "../api/config";
import { usePosts } from "../api/queries";
import type { Allowance } from "../downloads/useDownloads";
import { plural } from "../lib/format";
import { announce } from "../ui/announce";
import { ColumnsMenu } from "./ColumnsMenu";
import { FilterBar } from "./FilterBar";
import { filterPosts, isFiltering, noFilters } from "./filters";
import { Pager } from "./Pager";
import { PostTable } from "./PostTable";
import { add, extendTo, inOrder, noSelection, remove, selectionOf, toggle } from "./selection";
import { SelectionControls } from "./SelectionControls";
import type { TableHandle } from "./TableBody";
import { TableMessage } from "./TableMessage";
import { useGridKeys } from "./useGridKeys";
import { usePostTable } from "./usePostTable";
import { useSelection } from "./useSelection";
import { useShortcuts } from "./useShortcuts";

interface Props {
  allowance: Allowance | null;
  onRequested: () => void;
}

/** The posts: filters, selection, actions and table, which share what is selected and in which order it is shown. */
export function PostsPanel({ allowance, onRequested }: Props) {
  const { posts, isComplete, total, error, retry } = usePosts();
  const byId = useMemo(() => new Map(posts.map((post) => [post.id, post])), [posts]);
  const [filters, setFilters] = useState(noFilters);
  const appliedFilters = useDeferredValue(filters);
  const shown = useMemo(() => filterPosts(posts, appliedFilters), [posts, appliedFilters]);
  const model = usePostTable(shown);
  const { order } = model;
  const [selection, select] = useSelection(byId, isComplete);
  const [activeId, setActiveId] = useState<number | null>(null);
  const [page, setPage] = useState(0);
  const [question, setQuestion] = useState<Question | null>(null);
  const actions = useBulkActions(byId);
  const table = useRef<TableHandle>(null);
  const filterInput = useRef<HTMLInputElement>(null);

  const selected = useMemo(
    () => inOrder(selection.ids, order).flatMap((id) => byId.get(id) ?? []),
    [selection.ids, order, byId],
  );
  const outsideFilter = useMemo(() => {
    const inside = new Set(order);
    return selected.filter((post) => !inside.has(post.id)).length;
  }, [selected, order]);
  const bytes = useMemo(() => selected.reduce((sum, post) => sum + (post.file_bytes ?? 0), 0), [selected]);

  useEffect(() => {
    if (selected.length > 0) announce(`${plural(selected.length, "post")} selected`);
  }, [selected.length]);
  useEffect(() => {
    if (isFiltering(appliedFilters)) announce(`${plural(shown.length, "post fits", "posts fit")} the filter`);
  }, [appliedFilters, shown.length]);

  const setFirstRow = useCallback((index: number) => setPage(Math.floor(index / config.max_posts)), []);
  const askToDelete = useCallback(() => {
    const active = activeId === null ? undefined : byId.get(activeId);
    const about = selected.length > 0 ? selected : active ? [active] : [];
    if (about.length > 0 && actions.job === null) setQuestion({ about: "delete", posts: about });
  }, [selected, activeId, byId, actions.job]);
  const onKeyDown = useGridKeys({ order, activeId, setActiveId, select, onDelete: askToDelete });
  useShortcuts({ filterInput, onUndo: actions.undoLast });

  const pageIds = order.slice(page * config.max_posts, (page + 1) * config.max_posts);
  const hasRows = order.length > 0;
  return (
    <section className="posts" aria-label="Posts">
      <div className="toolbar">
        <FilterBar
          posts={posts}
          filters={filters}
          shownCount={shown.length}
          total={total}
          isComplete={isComplete}
          input={filterInput}
          onChange={setFilters}
        />
        <ColumnsMenu table={model.table} />
      </div>
      <div className="action-bar" data-active={selected.length > 0 || actions.job !== null}>
        <SelectionControls
          count={selected.length}
          outsideFilter={outsideFilter}
          bytes={bytes}
          shownCount={order.length}
          pageCount={pageIds.length}
          isComplete={isComplete}
          onPage={() => select((now) => add(now, pageIds))}
          onAll={() => select((now) => add(now, order))}
          onNone={() => select(() => noSelection)}
        />
        <BulkActionsPanel
          actions={actions}
          selected={selected}
          outsideFilter={outsideFilter}
          allowance={allowance}
          question={question}
          onQuestion={setQuestion}
          onSelect={(keep) => select(() => selectionOf(keep.map((post) => post.id)))}
          onRequested={onRequested}
        />
      </div>
      <PostTable
        model={model}
        selection={selection}
        pending={actions.pending}
        activeId={activeId}
        label={moderates ? `Posts of @${config.subject.handle}` : "Your posts"}
        handle={table}
        onRowClick={(id, isRange) => {
          setActiveId(id);
          select((now) => (isRange ? extendTo(now, order, id) : toggle(now, id)));
        }}
        onDelete={(id) => {
          const post = byId.get(id);
          if (post && actions.job === null) setQuestion({ about: "delete", posts: [post] });
        }}
        onSelectAll={() => {
          const isAll = order.every((id) => selection.ids.has(id));
          select((now) => (isAll ? remove(now, order) : add(now, order)));
        }}
        onKeyDown={onKeyDown}
        onFirstRow={setFirstRow}
      />
      <TableMessage
        hasPosts={posts.length > 0}
        hasRows={hasRows}
        isComplete={isComplete}
        total={total}
        loaded={posts.length}
        error={error}
        onRetry={retry}
        onClearFilters={() => setFilters(noFilters)}
      />
      <Pager
        page={page}
        pages={Math.ceil(order.length / config.max_posts)}
        pageSize={config.max_posts}
        rowCount={order.length}
        onPage={(target) => table.current?.scrollTo(target * config.max_posts)}
      />
    </section>
  );
}
