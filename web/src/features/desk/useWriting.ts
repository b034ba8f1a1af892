import { plural, t } from "@lingui/core/macro";

import type { Order } from "../../platform/selection";
import { announce } from "../../ui/announce";
import { toast } from "../../ui/toast";
import { reportErrors } from "../../ui/useWrite";
import { addSeries } from "../../data/publishing/series";
import { refreshDesk } from "./api";
import { type ColumnId, type Field, isField, type Names, textOf, type Value } from "./cells";
import type { CellChange } from "./history";
import { type Box, contentsOf } from "./range";
import type { Draft } from "./schema";
import { formatTsv, parseTsv } from "./tsv";
import { desk } from "./useDrafts";
import { loadedNames } from "./useQueue";
import { type CellText, copied, filledStep, pastedTexts, writtenTexts } from "./write";

interface Options {
  order: Order;
  columns: readonly ColumnId[];
  names: Names;
}

const draftOf = (id: number): Draft | undefined => desk.sheet.get().get(id)?.shown;

const seenIn = (cells: readonly CellText[]) =>
  new Map(cells.flatMap(({ id, field, seen }) => (seen === undefined ? [] : [[id, { [field]: seen }] as const])));

const emptyOf = (field: Field): Value => (field === "hashtags" || field === "content_warnings" ? [] : null);

/** Everything that writes into cells: each is one step that can be undone. */
export function useWriting({ order, columns, names }: Options) {
  const idAt = (row: number) => order.at(row);

  /** Resolves once series that were not there have been made; what is not about them is written at once. */
  const writeTexts = (cells: readonly CellText[]): Promise<void> =>
    reportErrors(async () => {
      const areNamed = cells.some(({ field }) => field === "license_id" || field === "series_id");
      const { step, missing, faults } = writtenTexts(cells, draftOf, areNamed ? await loadedNames() : names);
      if (faults.length > 0) {
        toast.error(
          t`${plural(faults.length, { one: "# cell stays as before", other: "# cells stay as before" })}: ${faults[0] ?? ""}`,
        );
      }
      const named: CellChange[] = [];
      try {
        for (const [name, rows] of missing) {
          const { id: after } = await addSeries(name);
          for (const { id, before } of rows) named.push({ id, field: "series_id", before, after });
        }
      } finally {
        desk.write([...step, ...named], seenIn(cells));
        if (named.length > 0) refreshDesk();
      }
    });

  const fill = (source: Box, to: { top: number; bottom: number }) => {
    const step = filledStep(source, to, idAt, columns, draftOf);
    desk.write(step);
    announce(t`${plural(step.length, { one: "# cell", other: "# cells" })} filled`);
  };

  return {
    writeTexts,
    fill,
    /** The first row of the range into the others; of one row, the row above into it. */
    fillDown: (range: Box) => {
      const isOne = range.top === range.bottom;
      if (isOne && range.top === 0) return;
      const top = isOne ? range.top - 1 : range.top;
      fill({ ...range, top, bottom: top }, { top, bottom: range.bottom });
    },
    clear: (range: Box) => {
      const { ids, columns: some } = contentsOf(range, order, columns);
      const cells = ids.flatMap((id) => some.filter(isField).map((field) => ({ id, field, after: emptyOf(field) })));
      desk.write(copied(cells, draftOf));
      announce(t`${plural(cells.length, { one: "# cell", other: "# cells" })} cleared`);
    },
    /** The range as a spreadsheet takes it. */
    copy: (range: Box): string => {
      const { ids, columns: some } = contentsOf(range, order, columns);
      const rows = ids.flatMap((id) => draftOf(id) ?? []);
      const cellOf = (draft: Draft, column: ColumnId) =>
        isField(column)
          ? textOf(column, draft, names)
          : column === "picture"
            ? (draft.file?.name ?? "")
            : (draft.due_at ?? "");
      return formatTsv(rows.map((draft) => some.map((column) => cellOf(draft, column))));
    },
    paste: async (text: string, range: Box): Promise<void> => {
      const { cells, left } = pastedTexts(parseTsv(text), range, idAt, columns);
      await writeTexts(cells);
      announce(t`${plural(cells.length, { one: "# cell", other: "# cells" })} pasted`);
      if (left > 0)
        toast.info(
          t`${plural(left, { one: "# pasted cell", other: "# pasted cells" })} had no place: there are no more rows or columns.`,
        );
    },
    setWarnings: (ids: readonly number[], word: string, isOn: boolean) => {
      const cells = ids.flatMap((id) => {
        const words = draftOf(id)?.content_warnings ?? [];
        const others = words.filter((each) => each !== word);
        return { id, field: "content_warnings" as const, after: isOn ? [...others, word] : others };
      });
      desk.write(copied(cells, draftOf));
    },
    undo: (isRedo: boolean) => {
      const done = desk.undo(isRedo);
      if (!done) {
        toast.info(isRedo ? t`There is nothing to redo.` : t`There is nothing to undo.`);
        return null;
      }
      announce(t`${isRedo ? t`Redone` : t`Undone`}: ${plural(done.cells.length, { one: "# cell", other: "# cells" })}`);
      if (done.left > 0)
        toast.info(
          t`${plural(done.left, { one: "# cell", other: "# cells" })} stayed as they are: they were written since.`,
        );
      return done.cells;
    },
  };
}
