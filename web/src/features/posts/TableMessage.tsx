import "./TableMessage.css";

import { CircleAlert, Image, RotateCw, Search, Upload } from "lucide-react";
import type { ComponentProps } from "react";

import { config, moderates } from "../../data/config";
import { PMDError } from "@pmd/client";
import { formatCount, plural } from "../../platform/format";
import { Countdown } from "../../data/live/Countdown";
import { useFirstDay, useFirstDayHidden } from "../../data/firstDay";
import { purposes } from "../../data/purposes";
import { Button } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { PageLink } from "../../ui/OpenLink";
import { copyText } from "../../ui/toast";
import { useDelayed } from "../../ui/useDelayed";
import { noFilters } from "./filterValues";
import { filterText } from "./FilterFields";
import { nearestWord, strictest } from "./hints";
import type { PostList } from "./usePostList";
import { setFilters } from "./view";

/** The list's loading, error, empty and no-results states. */
export function TableMessage({ list }: { list: PostList }) {
  const { posts, rows, isComplete, failure } = list;
  const isLate = useDelayed(posts.length === 0 && !isComplete && !failure);
  if (failure) return <Failed list={list} failure={failure} />;
  if (!isComplete) {
    if (posts.length > 0) return null;
    return <Loading isLate={isLate} />;
  }
  if (rows.length > 0) return null;
  if (posts.length > 0) return <NothingFound list={list} />;
  if (list.isTrash) return <Message icon={Image} title="No deleted posts" hint={keptFor()} />;
  if (moderates) return <Message icon={Image} title={`@${config.subject.handle} has not posted anything yet`} />;
  return <NothingPosted />;
}

function Loading({ isLate }: { isLate: boolean }) {
  return (
    <div className="table-message lines" aria-busy data-late={isLate}>
      <span className="visually-hidden">Loading posts…</span>
    </div>
  );
}

/** Nothing is claimed before it is known whether the first steps come here. */
function NothingPosted() {
  const isUnknown = useFirstDay() === null;
  const isLate = useDelayed(isUnknown);
  if (isUnknown) return <Loading isLate={isLate} />;
  return (
    <Message icon={Image} title="Nothing posted yet" hint={`${purposes.posts} Nothing is public until you publish it.`}>
      <PageLink page="uploads" icon={Upload} className="button primary">
        Upload pictures
      </PageLink>
      <FirstSteps />
    </Message>
  );
}

function FirstSteps() {
  const [isHidden, hide] = useFirstDayHidden();
  return isHidden && <Button onClick={() => hide(false)}>Show the first steps</Button>;
}

function keptFor(): string {
  const days = config.post_keep_days === null ? "" : ` for ${formatCount(config.post_keep_days)} days`;
  return `Deleted posts stay here${days} and can be restored.`;
}

/** A load error, with automatic retry and the request ID for support. */
function Failed({ list, failure }: { list: PostList; failure: NonNullable<PostList["failure"]> }) {
  const { error, retryAt } = failure;
  const number = error instanceof PMDError ? error.requestId : null;
  const isFirst = list.posts.length === 0;
  return (
    <div className={isFirst ? "table-message" : "list-strip beside"} role="alert">
      <CircleAlert aria-hidden />
      <p className="grow">
        <strong>
          {isFirst
            ? "The posts could not be loaded."
            : `Only ${formatCount(list.fetched)} posts have been loaded so far.`}
        </strong>{" "}
        {error.message} {retryAt !== null && <Countdown what="Retrying" at={retryAt} />}
      </p>
      <span className="buttons">
        <Button icon={RotateCw} onClick={list.retry}>
          Try again
        </Button>
        {number && (
          <Button look="quiet" onClick={() => void copyText(number, "Request ID copied.")}>
            Copy request ID <span className="numbers">{number.slice(0, 8)}</span>
          </Button>
        )}
      </span>
    </div>
  );
}

/** No results: a similar word, and the filter that excludes most. */
function NothingFound({ list }: { list: PostList }) {
  const { filters, posts } = list;
  const near = nearestWord(filters, posts);
  const hiding = strictest(filters, posts);
  return (
    <Message
      icon={Search}
      title={filters.q.trim() ? `No posts match “${filters.q.trim()}”` : "No posts match these filters"}
    >
      {near && (
        <p className="muted">
          Did you mean{" "}
          <button type="button" className="link" onClick={() => setFilters({ ...filters, q: near.word })}>
            {near.word}
          </button>
          ? {plural(near.count, "post matches", "posts match")}.
        </p>
      )}
      {hiding && (
        <p className="muted">
          Without{" "}
          <button
            type="button"
            className="token"
            onClick={() => setFilters({ ...filters, [hiding.name]: noFilters[hiding.name] })}
          >
            {filterText(hiding.name, filters)}
          </button>{" "}
          {plural(hiding.count, "post matches", "posts match")}.
        </p>
      )}
      <Button onClick={() => setFilters(noFilters)}>
        Clear the search <kbd aria-hidden>Esc</kbd>
      </Button>
    </Message>
  );
}

const Message = (props: ComponentProps<typeof Empty>) => <Empty look="table-message" {...props} />;
