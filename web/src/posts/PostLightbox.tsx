import { ExternalLink, Pencil } from "lucide-react";

import { artSource } from "../api/client";
import { config } from "../api/config";
import type { Post } from "../api/schema";
import { formatBytes, formatCount, formatDate, plural } from "../lib/format";
import { type Selection, toggle } from "../lib/selection";
import { withoutDirectionMarks } from "../lib/text";
import { Lightbox } from "../ui/Lightbox";
import { VisibilityBadge } from "./VisibilityBadge";

interface Props {
  id: number;
  order: readonly number[];
  byId: ReadonlyMap<number, Post>;
  selection: Selection;
  select: (change: (selection: Selection) => Selection) => void;
  onOpen: (id: number) => void;
  /** Null: nothing can be changed just now. */
  onEdit: ((post: Post) => void) | null;
  onClose: () => void;
}

/** One post large, with all that is known of it; its neighbours in the order that is shown are an arrow away. */
export function PostLightbox({ id, order, byId, selection, select, onOpen, onEdit, onClose }: Props) {
  const index = order.indexOf(id);
  const post = byId.get(id);
  if (!post || index < 0) return null;
  return (
    <Lightbox
      title={withoutDirectionMarks(post.title ?? "Untitled")}
      picture={{ source: artSource(post), width: post.width, height: post.height }}
      index={index}
      count={order.length}
      isSelected={selection.ids.has(id)}
      onIndex={(to) => {
        const next = order[to];
        if (next !== undefined) onOpen(next);
      }}
      onToggle={() => select((now) => toggle(now, id))}
      onClose={onClose}
    >
      <VisibilityBadge post={post} />
      {post.description && (
        <p className="lightbox-text" dir="auto">
          {withoutDirectionMarks(post.description)}
        </p>
      )}
      {post.hashtags.length > 0 && (
        <p>
          {post.hashtags.map((tag) => (
            <bdi key={tag} className="hashtag">
              #{tag}{" "}
            </bdi>
          ))}
        </p>
      )}
      <dl className="facts">
        {facts(post).map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div className="lightbox-links">
        {config.site_url !== null && (
          <a className="button" href={`${config.site_url}/p/${post.public_sqid}`} target="_blank" rel="noopener">
            <ExternalLink aria-hidden /> Open at {config.site_name}
          </a>
        )}
        {onEdit && (
          <button type="button" className="button" onClick={() => onEdit(post)}>
            <Pencil aria-hidden /> Edit
          </button>
        )}
      </div>
    </Lightbox>
  );
}

function facts(post: Post): [string, string][] {
  const frames = post.frame_count ?? 1;
  return [
    ["Posted", formatDate(post.created_at)],
    ["Picture", post.width && post.height ? `${post.width} × ${post.height}` : "unknown"],
    ...(frames > 1 ? [["Frames", formatCount(frames)] as [string, string]] : []),
    [
      "File",
      [post.file_format, post.file_bytes === null ? null : formatBytes(post.file_bytes)].filter(Boolean).join(", "),
    ],
    ["Licence", post.license_identifier ?? "none"],
    ["Seen", plural(post.view_count, "view")],
    ["Liked", plural(post.reaction_count, "reaction")],
    ["Said", plural(post.comment_count, "comment")],
  ];
}
