import { ArrowDown, ArrowUp } from "lucide-react";

import type { PostTableModel } from "./usePostTable";

type Table = PostTableModel["table"];
type Header = ReturnType<Table["getHeaderGroups"]>[number]["headers"][number];

interface Props {
  table: Table;
  /** Whether all, some or none of the shown posts are selected. */
  selected: "all" | "some" | "none";
  onSelectAll: () => void;
}

/** Sort by a click on a name, resize by its right edge; without a pointer, the list of columns does both. */
export function TableHead({ table, selected, onSelectAll }: Props) {
  return (
    <div role="rowgroup" className="head">
      {table.getHeaderGroups().map((group) => (
        <div key={group.id} role="row" aria-rowindex={1} className="head-row">
          {group.headers.map((header) =>
            header.column.id === "select" ? (
              <div key={header.id} role="columnheader" className="cell cell-select">
                <input
                  type="checkbox"
                  aria-label="Select all posts that are shown"
                  checked={selected === "all"}
                  ref={(box) => {
                    if (box) box.indeterminate = selected === "some";
                  }}
                  onChange={onSelectAll}
                />
              </div>
            ) : (
              <HeadCell key={header.id} header={header} />
            ),
          )}
        </div>
      ))}
    </div>
  );
}

function HeadCell({ header }: { header: Header }) {
  const { column } = header;
  const { label, isNumeric, icon: Icon } = column.columnDef.meta ?? { label: "" };
  const sorted = column.getIsSorted();
  const className = `cell head-cell cell-${column.id}${isNumeric ? " numeric" : ""}${column.getIsResizing() ? " resizing" : ""}`;
  if (!column.getCanSort()) {
    return (
      <div role="columnheader" className={className}>
        <span className="visually-hidden">{label}</span>
      </div>
    );
  }
  return (
    <div
      role="columnheader"
      className={className}
      aria-sort={sorted === "asc" ? "ascending" : sorted === "desc" ? "descending" : "none"}
    >
      <button type="button" className="sort" title={Icon && label} onClick={column.getToggleSortingHandler()}>
        {Icon && <Icon aria-hidden />}
        <span className={Icon ? "visually-hidden" : "sort-label"}>{label}</span>
        {sorted === "asc" && <ArrowUp className="sort-arrow" aria-hidden />}
        {sorted === "desc" && <ArrowDown className="sort-arrow" aria-hidden />}
      </button>
      {column.getCanResize() && (
        <span
          className="resize"
          aria-hidden
          onMouseDown={header.getResizeHandler()}
          onTouchStart={header.getResizeHandler()}
          onDoubleClick={() => column.resetSize()}
        />
      )}
    </div>
  );
}
