import { Columns3, Minus, Plus, RotateCcw } from "lucide-react";

import { Button, IconButton } from "../ui/Button";
import { Popover } from "../ui/Popover";
import { columns } from "./columns";
import type { PostTableModel } from "./usePostTable";

const STEP = 20;

/** Which columns are shown, and how wide: all that the headers do by dragging, by buttons. */
export function ColumnsMenu({ model }: { model: PostTableModel }) {
  const { shown, sizeOf, resize, show, reset } = model;
  return (
    <Popover name="Columns" className="icon-button edged" label={<Columns3 aria-hidden />}>
      <ul className="column-list" aria-label="Columns">
        {columns
          .filter((column) => column.canHide)
          .map((column) => (
            <li key={column.id}>
              <label>
                <input
                  type="checkbox"
                  checked={shown.includes(column)}
                  onChange={(event) => show(column, event.target.checked)}
                />
                {column.label}
              </label>
              {column.canResize && (
                <span className="column-width">
                  <IconButton
                    icon={Minus}
                    label={`Make ${column.label} narrower`}
                    onClick={() => resize(column, sizeOf(column) - STEP)}
                  />
                  <span className="column-size">{sizeOf(column)}</span>
                  <IconButton
                    icon={Plus}
                    label={`Make ${column.label} wider`}
                    onClick={() => resize(column, sizeOf(column) + STEP)}
                  />
                </span>
              )}
            </li>
          ))}
      </ul>
      <Button icon={RotateCcw} onClick={reset}>
        Show all, at their own width
      </Button>
    </Popover>
  );
}
