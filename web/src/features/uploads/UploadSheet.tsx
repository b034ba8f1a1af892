import "./sheet.css";

import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { AudioLines, Minus, TriangleAlert } from "lucide-react";
import { type KeyboardEvent, memo, useMemo, useRef, useState } from "react";

import { useCommands } from "../../commands/commands";
import { previewUrl } from "../../data/assets/urls";
import { go } from "../../platform/address";
import { formatCount } from "../../platform/format";
import { chunk } from "../../platform/lists";
import { orderOf, targetIndex } from "../../platform/selection";
import { nameOf } from "../../platform/text";
import { LoadError } from "../../ui/Empty";
import { useElementSize } from "../../ui/useElementSize";
import type { Line, Upload } from "./schema";
import { useSending } from "./sender";
import type { ItemView } from "./sending";
import { type CellState, type Group, groupsOf, isSettled, stateOf, stepOf, within } from "./sheet";
import { outcomeWords } from "./uploads";
import { useSheet } from "./useSheet";

const WORDS: Record<CellState, string> = {
  wait: t`to come`,
  run: t`on its way`,
  look: t`being looked at`,
  here: t`in your library`,
  same: t`already in your library`,
  redo: t`left out; send it again`,
  change: t`left out`,
  none: t`left out on purpose`,
};

/** An upload's files as they arrive: one cell a file, in its folder from the start. */
export function UploadSheet({ upload }: { upload: Upload }) {
  const { lines, error, retry } = useSheet(upload);
  const view = useSending(upload.id);
  const [activeId, setActiveId] = useState<string | null>(null);
  const box = useRef<HTMLDivElement>(null);
  // What was still to come when it was first seen is new, once it is here.
  const [awaited] = useState(() => new Set<string>());
  const sending = useMemo(() => new Map(view?.items.map((item) => [item.id, item])), [view]);
  const columns = columnsIn(useElementSize(box).width);
  const groups = useMemo(() => groupsOf(lines ?? []), [lines]);
  const order = useMemo(() => orderOf(groups.flatMap(({ lines: members }) => members)), [groups]);
  for (const line of lines ?? []) if (!isSettled(line)) awaited.add(line.id);

  const goTo = (id: string | undefined) => {
    if (id === undefined) return false;
    setActiveId(id);
    document.getElementById(`line-${id}`)?.scrollIntoView({ block: "nearest" });
    return true;
  };
  const move = (key: string) => {
    const step = { j: "ArrowRight", k: "ArrowLeft" }[key] ?? key;
    const at = activeId === null ? -1 : order.indexOf(activeId);
    const place = targetIndex(step, at, order.length, 5, columns);
    return place !== null && goTo(order.at(place));
  };
  const open = (id: string | null) => {
    const asset = lines?.find((line) => line.id === id)?.asset_id ?? null;
    if (asset === null) return false;
    go("library", { asset });
    return true;
  };
  useCommands([
    { name: "move", run: move },
    { name: "open", run: () => open(activeId) },
  ]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Home" || event.key === "End") {
      move(event.key);
      event.preventDefault();
    }
  };
  if (error && !lines) return <LoadError error={error} onRetry={retry} />;
  const hidden = upload.total_files - (lines?.length ?? 0);
  return (
    <div
      ref={box}
      className="upload-sheet"
      role="listbox"
      aria-label={t`Files of ${upload.name ?? t`the upload`}`}
      aria-busy={lines === null}
      aria-activedescendant={activeId === null ? undefined : `line-${activeId}`}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onClick={(event) => {
        const cell = (event.target as Element).closest<HTMLElement>("[data-line]");
        if (!cell) return;
        const id = cell.dataset["line"] ?? null;
        setActiveId(id);
        open(id);
      }}
    >
      {groups.map((group) => (
        <Folder
          key={group.folder}
          {...{ group, columns, sending, awaited }}
          title={titleOf(within(upload.name, group.folder))}
          activeId={group.lines.some(({ id }) => id === activeId) ? activeId : null}
        />
      ))}
      {lines !== null && hidden > 0 && (
        <p className="muted">
          <Trans>And {formatCount(hidden)} more files, which the report counts.</Trans>
        </p>
      )}
    </div>
  );
}

/** A cell and the gap behind it, CSS pixels. */
const PITCH = 52;
const GAP = 4;
/** Rows that are drawn together: those out of sight cost nothing. */
const ROWS = 4;

const columnsIn = (width: number) => Math.max(1, Math.floor((width + GAP) / PITCH));

interface FolderProps {
  title: string;
  group: Group;
  columns: number;
  sending: ReadonlyMap<string, ItemView>;
  awaited: ReadonlySet<string>;
  activeId: string | null;
}

/** "sprites / heroes" */
const titleOf = (folder: string) => (folder === "" ? t`In no folder` : folder.split("/").join(" / "));

function Folder({ title, group: { lines, settled }, columns, sending, awaited, activeId }: FolderProps) {
  return (
    <div role="group" aria-label={title} className="sheet-group">
      <p className="sheet-head" aria-hidden>
        <bdi className="cut">{title}</bdi>
        <span className="count">
          {settled < lines.length
            ? t`${formatCount(settled)} of ${formatCount(lines.length)}`
            : formatCount(lines.length)}
        </span>
      </p>
      {chunk(lines, columns * ROWS).map((part, index) => (
        <Rows
          key={index}
          {...{ columns, awaited }}
          lines={part}
          moving={movingIn(part, sending)}
          activeId={part.some(({ id }) => id === activeId) ? activeId : null}
        />
      ))}
    </div>
  );
}

interface RowsProps extends Omit<FolderProps, "title" | "group" | "sending"> {
  lines: readonly Line[];
  /** How its files stand, as a text: equal ones are not drawn again. */
  moving: string;
}

/** Some rows of cells; of 900 arriving files, only those with a change are drawn again. */
const Rows = memo(function Rows({ lines, columns, moving, awaited, activeId }: RowsProps) {
  const states = moving.split(" ");
  const height = Math.ceil(lines.length / columns) * PITCH - GAP;
  return (
    <div
      role="presentation"
      className="sheet-rows"
      style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`, containIntrinsicHeight: `auto ${height}px` }}
    >
      {lines.map((line, index) => {
        const [state = "wait", step = "0"] = (states[index] ?? "").split(":");
        return (
          <Cell
            key={line.id}
            line={line}
            state={state as CellState}
            step={Number(step)}
            isFresh={state === "here" && awaited.has(line.id)}
            isActive={line.id === activeId}
          />
        );
      })}
    </div>
  );
}, isSameRows);

function isSameRows(a: RowsProps, b: RowsProps): boolean {
  return (
    a.moving === b.moving &&
    a.columns === b.columns &&
    a.activeId === b.activeId &&
    a.lines.length === b.lines.length &&
    a.lines.every((line, index) => line === b.lines[index])
  );
}

/** "here wait run:3": the state of each line, and how far it has arrived. */
function movingIn(lines: readonly Line[], sending: ReadonlyMap<string, ItemView>): string {
  const words = lines.map((line) => {
    const item = sending.get(line.id) ?? null;
    const state = stateOf(line, item);
    return state === "run" ? `run:${stepOf(line, item)}` : state;
  });
  return words.join(" ");
}

interface CellProps {
  line: Line;
  state: CellState;
  step: number;
  isFresh: boolean;
  isActive: boolean;
}

const Cell = memo(function Cell({ line, state, step, isFresh, isActive }: CellProps) {
  const words = line.error_message ?? (line.outcome ? nameOf(outcomeWords, line.outcome) : WORDS[state]);
  return (
    <span
      id={`line-${line.id}`}
      data-line={line.id}
      role="option"
      aria-selected={isActive}
      aria-label={`${line.path}, ${words}`}
      title={`${line.file_name}: ${words}`}
      className="sheet-cell"
      data-state={state}
      data-fresh={isFresh}
      style={state === "run" ? { backgroundSize: `100% ${step * 12.5}%` } : undefined}
    >
      <Inside line={line} state={state} />
    </span>
  );
});

function Inside({ line, state }: { line: Line; state: CellState }) {
  if (state === "redo" || state === "change") return <TriangleAlert aria-hidden />;
  if (state === "none") return <Minus aria-hidden />;
  if (state !== "here" && state !== "same") return null;
  if (line.asset_type === "audio") return <AudioLines aria-hidden />;
  if (line.asset_id !== null && line.has_preview) {
    return <img src={previewUrl({ id: line.asset_id }, 64)} alt="" loading="lazy" decoding="async" draggable={false} />;
  }
  return <span aria-hidden>.{line.file_type ?? "file"}</span>;
}
