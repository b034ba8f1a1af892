import { CircleAlert, Image, SearchX, Trash2 } from "lucide-react";

import { config, moderates } from "../api/config";
import { formatCount } from "../lib/format";
import { Progress } from "../ui/Progress";

interface Props {
  hasPosts: boolean;
  hasRows: boolean;
  isComplete: boolean;
  isTrash: boolean;
  total: number | null;
  loaded: number;
  error: Error | null;
  onRetry: () => void;
  onClearFilters: () => void;
}

/** What the table cannot say by itself: loading, failing, empty, or nothing that fits. */
export function TableMessage(props: Props) {
  const { hasPosts, hasRows, isComplete, total, loaded, error } = props;
  if (error) {
    return (
      <div className={hasPosts ? "table-strip" : "table-message"} role="alert">
        <CircleAlert aria-hidden />
        <p>
          {hasPosts && `Loading stopped at ${formatCount(loaded)} posts. `}
          {error.message}
        </p>
        <button type="button" className="button primary" onClick={props.onRetry}>
          {hasPosts ? "Go on loading" : "Try again"}
        </button>
      </div>
    );
  }
  if (!isComplete) {
    if (hasPosts) {
      return (
        <div className="table-strip">
          <Progress label="Posts loaded" value={loaded} max={total ?? loaded} />
        </div>
      );
    }
    return (
      <div className="table-message skeletons" aria-busy>
        <span className="visually-hidden">Loading posts…</span>
        {Array.from({ length: 12 }, (_, index) => (
          <div key={index} className="skeleton row-skeleton" />
        ))}
      </div>
    );
  }
  if (hasRows) return null;
  if (hasPosts) {
    return (
      <div className="table-message">
        <SearchX aria-hidden />
        <p>No post fits these filters.</p>
        <button type="button" className="button" onClick={props.onClearFilters}>
          Clear filters
        </button>
      </div>
    );
  }
  if (props.isTrash) {
    return (
      <div className="table-message">
        <Trash2 aria-hidden />
        <p>The trash is empty.</p>
        <p className="muted">Posts that are deleted wait here, and can be restored.</p>
      </div>
    );
  }
  return (
    <div className="table-message">
      <Image aria-hidden />
      <p>{moderates ? `@${config.subject.handle} has no posts.` : "You have not posted anything yet."}</p>
      <p className="muted">Artworks that are posted at {config.site_name} appear here.</p>
    </div>
  );
}
