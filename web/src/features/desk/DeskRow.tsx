import "./cells.css";

import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Heart, MessageSquare, TriangleAlert } from "lucide-react";
import { memo, type ReactNode } from "react";

import { ArtOnMat } from "../../data/assets/AssetPicture";
import { formatCount } from "../../platform/format";
import { CellEditor, type Leave } from "./CellEditor";
import { type ColumnId, type Field, isField, LABELS, type Names, textOf, type Value } from "./cells";
import { dayWords, localIn } from "./days";
import { FIXES, type Problem, problemsIn, toDo, problemText } from "./problems";
import type { Draft } from "./schema";
import type { Entry } from "./sheet";
import type { Editing } from "./useGrid";

export const PICTURE = 73;

export interface RowProps {
  entry: Entry;
  names: Names;
  zone: string;
  /** When it would go out by the rule. */
  planned: string | undefined;
  index: number;
  top: number;
  columns: readonly ColumnId[];
  isSelected: boolean;
  /** The columns of the range that this row is part of; -1: it is none. */
  left: number;
  right: number;
  editing: Editing | null;
  /** What a pattern would write. */
  preview: string | undefined;
  previewed: ColumnId | null;
  onEnd: (id: number, field: Field, text: string | null, leave: Leave, seen?: Value) => void;
}

export const cellId = (id: number, column: ColumnId) => `draft-${id}-${column}`;
export const nameOfDraft = ({ title, file }: Draft) => title ?? file?.name ?? t`Untitled`;

/** A draft: each of its cells can be reached by itself. */
export const DeskRow = memo(function DeskRow(props: RowProps) {
  const { entry, names, index, top, columns, isSelected, left, right, editing, previewed } = props;
  const { shown, faults, theirs } = entry;
  return (
    <div
      role="row"
      data-id={shown.id}
      data-status={shown.status}
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      className="desk-row"
      style={{ transform: `translateY(${top}px)` }}
    >
      <div
        role="gridcell"
        className="desk-cell desk-tick"
        data-tick
        aria-label={isSelected ? t`Selected` : t`Not selected`}
      >
        <span className="tick-box" />
      </div>
      {columns.map((column, place) => {
        const isIn = left <= place && place <= right;
        const isFaulty = isField(column) && (column in faults || column in theirs);
        const isToDo = dueIn(entry, column).some(({ is_blocking: blocks }) => blocks);
        return (
          <div
            key={column}
            id={cellId(shown.id, column)}
            role="gridcell"
            className={`desk-cell desk-${column}`}
            data-column={column}
            data-mark={isFaulty ? "bad" : isToDo ? "to-do" : undefined}
            data-unsaved={isField(column) && column in entry.edits ? "" : undefined}
            aria-colindex={place + 2}
            aria-selected={isIn}
            aria-readonly={!isField(column)}
            aria-label={column === "picture" ? t`Picture ${shown.file?.name ?? ""}` : undefined}
          >
            {editing?.column === column && isField(column) && column !== "content_warnings" ? (
              <CellEditor
                field={column}
                draft={shown}
                names={names}
                text={editing.text}
                onEnd={(...written) => props.onEnd(shown.id, column, ...written)}
              />
            ) : column === previewed && isIn ? (
              <span className="desk-text desk-preview">{props.preview}</span>
            ) : (
              contentOf(column, props)
            )}
          </div>
        );
      })}
    </div>
  );
});

function contentOf(column: ColumnId, props: RowProps): ReactNode {
  const { entry, names } = props;
  const { shown } = entry;
  switch (column) {
    case "picture":
      return <Picture draft={shown} />;
    case "when":
      return <When {...props} />;
    case "content_warnings":
      return (
        <>
          {shown.content_warnings.map((word) => (
            <span key={word} className="warning-word">
              {word}
            </span>
          ))}
          {toDos(column, entry)}
        </>
      );
    default: {
      const text = textOf(column, shown, names);
      return (
        <>
          {text !== "" && (
            <span className="desk-text" dir="auto">
              {text}
            </span>
          )}
          {toDos(column, entry)}
        </>
      );
    }
  }
}

function Picture({ draft: { file } }: { draft: Draft }) {
  if (!file)
    return (
      <span className="desk-picture none">
        <Trans>File deleted</Trans>
      </span>
    );
  return (
    <span className="desk-art" data-handle data-moves={(file.frame_count ?? 1) > 1}>
      <ArtOnMat asset={file} size={PICTURE} look="desk-picture" />
    </span>
  );
}

/** Something is to do in this cell, and has not just been done. */
function dueIn({ shown, edits }: Entry, column: ColumnId): Problem[] {
  return shown.status === "draft" && !(column in edits) ? problemsIn(shown, column) : [];
}

/** What the service does not take, what somebody else has written, and what is to do before it goes out. */
function toDos(column: Field, entry: Entry): ReactNode {
  const { faults, theirs } = entry;
  const fault = faults[column];
  if (fault) return <Note look="bad">{fault}</Note>;
  if (column in theirs) {
    return (
      <Note look="bad">
        <Trans>
          Changed elsewhere
          <Act name="theirs">See it</Act>
        </Trans>
      </Note>
    );
  }
  return dueIn(entry, column).map(({ code, is_blocking: blocks, ...problem }) =>
    blocks ? (
      <Note key={code} look="wait">
        {problemText({ code, is_blocking: blocks, ...problem })}
        {FIXES[code] && <Act name={code}>{FIXES[code].inCell}</Act>}
      </Note>
    ) : (
      <span key={code} className="faint">
        {problemText({ code, is_blocking: blocks, ...problem })}
      </span>
    ),
  );
}

function Note({ look, children }: { look: string; children: ReactNode }) {
  return (
    <span className={`desk-note ${look}`}>
      <TriangleAlert aria-hidden /> {children}
    </span>
  );
}

/** A press here, and Enter in the cell, do the same. */
function Act({ name, children }: { name: string; children: ReactNode }) {
  return (
    <span className="desk-act" data-act={name}>
      {children}
    </span>
  );
}

function When({ entry: { shown }, zone, planned }: RowProps) {
  if (shown.status === "published") return <PublishedAt draft={shown} zone={zone} />;
  if (shown.status === "draft") {
    const count = toDo(shown).length;
    return (
      <>
        <span className="beside desk-state">
          <span className="state-mark" aria-hidden />
          {count === 0 ? (
            t`Ready`
          ) : (
            <span className="wait">
              <Trans>{count} to do</Trans>
            </span>
          )}
        </span>
        {planned && count === 0 && <span className="desk-planned">→ {dayWords(localIn(zone, planned).day)}</span>}
      </>
    );
  }
  const { day, time } = localIn(zone, shown.due_at ?? shown.updated_at);
  return (
    <>
      <strong>{dayWords(day)}</strong>
      <span className="numbers">{time}</span>
      {shown.status === "failed" && (
        <span className="desk-note bad">
          <span className="state-mark" data-state="set_aside" aria-hidden /> {shown.reason}
        </span>
      )}
    </>
  );
}

function PublishedAt({ draft: { published_at: at, post }, zone }: { draft: Draft; zone: string }) {
  return (
    <>
      <span className="beside desk-state">
        <span className="state-mark" data-state="approved" aria-hidden />
        <span className="numbers">{at && localIn(zone, at).time}</span>
      </span>
      {post && (
        <>
          <span className="numbers beside">
            <Heart role="img" aria-label={t`Reactions`} /> {formatCount(post.reaction_count)}{" "}
            <MessageSquare role="img" aria-label={t`Comments`} /> {formatCount(post.comment_count)}
          </span>
          <span className="numbers faint">
            <Trans>{formatCount(post.view_count)} views</Trans>
          </span>
        </>
      )}
    </>
  );
}

export const headOf = (column: ColumnId, isPublished: boolean) =>
  column === "when" && isPublished ? t`Published` : LABELS[column];
