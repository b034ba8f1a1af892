import { t } from "@lingui/core/macro";
import { ArrowDown, ArrowUp } from "lucide-react";
import { memo, type PointerEvent, useRef } from "react";

import { lowered } from "../../platform/text";
import type { Column } from "./columns";
import type { PostTableModel } from "./usePostTable";
import { textScale } from "../../platform/textSize";

interface Props {
  model: PostTableModel;
  /** Of the visible posts. */
  selected: "all" | "some" | "none";
  onSelectAll: () => void;
}

/** Click to sort, drag the edge to resize; the columns menu is the keyboard alternative. */
export function TableHead({ model, selected, onSelectAll }: Props) {
  return (
    <div role="rowgroup" className="head">
      <div role="row" aria-rowindex={1} className="head-row">
        {model.shown.map((column) =>
          column.id === "select" ? (
            <div key={column.id} role="columnheader" className="cell cell-select">
              <button
                type="button"
                role="checkbox"
                className="tick-box"
                tabIndex={-1}
                aria-label={t`Select all posts that are shown`}
                aria-checked={selected === "some" ? "mixed" : selected === "all"}
                onClick={onSelectAll}
              />
            </div>
          ) : (
            <HeadCell key={column.id} column={column} model={model} />
          ),
        )}
      </div>
    </div>
  );
}

/** Memoized: selection and results do not render it. */
const HeadCell = memo(function HeadCell({ column, model }: { column: Column; model: PostTableModel }) {
  const { label, isNumeric, icon: Icon, sort } = column;
  const isSorted = sort !== null && model.sort.id === sort;
  const className = `cell head-cell cell-${column.id}${isNumeric ? " numeric" : ""}`;
  if (sort === null) {
    return (
      <div role="columnheader" className={className}>
        <span className={column.canResize ? "cut" : "visually-hidden"}>{label}</span>
        {column.canResize && <ResizeEdge column={column} model={model} />}
      </div>
    );
  }
  return (
    <div
      role="columnheader"
      className={className}
      aria-sort={!isSorted ? "none" : model.sort.desc ? "descending" : "ascending"}
    >
      <button
        type="button"
        className="sort"
        tabIndex={-1}
        title={t`Sort by ${lowered(label)}`}
        onClick={() => model.sortBy(sort)}
      >
        {Icon && <Icon aria-hidden />}
        <span className={Icon ? "visually-hidden" : "cut"}>{label}</span>
        {isSorted && !model.sort.desc && <ArrowUp className="sort-arrow" aria-hidden />}
        {isSorted && model.sort.desc && <ArrowDown className="sort-arrow" aria-hidden />}
      </button>
      {column.canResize && <ResizeEdge column={column} model={model} />}
    </div>
  );
});

function ResizeEdge({ column, model }: { column: Column; model: PostTableModel }) {
  const drag = useRef<{ x: number; size: number } | null>(null);
  const begin = (event: PointerEvent<HTMLSpanElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    const size = event.currentTarget.parentElement?.offsetWidth ?? model.sizeOf(column);
    drag.current = { x: event.clientX, size };
  };
  return (
    <span
      className="resize"
      aria-hidden
      onPointerDown={begin}
      onPointerMove={(event) => {
        if (drag.current) model.resize(column, drag.current.size + (event.clientX - drag.current.x) / textScale);
      }}
      onPointerUp={() => (drag.current = null)}
      onPointerCancel={() => (drag.current = null)}
      onDoubleClick={() => model.resize(column, null)}
    />
  );
}
