import "./posts.css";

import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

import { ChangeProgress } from "./JobProgress";
import { Questions } from "./Questions";
import { config, moderates } from "../../data/config";
import type { Allowance } from "../../data/useDownloads";
import { formatCount } from "../../platform/format";
import type { ListHandle } from "../../commands/list/useRows";
import { useParameters } from "../../platform/address";
import { type Order, selectionOf } from "../../platform/selection";
import { announce } from "../../ui/announce";
import { Button } from "../../ui/Button";
import { LazyDialog } from "../../ui/Lazy";
import { StatusText } from "../../commands/StatusBar";
import { SelectionBar } from "../../commands/SelectionBar";
import { toast } from "../../ui/toast";
import { useRangeDrag } from "../../commands/list/useRangeDrag";
import { PASTED } from "./EditableCell";
import { isFiltering } from "./filterValues";
import { linesOf, pairsOf } from "./paste";
import { Months } from "./Months";
import { usePlace } from "./place";
import { PostGrid } from "./PostGrid";
import { PostLightbox } from "./PostLightbox";
import { PostsBar } from "./PostsBar";
import { PostTable } from "./PostTable";
import { PrintedPosts } from "./PrintedPosts";
import { indexWhenIdle } from "./search";
import { Totals } from "./Totals";
import { TableMessage } from "./TableMessage";
import { usePostCommands } from "./usePostCommands";
import type { PostModels } from "./models";
import { usePostChanges } from "./usePostChanges";
import { type PostChoice, usePostChoice } from "./usePostChoice";
import { type PostList, usePostList } from "./usePostList";
import { usePostTable } from "./usePostTable";
import { closePost } from "./view";

const OPENED = ["post", "page"] as const;

interface Props {
  /** The posts of a download to select; a new array for each request. */
  wanted: readonly number[] | null;
  allowance: Allowance | null;
  onRequested: () => void;
}

/** Filters, list, selection and actions of the posts. */
export function PostsPanel({ wanted, allowance, onRequested }: Props) {
  const list = usePostList();
  const choice = usePostChoice(list);
  const changes = usePostChanges(list);
  const models = { list, choice, changes };
  const { view, rowCount, order } = list;
  const { selected, select } = choice;
  const table = usePostTable(view.sort);
  const { post: openId, page } = useParameters("posts", OPENED);
  const handle = useRef<ListHandle>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const [focused, setFocused] = useState(0);
  const focusList = useCallback(() => setFocused((count) => count + 1), []);
  // With what closes a dialog or a cell: what the browser gives the focus back to then may be gone in a moment.
  useLayoutEffect(() => {
    if (focused > 0) scroller.current?.focus({ preventScroll: true });
  }, [focused]);
  const onNone = () => {
    const { count } = choice;
    const selectAgain = choice.clear();
    if (count < 2) return;
    const bringBack = { label: t`Select again`, onClick: selectAgain };
    toast.info(t`${plural(count, { one: "# post", other: "# posts" })} deselected`, {
      duration: 15_000,
      action: bringBack,
    });
  };
  const commands = usePostCommands(models, { handle, input, onNone, focusList });
  const first = (page - 1) * config.max_posts;
  usePlace({ view, order, isComplete: list.isComplete, scroller, list: handle, first });
  useSpoken(models);
  useWanted(models, wanted);
  usePasted(models, scroller);
  useRangeDrag({ ...choice, scroller, key: view.layout });

  const List = view.layout === "grid" ? PostGrid : PostTable;
  const isBarShown = changes.job === null || changes.job.steps.length === 1;
  return (
    <section className="posts" aria-label={t`Posts`} data-layout={view.layout}>
      <PostsBar list={list} choice={choice} table={table} input={input} />
      <div className="posts-work">
        <div className="posts-list" data-empty={list.rowCount === 0}>
          <List
            {...models}
            table={table}
            label={moderates ? t`Posts of @${config.subject.handle}` : t`Your posts`}
            scroller={scroller}
            handle={handle}
            onLeaveEdit={focusList}
          />
          <TableMessage list={list} />
          {isBarShown && (
            <SelectionBar
              count={choice.count}
              label={t`posts`}
              commands={commands}
              detail={<Detail choice={choice} />}
              onClear={onNone}
            >
              {!choice.isWhole && (
                <Button look="quiet" onClick={choice.selectAll}>
                  <Trans>Select all {formatCount(rowCount)}</Trans>
                </Button>
              )}
            </SelectionBar>
          )}
          {openId === 0 && <ChangeProgress changes={changes} />}
        </div>
        <Months list={list} scroller={scroller} handle={handle} />
      </div>
      <StatusText>{footWords(list)}</StatusText>
      <LazyDialog onClose={changes.closeQuestion}>
        {changes.question && (
          <Questions
            list={list}
            changes={changes}
            question={changes.question}
            selected={selected}
            isWhole={choice.isWhole}
            outsideFilter={choice.outsideFilter}
            allowance={allowance}
            onSelect={(keep) => select(() => selectionOf(keep.map((post) => post.id)))}
            onRequested={onRequested}
            onStarted={focusList}
          />
        )}
      </LazyDialog>
      <LazyDialog onClose={closePost}>{openId > 0 && <PostLightbox {...models} id={openId} />}</LazyDialog>
      <PrintedPosts posts={choice.exported} isTrash={list.isTrash} />
    </section>
  );
}

/** Total size of the selection, and how many the filter hides. */
function Detail({ choice: { selected, sums, outsideFilter } }: { choice: PostChoice }) {
  return (
    <>
      <Totals posts={selected} bytes={sums.bytes} />
      {outsideFilter > 0 && (
        <span className="wait">
          <Trans>{formatCount(outsideFilter)} outside the filter</Trans>
        </span>
      )}
    </>
  );
}

/** "412 of 4,957", "4,957 posts"; while loading, the progress. */
function footWords({ posts, rows, isComplete, fetched, total, filters }: PostList): string {
  if (!isComplete)
    return total === null
      ? ""
      : t`Loading: ${formatCount(fetched)} of ${plural(total, { one: "# post", other: "# posts" })}`;
  return isFiltering(filters)
    ? t`${formatCount(rows.length)} of ${formatCount(posts.length)}`
    : plural(posts.length, { one: "# post", other: "# posts" });
}

/** Announcements for screen readers. */
function useSpoken({ list: { filters, order, isComplete, posts }, choice: { count } }: PostModels): void {
  useEffect(() => {
    if (count > 0) announce(t`${plural(count, { one: "# post", other: "# posts" })} selected`);
  }, [count]);
  useEffect(() => (isComplete ? indexWhenIdle(posts) : undefined), [isComplete, posts]);
  useEffect(() => {
    if (isFiltering(filters))
      announce(t`${plural(order.length, { one: "# post matches", other: "# posts match" })} the filter`);
  }, [filters, order.length]);
}

/** Select the posts of a download on request. */
function useWanted({ list: { byId }, choice: { select } }: PostModels, wanted: Props["wanted"]): void {
  useEffect(() => {
    if (wanted === null) return;
    select(() => selectionOf(wanted.filter((id) => byId.has(id))));
    const left = wanted.filter((id) => !byId.has(id)).length;
    if (left > 0)
      toast.info(
        plural(left, {
          one: "# post of that download no longer exists.",
          other: "# posts of that download no longer exist.",
        }),
      );
    // On request only, not when the posts change.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [wanted]);
}

interface Pasted {
  id: number;
  field: "title" | "description";
  lines: readonly string[];
}

/** Pasted lines become texts of the selected posts, or of the current one and those below it. */
function usePasted({ list, choice, changes }: PostModels, scroller: React.RefObject<HTMLDivElement | null>): void {
  const { order, byId, isTrash, view } = list;
  const { selected, activeIndex } = choice;
  const { setQuestion } = changes;
  useEffect(() => {
    const element = scroller.current;
    if (!element || isTrash) return;
    const offer = (ids: Order | readonly number[], from: number, { field, lines }: Omit<Pasted, "id">) => {
      const pairs = pairsOf(ids, from, lines);
      const posts = pairs.flatMap(([id]) => byId.get(id) ?? []);
      if (posts.length > 0) setQuestion({ about: "paste", posts, field, texts: pairs.map(([, text]) => text) });
    };
    const onCell = (event: Event) => {
      const { id, field, lines } = (event as CustomEvent<Pasted>).detail;
      offer(order, order.indexOf(id), { field, lines });
    };
    const onList = (event: ClipboardEvent) => {
      const lines = linesOf(event.clipboardData?.getData("text/plain") ?? "");
      if (event.target !== element || lines.length === 0) return;
      if (selected.length > 0)
        offer(
          selected.map(({ id }) => id),
          0,
          { field: "title", lines },
        );
      else if (activeIndex >= 0) offer(order, activeIndex, { field: "title", lines });
    };
    element.addEventListener(PASTED, onCell);
    element.addEventListener("paste", onList);
    return () => {
      element.removeEventListener(PASTED, onCell);
      element.removeEventListener("paste", onList);
    };
  }, [scroller, order, selected, activeIndex, byId, isTrash, setQuestion, view.layout]);
}
