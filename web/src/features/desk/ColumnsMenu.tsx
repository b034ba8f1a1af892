import { Trans } from "@lingui/react/macro";
import { Columns3 } from "lucide-react";
import * as v from "valibot";

import { useStored } from "../../platform/stored";
import { Choice } from "../../ui/Field";
import { Popover } from "../../ui/Popover";
import { COLUMNS, type ColumnId, LABELS } from "./cells";

const Hidden = v.array(v.picklist(COLUMNS));
/** Without them a row says nothing. */
const FIXED: readonly ColumnId[] = ["picture", "title", "when"];

export function useColumns() {
  const [hidden, setHidden] = useStored<readonly ColumnId[]>("pmd.desk.hidden", Hidden, []);
  return {
    shown: shownOf(hidden),
    onShow: (column: ColumnId, isShown: boolean) =>
      setHidden((now) => (isShown ? now.filter((each) => each !== column) : [...now, column])),
  };
}

/** The same array as long as the same are hidden. */
const known = new WeakMap<readonly ColumnId[], readonly ColumnId[]>();

function shownOf(hidden: readonly ColumnId[]): readonly ColumnId[] {
  const shown = known.get(hidden) ?? COLUMNS.filter((column) => FIXED.includes(column) || !hidden.includes(column));
  known.set(hidden, shown);
  return shown;
}

interface Props {
  shown: readonly ColumnId[];
  onShow: (column: ColumnId, isShown: boolean) => void;
}

export function ColumnsMenu({ shown, onShow }: Props) {
  return (
    <div className="wide-only">
      <Popover
        className="button"
        label={
          <>
            <Columns3 aria-hidden /> <Trans>Columns</Trans>
          </>
        }
      >
        <fieldset className="choices">
          <legend className="muted">
            <Trans>Columns</Trans>
          </legend>
          {COLUMNS.filter((column) => !FIXED.includes(column)).map((column) => (
            <Choice
              key={column}
              type="checkbox"
              checked={shown.includes(column)}
              onChange={(isShown) => onShow(column, isShown)}
            >
              {LABELS[column]}
            </Choice>
          ))}
        </fieldset>
      </Popover>
    </div>
  );
}
