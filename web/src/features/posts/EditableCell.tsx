import { t } from "@lingui/core/macro";
import { type ClipboardEvent, useLayoutEffect, useRef, useState } from "react";

import { LIMITS } from "./texts";
import type { Post } from "../../data/schema";
import { linesOf } from "./paste";

export type EditableField = "title" | "description";

export interface Edited {
  post: Post;
  field: EditableField;
  /** Null: unchanged. */
  value: string | null;
  /** What it was when the editing began. */
  before: string | null;
  /** To the next cell, the previous one, or none. */
  step: 1 | -1 | 0;
  /** Something else was given the focus, and keeps it. */
  isLeft: boolean;
}

interface Props {
  post: Post;
  field: EditableField;
  onEdited: (edited: Edited) => void;
}

/** The event by which lines pasted into a cell reach the list. */
export const PASTED = "pmd-pasted";

/** Inline editing: Enter and blur save, Tab saves and moves to the next cell, Escape cancels. */
export function EditableCell({ post, field, onEdited }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const isOver = useRef(false);
  const [before] = useState(post[field]);
  useLayoutEffect(() => input.current?.select(), []);
  const end = (value: string | null, step: Edited["step"] = 0, isLeft = false) => {
    if (isOver.current) return;
    isOver.current = true;
    const changed = value === null || value.trim() === (before ?? "") ? null : value.trim();
    onEdited({ post, field, value: changed, before, step, isLeft });
  };
  const onPaste = (event: ClipboardEvent<HTMLInputElement>) => {
    const lines = linesOf(event.clipboardData.getData("text/plain"));
    if (lines.length < 2) return;
    event.preventDefault();
    const { currentTarget } = event;
    end(null);
    currentTarget.dispatchEvent(new CustomEvent(PASTED, { bubbles: true, detail: { id: post.id, field, lines } }));
  };
  return (
    <input
      ref={input}
      className="inline-edit"
      dir="auto"
      aria-label={t`${field === "title" ? t`Title` : t`Description`} of ${post.title ?? t`Untitled`}`}
      defaultValue={before ?? ""}
      maxLength={LIMITS[field]}
      onPaste={onPaste}
      onKeyDown={(event) => {
        event.stopPropagation();
        const { value } = event.currentTarget;
        if (event.key === "Enter") end(value);
        else if (event.key === "Escape") end(null);
        else if (event.key === "Tab") {
          event.preventDefault();
          end(value, event.shiftKey ? -1 : 1);
        }
      }}
      onClick={(event) => event.stopPropagation()}
      onDoubleClick={(event) => event.stopPropagation()}
      onBlur={({ currentTarget, relatedTarget }) => end(currentTarget.value, 0, relatedTarget !== null)}
    />
  );
}
