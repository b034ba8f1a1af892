import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";

import "../../ui/marks";
import "./cells.css";

import type { ReactNode } from "react";

import { moderates } from "../../data/config";
import type { Hide, Post } from "../../data/schema";
import { serverNow } from "../../platform/clock";
import { formatBytes, formatCount, formatDate, formatLicense } from "../../platform/format";
import { withoutDirectionMarks } from "../../platform/text";
import { PostPicture } from "./PostPicture";
import { scaled } from "../../platform/textSize";

/** A cell's content. Kept plain: cells render with every scroll step. */
export function cellOf(id: string, post: Post, hide: Hide | undefined): ReactNode {
  switch (id) {
    case "select":
      return <span className="tick-box" />;
    case "thumbnail":
      return <PostPicture post={post} box={innerWidth < scaled(800) && innerHeight > scaled(520) ? 52 : 36} />;
    case "title":
      return titleOf(post, hide);
    case "tags":
      return tagsOf(post.hashtags);
    case "date":
      return formatDate(post.created_at);
    case "picture":
      return pictureFacts(post);
    case "reactions":
      return formatCount(post.reaction_count);
    case "comments":
      return formatCount(post.comment_count);
    case "views":
      return formatCount(post.view_count);
    case "license":
      return (
        post.license_identifier && <span title={post.license_identifier}>{formatLicense(post.license_identifier)}</span>
      );
    default:
      return (
        <button type="button" className="icon-button" tabIndex={-1} data-menu aria-label={t`More for ${nameOf(post)}`}>
          ⋯
        </button>
      );
  }
}

export function nameOf(post: Post): string {
  return post.title ? withoutDirectionMarks(post.title) : t`Untitled`;
}

/** Title and badge; below them the description or the moderator's reason. */
function titleOf(post: Post, hide: Hide | undefined) {
  const name = nameOf(post);
  const title = (
    <span className="cut" dir="auto" title={name} data-field="title">
      {name}
    </span>
  );
  const isMarked = post.hidden_by_user || post.hidden_by_mod || post.deleted_at;
  return (
    <>
      {isMarked ? (
        <span className="first-line">
          {title}
          <Mark post={post} />
        </span>
      ) : (
        title
      )}
      {post.hidden_by_mod && !post.deleted_at ? <Reason hide={hide} /> : descriptionOf(post.description)}
    </>
  );
}

function descriptionOf(text: string | null) {
  if (!text) {
    return (
      <span className="second-line faint" data-field="description">
        <Trans>No description</Trans>
      </span>
    );
  }
  const shown = withoutDirectionMarks(text);
  return (
    <span className="second-line cut" dir="auto" title={shown} data-field="description">
      {shown}
    </span>
  );
}

/** A moderator's reason, and the artist's one answer. */
function Reason({ hide }: { hide: Hide | undefined }) {
  if (!hide) {
    return (
      <span className="second-line bad">
        <span className="cut">
          <Trans>Hidden by a moderator, without a reason.</Trans>
        </span>
      </span>
    );
  }
  const by = hide.moderator_handle ? `@${hide.moderator_handle}, ` : "";
  return (
    <span className="second-line bad">
      <span className="cut" dir="auto" title={hide.reason}>
        <Trans>
          Moderator: “{withoutDirectionMarks(hide.reason)}” {by}
          {formatDate(hide.created_at)}
        </Trans>
      </span>
      {hide.answer ? (
        <span className="cut answered" dir="auto" title={hide.answer}>
          {moderates ? t`Answer` : t`You`}: “{withoutDirectionMarks(hide.answer)}”
        </span>
      ) : (
        !moderates && (
          <button type="button" className="link" tabIndex={-1} data-answer>
            <Trans>Answer</Trans>
          </button>
        )
      )}
    </span>
  );
}

/** A badge for hidden posts (by whom) and deleted ones (how long they can be restored). */
export function Mark({ post }: { post: Post }) {
  if (post.deleted_at) return <DaysLeft post={post} />;
  if (post.hidden_by_mod) {
    return (
      <span className="mark bad by-moderator">
        <Trans>hidden by {post.hidden_by_user ? t`a moderator and you` : t`a moderator`}</Trans>
      </span>
    );
  }
  return post.hidden_by_user ? (
    <span className="mark">
      <Trans>hidden by {moderates ? t`its artist` : t`you`}</Trans>
    </span>
  ) : null;
}

/** A click filters by the tag. */
function tagsOf(tags: readonly string[]) {
  return tags.flatMap((tag, index) => [
    index > 0 && ", ",
    <bdi key={index} className="tag" data-tag={tag}>
      {tag}
    </bdi>,
  ]);
}

function pictureFacts({ width, height, frame_count: frames, file_format: format, file_bytes: bytes }: Post) {
  const size = width && height ? `${width}×${height}` : "";
  const what = frames && frames > 1 ? `${formatCount(frames)} f` : (format?.toUpperCase() ?? "");
  return (
    <>
      <span>{[size, what].filter(Boolean).join(" ")}</span>
      <span className="faint">{bytes === null ? "" : formatBytes(bytes)}</span>
    </>
  );
}

const DAY_MS = 86_400_000;

/** Days left to restore a deleted post, or the date it was deleted where the site keeps them. */
export function DaysLeft({ post }: { post: Post }) {
  if (post.gone_at) {
    const days = Math.max(0, Math.floor((Date.parse(post.gone_at) - serverNow()) / DAY_MS));
    const text = days === 0 ? t`last day` : t`${plural(days, { one: "# day", other: "# days" })} left`;
    return <span className={days < 3 ? "mark bad" : "mark"}>{text}</span>;
  }
  return post.deleted_at ? (
    <span className="mark">
      <Trans>deleted on {formatDate(post.deleted_at)}</Trans>
    </span>
  ) : null;
}
