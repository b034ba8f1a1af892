import "./TableMessage.css";

import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { CircleAlert, Image, RotateCw, Search, Upload } from "lucide-react";
import type { ComponentProps } from "react";

import { config, moderates } from "../../data/config";
import { PMDError } from "@pmd/client";
import { formatCount } from "../../platform/format";
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
  if (list.isTrash) return <Message icon={Image} title={t`No deleted posts`} hint={keptFor()} />;
  if (moderates) return <Message icon={Image} title={t`@${config.subject.handle} has not posted anything yet`} />;
  return <NothingPosted />;
}

function Loading({ isLate }: { isLate: boolean }) {
  return (
    <div className="table-message lines" aria-busy data-late={isLate}>
      <span className="visually-hidden">
        <Trans>Loading posts…</Trans>
      </span>
    </div>
  );
}

/** Nothing is claimed before it is known whether the first steps come here. */
function NothingPosted() {
  const isUnknown = useFirstDay() === null;
  const isLate = useDelayed(isUnknown);
  if (isUnknown) return <Loading isLate={isLate} />;
  return (
    <Message
      icon={Image}
      title={t`Nothing posted yet`}
      hint={t`${purposes.posts} Nothing is public until you publish it.`}
    >
      <PageLink page="uploads" icon={Upload} className="button primary">
        <Trans>Upload pictures</Trans>
      </PageLink>
      <FirstSteps />
    </Message>
  );
}

function FirstSteps() {
  const [isHidden, hide] = useFirstDayHidden();
  return (
    isHidden && (
      <Button onClick={() => hide(false)}>
        <Trans>Show the first steps</Trans>
      </Button>
    )
  );
}

function keptFor(): string {
  const days = config.post_keep_days === null ? "" : t` for ${formatCount(config.post_keep_days)} days`;
  return t`Deleted posts stay here${days} and can be restored.`;
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
            ? t`The posts could not be loaded.`
            : t`Only ${formatCount(list.fetched)} posts have been loaded so far.`}
        </strong>{" "}
        {error.message} {retryAt !== null && <Countdown what={t`Retrying`} at={retryAt} />}
      </p>
      <span className="buttons">
        <Button icon={RotateCw} onClick={list.retry}>
          <Trans>Try again</Trans>
        </Button>
        {number && (
          <Button look="quiet" onClick={() => void copyText(number, t`Request ID copied.`)}>
            <Trans>
              Copy request ID <span className="numbers">{number.slice(0, 8)}</span>
            </Trans>
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
      title={filters.q.trim() ? t`No posts match “${filters.q.trim()}”` : t`No posts match these filters`}
    >
      {near && (
        <p className="muted">
          <Trans>
            Did you mean{" "}
            <button type="button" className="link" onClick={() => setFilters({ ...filters, q: near.word })}>
              {near.word}
            </button>
            ? <Plural value={near.count} one="# post matches" other="# posts match" />.
          </Trans>
        </p>
      )}
      {hiding && (
        <p className="muted">
          <Trans>
            Without{" "}
            <button
              type="button"
              className="token"
              onClick={() => setFilters({ ...filters, [hiding.name]: noFilters[hiding.name] })}
            >
              {filterText(hiding.name, filters)}
            </button>{" "}
            <Plural value={hiding.count} one="# post matches" other="# posts match" />.
          </Trans>
        </p>
      )}
      <Button onClick={() => setFilters(noFilters)}>
        <Trans>Clear the search</Trans> <kbd aria-hidden>Esc</kbd>
      </Button>
    </Message>
  );
}

const Message = (props: ComponentProps<typeof Empty>) => <Empty look="table-message" {...props} />;
