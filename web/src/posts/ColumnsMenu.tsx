import { Columns3, Minus, Plus, RotateCcw } from "lucide-react";

import { Popover } from "../ui/Popover";
import type { PostTableModel } from "./usePostTable";

const STEP = 20;

/** Which columns are shown, and how wide: all that the headers do by dragging, by buttons. */
export function ColumnsMenu({ table }: { table: PostTableModel["table"] }) {
  return (
    <Popover
      name="Columns"
      className="button"
      label={
        <>
          <Columns3 aria-hidden /> <span className="wide-only">Columns</span>
        </>
      }
    >
      <ul className="column-list" aria-label="Columns">
        {table
          .getAllLeafColumns()
          .filter((column) => column.getCanHide())
          .map((column) => {
            const label = column.columnDef.meta?.label ?? column.id;
            const resize = (by: number) => {
              const { minSize = 40, maxSize = 640 } = column.columnDef;
              const size = Math.max(minSize, Math.min(maxSize, column.getSize() + by));
              table.setColumnSizing((sizes) => ({ ...sizes, [column.id]: size }));
            };
            return (
              <li key={column.id}>
                <label>
                  <input
                    type="checkbox"
                    checked={column.getIsVisible()}
                    onChange={column.getToggleVisibilityHandler()}
                  />
                  {label}
                </label>
                {column.getCanResize() && (
                  <span className="column-width">
                    <button
                      type="button"
                      className="icon-button"
                      aria-label={`Make ${label} narrower`}
                      onClick={() => resize(-STEP)}
                    >
                      <Minus aria-hidden />
                    </button>
                    <span className="column-size">{column.getSize()}</span>
                    <button
                      type="button"
                      className="icon-button"
                      aria-label={`Make ${label} wider`}
                      onClick={() => resize(STEP)}
                    >
                      <Plus aria-hidden />
                    </button>
                  </span>
                )}
              </li>
            );
          })}
      </ul>
      <button
        type="button"
        className="button"
        onClick={() => {
          table.setColumnSizing({});
          table.setColumnVisibility({});
        }}
      >
        <RotateCcw aria-hidden /> Show all, at their own width
      </button>
    </Popover>
  );
}
