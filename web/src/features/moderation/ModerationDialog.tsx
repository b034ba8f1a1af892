import "./ModerationDialog.css";

import { useDeferredValue, useState } from "react";

import { useAudit, useFoundUsers } from "../../data/queries";
import type { AuditPage } from "../../data/schema";
import { useNow } from "../../platform/clock";
import { formatAgo, plural } from "../../platform/format";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { TextField } from "../../ui/Field";
import { ReportedPosts } from "./ReportedPosts";

export default function ModerationDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Moderation" className="wide" onClose={onClose}>
      <ArtistSearch />
      <ReportedPosts />
      <AuditTrail />
    </Dialog>
  );
}

const pageOf = (sqid: string, page: string) => `/u/${encodeURIComponent(sqid)}/${page}`;

/** What moderators look for among an artist's posts. */
const LOOKS = [
  { words: "Reported", page: "posts?q=reported:yes" },
  { words: "Without warnings", page: "posts?q=warning:none" },
  { words: "Scheduled", page: "publish?tab=scheduled" },
] as const;

/** Find an artist by the beginning of their handle, and open their posts. */
function ArtistSearch() {
  const [text, setText] = useState("");
  const wanted = useDeferredValue(text.trim().replace(/^@/, ""));
  const { data, error } = useFoundUsers(wanted);
  return (
    <section className="artist-search" aria-label="Artists">
      <TextField
        className="field"
        label="Open the posts of"
        type="search"
        data-first
        maxLength={64}
        placeholder="@handle"
        autoCapitalize="none"
        value={text}
        onChange={setText}
      />
      {error && <p className="bad">{error.message}</p>}
      {data && (
        <ul aria-label="Artists found">
          {data.map((user) => (
            <li key={user.public_sqid}>
              <a className="menu-item" href={pageOf(user.public_sqid, "posts")}>
                <bdi>@{user.handle}</bdi>
                <span className="muted">{plural(user.artwork_count, "post")}</span>
              </a>
              <span className="artist-looks">
                {LOOKS.map(({ words, page }) => (
                  <a key={words} href={pageOf(user.public_sqid, page)}>
                    {words}
                    <span className="visually-hidden"> of {user.handle}</span>
                  </a>
                ))}
              </span>
            </li>
          ))}
          {data.length === 0 && <li className="muted">No artist&rsquo;s handle begins so.</li>}
        </ul>
      )}
    </section>
  );
}

type Entry = AuditPage["items"][number];

/** "2 posts of", or "of" where no particular post or file was affected. */
function about({ post_ids: posts, asset_ids: files }: Entry): string {
  if (posts.length > 0) return `${plural(posts.length, "post")} of `;
  return files.length > 0 ? `${plural(files.length, "file")} of ` : "of ";
}

/** What moderators did in other users' libraries, newest first, with their reasons. */
function AuditTrail() {
  const { data, error, hasNextPage, isFetching, fetchNextPage } = useAudit();
  const now = useNow(60_000);
  const entries = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className="audit" aria-labelledby="audit-title">
      <h3 id="audit-title">Audit trail</h3>
      {error && <p className="bad">{error.message}</p>}
      {data && entries.length === 0 && <p className="muted">Nothing was done for anybody yet.</p>}
      <ol>
        {entries.map((entry) => (
          <li key={entry.id}>
            <span>
              <strong>{entry.action.replaceAll("_", " ")}</strong> · {about(entry)}
              <a href={`/u/${encodeURIComponent(entry.target_sqid)}/posts`}>
                <bdi>@{entry.target_handle ?? "gone"}</bdi>
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
          Older
        </Button>
      )}
    </section>
  );
}
