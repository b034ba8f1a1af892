import { useMemo } from "react";

import type { Post } from "../api/schema";
import { formatBytes, formatCount, plural } from "../lib/format";
import { Popover } from "../ui/Popover";

interface Props {
  selected: Post[];
  /** How many of the selected posts the filters hide. */
  outsideFilter: number;
  shownCount: number;
  pageCount: number;
  isComplete: boolean;
  onPage: () => void;
  onAll: () => void;
  onNone: () => void;
}

/** How many posts are selected, which is how many an action will change, and ways to select many. */
export function SelectionControls(props: Props) {
  const { selected, outsideFilter, shownCount, pageCount } = props;
  const count = selected.length;
  return (
    <div className="selection" role="group" aria-label="Selection">
      <p className="selection-count" data-empty={count === 0}>
        <strong>{formatCount(count)}</strong> selected
        {outsideFilter > 0 && (
          <span className="warning-text"> · {plural(outsideFilter, "of them", "of them")} outside the filter</span>
        )}
      </p>
      {count > 0 && <Totals posts={selected} />}
      <div className="segmented">
        <button type="button" onClick={props.onPage} disabled={pageCount === 0}>
          Page <span className="count">{formatCount(pageCount)}</span>
        </button>
        <button type="button" onClick={props.onAll} disabled={shownCount === 0}>
          All{" "}
          <span className="count">
            {props.isComplete ? formatCount(shownCount) : `${formatCount(shownCount)} so far`}
          </span>
        </button>
        <button type="button" onClick={props.onNone} disabled={count === 0}>
          None
        </button>
      </div>
    </div>
  );
}

const sums: [string, (post: Post) => number, (sum: number) => string][] = [
  ["Size", (post) => post.file_bytes ?? 0, formatBytes],
  ["Frames", (post) => post.frame_count ?? 0, formatCount],
  ["Views", (post) => post.view_count, formatCount],
  ["Reactions", (post) => post.reaction_count, formatCount],
  ["Comments", (post) => post.comment_count, formatCount],
];

/** What the selected posts come to, together. */
function Totals({ posts }: { posts: Post[] }) {
  const bytes = useMemo(() => posts.reduce((sum, post) => sum + (post.file_bytes ?? 0), 0), [posts]);
  return (
    <Popover
      className="button quiet totals"
      align="start"
      name={`Totals of the selection: ${formatBytes(bytes)}`}
      label={formatBytes(bytes)}
    >
      <Sums posts={posts} />
    </Popover>
  );
}

/** Summed up when somebody looks. */
function Sums({ posts }: { posts: Post[] }) {
  return (
    <dl className="facts">
      {sums.map(([label, valueOf, format]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{format(posts.reduce((sum, post) => sum + valueOf(post), 0))}</dd>
        </div>
      ))}
      <div>
        <dt>Hidden</dt>
        <dd>{formatCount(posts.filter((post) => post.hidden_by_user || post.hidden_by_mod).length)}</dd>
      </div>
    </dl>
  );
}
