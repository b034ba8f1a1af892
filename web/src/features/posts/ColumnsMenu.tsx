import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Columns3, FileSpreadsheet, Minus, Plus, RotateCcw } from "lucide-react";

import { Button, IconButton } from "../../ui/Button";
import { Popover } from "../../ui/Popover";
import { columns } from "./columns";
import { saveCsv } from "./saveCsv";
import type { Post } from "../../data/schema";
import type { PostTableModel } from "./usePostTable";

const STEP = 20;

interface Props {
  table: PostTableModel;
  exported: readonly Post[];
}

/** Column visibility and widths (the keyboard alternative to dragging headers), and CSV export. */
export function ColumnsMenu(props: Props) {
  return (
    <Popover name={t`Columns`} className="icon-button" label={<Columns3 aria-hidden />}>
      <Choices {...props} />
    </Popover>
  );
}

function Choices({ table, exported }: Props) {
  const { shown, sizeOf, resize, show, reset } = table;
  return (
    <>
      <ul className="column-list" aria-label={t`Columns`}>
        {columns
          .filter((column) => column.canHide || column.canResize)
          .map((column) => (
            <li key={column.id} className="beside">
              <label className="beside">
                <input
                  type="checkbox"
                  checked={shown.includes(column)}
                  disabled={!column.canHide}
                  onChange={(event) => show(column, event.target.checked)}
                />
                {column.label}
              </label>
              {column.canResize && (
                <span className="column-width">
                  <IconButton
                    icon={Minus}
                    label={t`Make ${column.label} narrower`}
                    onClick={() => resize(column, sizeOf(column) - STEP)}
                  />
                  <span className="column-size">{sizeOf(column)}</span>
                  <IconButton
                    icon={Plus}
                    label={t`Make ${column.label} wider`}
                    onClick={() => resize(column, sizeOf(column) + STEP)}
                  />
                </span>
              )}
            </li>
          ))}
      </ul>
      <div className="buttons">
        <Button icon={RotateCcw} onClick={reset}>
          <Trans>Reset</Trans>
        </Button>
        <Button icon={FileSpreadsheet} disabled={exported.length === 0} onClick={() => saveCsv(exported)}>
          <Trans>Export CSV</Trans>
        </Button>
      </div>
    </>
  );
}
