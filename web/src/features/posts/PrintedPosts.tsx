import "./PrintedPosts.css";

import { useState } from "react";
import { flushSync } from "react-dom";

import { config } from "../../data/config";
import type { Post } from "../../data/schema";
import { formatBytes, formatDate, plural } from "../../platform/format";
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
        {plural(posts.length, isTrash ? "deleted post" : "post")} of @{config.subject.handle}
        {posts.length > MAX_PRINTED && `, the first ${MAX_PRINTED}`}
      </h2>
      <table>
        <thead>
          <tr>
            {["", "Title", "Date", "Format", "Size", "Reactions", "Views", "Licence"].map((label) => (
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
              <td>{post.reaction_count}</td>
              <td>{post.view_count}</td>
              <td>{post.license_identifier}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
