import { useLayoutEffect, useRef } from "react";

import type { Post } from "../api/schema";
import { LIMITS } from "../actions/limits";

export type EditableField = "title" | "description";

interface Props {
  post: Post;
  field: EditableField;
  /** Null: left as it was. */
  onEdited: (post: Post, field: EditableField, value: string | null) => void;
}

/** A text changed where it stands: Enter and leaving keep it, Escape does not. */
export function EditableCell({ post, field, onEdited }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const isOver = useRef(false);
  useLayoutEffect(() => input.current?.select(), []);
  const end = (value: string | null) => {
    if (isOver.current) return;
    isOver.current = true;
    const changed = value === null || value.trim() === (post[field] ?? "") ? null : value.trim();
    onEdited(post, field, changed);
  };
  return (
    <input
      ref={input}
      className="inline-edit"
      dir="auto"
      aria-label={`${field === "title" ? "Title" : "Description"} of ${post.title ?? "Untitled"}`}
      defaultValue={post[field] ?? ""}
      maxLength={LIMITS[field]}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Enter") end(event.currentTarget.value);
        else if (event.key === "Escape") end(null);
      }}
      onClick={(event) => event.stopPropagation()}
      onBlur={(event) => end(event.currentTarget.value)}
    />
  );
}
