import { ChevronLeft, ChevronRight } from "lucide-react";
import { useMemo } from "react";

import { config } from "../api/config";
import type { Post } from "../api/schema";
import { formatBytes, formatCount, plural } from "../lib/format";
import { add } from "../lib/selection";
import { IconButton } from "../ui/Button";
import { Facts } from "../ui/Facts";
import { Popover } from "../ui/Popover";
import type { PostsModel } from "./usePostsModel";

interface Props {
  list: PostsModel;
  pageCount: number;
  onPage: () => void;
  onNone: () => void;
}

/** How many posts are selected, which is how many an action will change, and ways to select many. */
export function SelectionControls({ list, pageCount, onPage, onNone }: Props) {
  const { selected, outsideFilter, order, select } = list;
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
        <button type="button" onClick={onPage} disabled={pageCount === 0}>
          Page <span className="count">{formatCount(pageCount)}</span>
        </button>
        <button type="button" onClick={() => select((now) => add(now, order))} disabled={order.length === 0}>
          All{" "}
          <span className="count">
            {formatCount(order.length)}
            {!list.isComplete && " so far"}
          </span>
        </button>
        <button type="button" onClick={onNone} disabled={count === 0}>
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
  ["Hidden", (post) => (post.hidden_by_user || post.hidden_by_mod ? 1 : 0), formatCount],
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
    <Facts
      facts={sums.map(([name, valueOf, format]) => [name, format(posts.reduce((sum, post) => sum + valueOf(post), 0))])}
    />
  );
}

interface PagerProps {
  page: number;
  /** How many posts are shown. */
  count: number;
  /** Show the page that begins with this post. */
  onFirst: (index: number) => void;
}

/** Pages are landmarks in one long list: a page is as many posts as one download may hold. */
export function Pager({ page, count, onFirst }: PagerProps) {
  if (count === 0) return null;
  const size = config.max_posts;
  const pages = Math.ceil(count / size);
  const current = Math.min(page, pages - 1);
  const first = current * size;
  return (
    <nav className="pager" aria-label="Pages">
      <span className="muted wide-only">
        Posts {formatCount(first + 1)}–{formatCount(Math.min(count, first + size))}
      </span>
      <IconButton
        icon={ChevronLeft}
        label="Previous page"
        disabled={current === 0}
        onClick={() => onFirst(first - size)}
      />
      <select aria-label="Page" value={current} onChange={(event) => onFirst(Number(event.target.value) * size)}>
        {Array.from({ length: pages }, (_, index) => (
          <option key={index} value={index}>
            {`Page ${String(index + 1)} of ${pages}`}
          </option>
        ))}
      </select>
      <IconButton
        icon={ChevronRight}
        label="Next page"
        disabled={current >= pages - 1}
        onClick={() => onFirst(first + size)}
      />
    </nav>
  );
}
