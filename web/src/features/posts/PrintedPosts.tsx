import "./PrintedPosts.css";

import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { useState } from "react";
import { flushSync } from "react-dom";

import { config } from "../../data/config";
import type { Post } from "../../data/schema";
import { formatBytes, formatCount, formatDate } from "../../platform/format";
import { useEventListener } from "../../platform/useEventListener";
import { PostPicture } from "./PostPicture";

/** Printing more takes browsers minutes. */
const MAX_PRINTED = 2000;

/** A plain table of the selected or visible posts, rendered only while printing. */
export function PrintedPosts({ posts, isTrash }: { posts: readonly Post[]; isTrash: boolean }) {
  const [isPrinting, setPrinting] = useState(false);
  useEventListener(window, "beforeprint", () => flushSync(() => setPrinting(true)));
  useEventListener(window, "afterprint", () => setPrinting(false));
  if (!isPrinting) return null;
  return (
    <div className="printed">
      <h2>
        <Trans>
          {isTrash ? (
            <Plural value={posts.length} one="# deleted post" other="# deleted posts" />
          ) : (
            <Plural value={posts.length} one="# post" other="# posts" />
          )}{" "}
          of @{config.subject.handle}
        </Trans>
        {posts.length > MAX_PRINTED && t`, the first ${formatCount(MAX_PRINTED)}`}
      </h2>
      <table>
        <thead>
          <tr>
            {["", t`Title`, t`Date`, t`Format`, t`Size`, t`Reactions`, t`Views`, t`Licence`].map((label) => (
              <th key={label} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {posts.slice(0, MAX_PRINTED).map((post) => (
            <tr key={post.id}>
              <td>
                <PostPicture post={post} box={32} />
              </td>
              <td dir="auto">{post.title}</td>
              <td>{formatDate(post.created_at)}</td>
              <td>{post.file_format?.toUpperCase()}</td>
              <td>{post.file_bytes === null ? "" : formatBytes(post.file_bytes)}</td>
              <td>{formatCount(post.reaction_count)}</td>
              <td>{formatCount(post.view_count)}</td>
              <td>{post.license_identifier}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
