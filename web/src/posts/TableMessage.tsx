import { CircleAlert, Image, type LucideIcon, SearchX, Trash2 } from "lucide-react";
import type { ReactNode } from "react";

import { config, moderates } from "../api/config";
import { formatCount } from "../lib/format";
import { Button } from "../ui/Button";
import { Progress } from "../ui/Progress";
import { noFilters } from "./filters";
import type { PostsModel } from "./usePostsModel";
import { setFilters } from "./view";

/** What the table cannot say by itself: loading, failing, empty, or nothing that fits. */
export function TableMessage({ list }: { list: PostsModel }) {
  const { posts, rows, isComplete, total, error } = list;
  const hasPosts = posts.length > 0;
  if (error) {
    return (
      <div className={hasPosts ? "table-strip" : "table-message"} role="alert">
        <CircleAlert aria-hidden />
        <p>
          {hasPosts && `Loading stopped at ${formatCount(posts.length)} posts. `}
          {error.message}
        </p>
        <Button look="primary" onClick={list.retry}>
          {hasPosts ? "Go on loading" : "Try again"}
        </Button>
      </div>
    );
  }
  if (!isComplete) {
    return hasPosts ? (
      <div className="table-strip">
        <Progress label="Posts loaded" value={posts.length} max={total ?? posts.length} />
      </div>
    ) : (
      <div className="table-message skeletons" aria-busy>
        <span className="visually-hidden">Loading posts…</span>
        {Array.from({ length: 12 }, (_, index) => (
          <div key={index} className="skeleton row-skeleton" />
        ))}
      </div>
    );
  }
  if (rows.length > 0) return null;
  if (hasPosts) {
    return (
      <Message icon={SearchX} title="No post fits these filters.">
        <Button onClick={() => setFilters(noFilters)}>Clear filters</Button>
      </Message>
    );
  }
  if (list.isTrash) {
    return (
      <Message icon={Trash2} title="The trash is empty.">
        <p className="muted">Posts that are deleted wait here, and can be restored.</p>
      </Message>
    );
  }
  return (
    <Message
      icon={Image}
      title={moderates ? `@${config.subject.handle} has no posts.` : "You have not posted anything yet."}
    >
      <p className="muted">Artworks that are posted at {config.site_name} appear here.</p>
    </Message>
  );
}

function Message({ icon: Icon, title, children }: { icon: LucideIcon; title: string; children: ReactNode }) {
  return (
    <div className="table-message">
      <Icon aria-hidden />
      <p>{title}</p>
      {children}
    </div>
  );
}
