import { t } from "@lingui/core/macro";
import { type FocusEvent, type KeyboardEvent, useId, useLayoutEffect, useRef, useState } from "react";

import { LABELS, LONGEST, type Names, textOf, type Field, type Value } from "./cells";
import { LicenceOptions } from "./LicenceOptions";
import type { Draft } from "./schema";

/** `left`: something else was given the focus, and keeps it. */
export type Leave = "stay" | "down" | "next" | "previous" | "left";

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

interface Props {
  field: Exclude<Field, "content_warnings">;
  draft: Draft;
  names: Names;
  /** What was typed to begin; null: what the cell says. */
  text: string | null;
  /** `seen`: what the cell had when it was opened. */
  onEnd: (text: string | null, leave: Leave, seen?: Value) => void;
}

/** The field in a cell: Enter and blur save, Tab saves and goes on, Escape leaves the cell as it was. */
export function CellEditor({ field, draft, names, text, onEnd }: Props) {
  const input = useRef<Control>(null);
  const isOver = useRef(false);
  const list = useId();
  // A field does not follow what others write meanwhile, nor names that come late: it is compared with what it began with.
  const [{ seen, said }] = useState(() => {
    const licence = names.licences.find(({ id }) => id === draft.license_id)?.identifier ?? "";
    return { seen: draft[field], said: field === "license_id" ? licence : textOf(field, draft, names) };
  });
  useLayoutEffect(() => {
    const element = input.current;
    element?.focus();
    if (!element || element instanceof HTMLSelectElement) return;
    if (text === null) element.select();
    else element.setSelectionRange(text.length, text.length);
  }, [text]);
  const end = (value: string | null, leave: Leave) => {
    if (isOver.current) return;
    isOver.current = true;
    if (value === null || value === said) onEnd(null, leave);
    else onEnd(value, leave, seen);
  };
  const shared = {
    ref: (element: Control | null) => {
      input.current = element;
    },
    className: "desk-editor",
    "aria-label": t`${LABELS[field]} of ${draft.title ?? draft.file?.name ?? t`the draft`}`,
    onKeyDown: (event: KeyboardEvent<Control>) => {
      event.stopPropagation();
      if (event.nativeEvent.isComposing) return;
      const { value } = event.currentTarget;
      if (event.key === "Escape") end(null, "stay");
      else if (event.key === "Tab") end(value, event.shiftKey ? "previous" : "next");
      else if (event.key === "Enter" && !event.altKey && !event.shiftKey) end(value, "down");
      else return;
      event.preventDefault();
    },
    onBlur: ({ currentTarget, relatedTarget }: FocusEvent<Control>) =>
      end(currentTarget.value, relatedTarget ? "left" : "stay"),
  };
  if (field === "license_id") {
    return (
      <select {...shared} defaultValue={said}>
        <LicenceOptions licences={names.licences} />
      </select>
    );
  }
  const typed = { ...shared, dir: "auto", defaultValue: text ?? said, maxLength: LONGEST[field] };
  if (field === "description" || field === "alt_text") return <textarea {...typed} />;
  if (field !== "series_id") return <input type="text" {...typed} />;
  return (
    <>
      <input type="text" list={list} {...typed} />
      <datalist id={list}>
        {names.series.map(({ id, name }) => (
          <option key={id} value={name} />
        ))}
      </datalist>
    </>
  );
}
