import "./ModerationDialog.css";

import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useDeferredValue, useState } from "react";

import { useAudit, useFoundUsers } from "../../data/queries";
import type { AuditPage } from "../../data/schema";
import { useNow } from "../../platform/clock";
import { formatAgo } from "../../platform/format";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { TextField } from "../../ui/Field";
import { ReportedPosts } from "./ReportedPosts";

export default function ModerationDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={t`Moderation`} className="wide" onClose={onClose}>
      <ArtistSearch />
      <ReportedPosts />
      <AuditTrail />
    </Dialog>
  );
}

const pageOf = (sqid: string, page: string) => `/u/${encodeURIComponent(sqid)}/${page}`;

/** What moderators look for among an artist's posts. */
const LOOKS = [
  { words: t`Reported`, page: "posts?q=reported:yes" },
  { words: t`Without warnings`, page: "posts?q=warning:none" },
  { words: t`Scheduled`, page: "publish?tab=scheduled" },
] as const;

/** Find an artist by the beginning of their handle, and open their posts. */
function ArtistSearch() {
  const [text, setText] = useState("");
  const wanted = useDeferredValue(text.trim().replace(/^@/, ""));
  const { data, error } = useFoundUsers(wanted);
  return (
    <section className="artist-search" aria-label={t`Artists`}>
      <TextField
        className="field"
        label={t`Open the posts of`}
        type="search"
        data-first
        maxLength={64}
        placeholder={t`@handle`}
        autoCapitalize="none"
        value={text}
        onChange={setText}
      />
      {error && <p className="bad">{error.message}</p>}
      {data && (
        <ul aria-label={t`Artists found`}>
          {data.map((user) => (
            <li key={user.public_sqid}>
              <a className="menu-item" href={pageOf(user.public_sqid, "posts")}>
                <bdi>@{user.handle}</bdi>
                <span className="muted">{plural(user.artwork_count, { one: "# post", other: "# posts" })}</span>
              </a>
              <span className="artist-looks">
                {LOOKS.map(({ words, page }) => (
                  <a key={words} href={pageOf(user.public_sqid, page)}>
                    {words}
                    <span className="visually-hidden">
                      {" "}
                      <Trans>of {user.handle}</Trans>
                    </span>
                  </a>
                ))}
              </span>
            </li>
          ))}
          {data.length === 0 && (
            <li className="muted">
              <Trans>No artist&rsquo;s handle begins so.</Trans>
            </li>
          )}
        </ul>
      )}
    </section>
  );
}

type Entry = AuditPage["items"][number];

/** "2 posts of", or "of" where no particular post or file was affected. */
function about({ post_ids: posts, asset_ids: files }: Entry): string {
  if (posts.length > 0) return t`${plural(posts.length, { one: "# post", other: "# posts" })} of `;
  return files.length > 0 ? t`${plural(files.length, { one: "# file", other: "# files" })} of ` : t`of `;
}

/** What moderators did in other users' libraries, newest first, with their reasons. */
function AuditTrail() {
  const { data, error, hasNextPage, isFetching, fetchNextPage } = useAudit();
  const now = useNow(60_000);
  const entries = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className="audit" aria-labelledby="audit-title">
      <h3 id="audit-title">
        <Trans>Audit trail</Trans>
      </h3>
      {error && <p className="bad">{error.message}</p>}
      {data && entries.length === 0 && (
        <p className="muted">
          <Trans>Nothing was done for anybody yet.</Trans>
        </p>
      )}
      <ol>
        {entries.map((entry) => (
          <li key={entry.id}>
            <span>
              <strong>{entry.action.replaceAll("_", " ")}</strong> · {about(entry)}
              <a href={`/u/${encodeURIComponent(entry.target_sqid)}/posts`}>
                <bdi>@{entry.target_handle ?? t`gone`}</bdi>
              </a>
            </span>
            <time className="muted" dateTime={entry.created_at}>
              {formatAgo(entry.created_at, now)}
            </time>
            {entry.reason && (
              <p className="muted" dir="auto">
                “{entry.reason}”
              </p>
            )}
          </li>
        ))}
      </ol>
      {hasNextPage && (
        <Button disabled={isFetching} onClick={() => void fetchNextPage()}>
          <Trans>Older</Trans>
        </Button>
      )}
    </section>
  );
}
