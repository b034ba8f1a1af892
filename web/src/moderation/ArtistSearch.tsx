import { useDeferredValue, useState } from "react";

import { useFoundUsers } from "../api/queries";
import { plural } from "../lib/format";

/** Find an artist by the first letters of their handle, and open their posts. */
export function ArtistSearch() {
  const [text, setText] = useState("");
  const wanted = useDeferredValue(text.trim().replace(/^@/, ""));
  const { data, error } = useFoundUsers(wanted);
  return (
    <section className="artist-search" aria-label="Artists">
      <label className="field">
        <span>Open the posts of</span>
        <input
          type="search"
          data-first
          maxLength={64}
          placeholder="@handle"
          autoCapitalize="none"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </label>
      {error && <p className="danger-text">{error.message}</p>}
      {data && (
        <ul aria-label="Artists found">
          {data.map((user) => (
            <li key={user.public_sqid}>
              <a className="menu-item" href={`/u/${encodeURIComponent(user.public_sqid)}/posts`}>
                <bdi>@{user.handle}</bdi>
                <span className="muted">{plural(user.artwork_count, "post")}</span>
              </a>
            </li>
          ))}
          {data.length === 0 && <li className="muted">No artist&rsquo;s handle begins so.</li>}
        </ul>
      )}
    </section>
  );
}
