import { t } from "@lingui/core/macro";
import { Plus, Table } from "lucide-react";
import type { RefObject } from "react";

import { type Command, useCommands } from "../../commands/commands";
import { noSelection, type Order, type Selection, selectionOf } from "../../platform/selection";
import { useEventListener } from "../../platform/useEventListener";
import { announce } from "../../ui/announce";
import type { useGrid } from "./useGrid";
import type { useWriting } from "./useWriting";

interface Options {
  box: RefObject<HTMLDivElement | null>;
  grid: ReturnType<typeof useGrid>;
  writing: ReturnType<typeof useWriting>;
  isReadOnly: boolean;
  isPhone: boolean;
  selection: Selection;
  offers: readonly Command[];
  /** The drafts of the range of cells. */
  rangeIds: readonly number[];
  order: Order;
  undo: (isRedo: boolean) => void;
  /** Whether the cells are those of a text. */
  canPattern: boolean;
  onOpen: () => boolean;
  onPattern: () => void;
  onWarn: () => void;
  onSelect: (change: Selection | ((now: Selection) => Selection)) => void;
  onAsk: (about: "add" | "sheet") => void;
}

/** The desk's keys and commands, and the clipboard of its cells. */
export function useDeskKeys(options: Options): void {
  const { box, grid, writing, isReadOnly, isPhone, selection, offers, rangeIds, order, undo, canPattern } = options;
  const { onOpen, onPattern, onWarn, onSelect, onAsk } = options;
  const isGrid = !isPhone;
  const writes = <Run extends () => unknown>(run: Run) => (isReadOnly || !isGrid || !grid.box ? () => false : run);
  useCommands([
    ...offers,
    ...(isGrid
      ? ([
          { name: "cell", run: (key) => grid.move(key) },
          { name: "cellRange", run: (key) => grid.move(key) },
          { name: "editCell", run: onOpen },
          { name: "fillDown", run: writes(() => grid.box && writing.fillDown(grid.box)) },
          { name: "clearCells", run: writes(() => grid.box && writing.clear(grid.box)) },
          {
            name: "pattern",
            disabledReason: canPattern || isReadOnly ? null : t`choose cells of a text first`,
            run: writes(() => onPattern()),
          },
          { name: "warn", run: writes(() => onWarn()) },
          { name: "row", run: () => onSelect((now) => selectionOf([...now.ids, ...rangeIds])) },
          { name: "all", run: () => onSelect(selectionOf(order.slice(0, order.length))) },
        ] satisfies Command[])
      : []),
    { name: "undo", label: t`Undo`, run: () => undo(false) },
    { name: "redo", label: t`Redo`, run: () => undo(true) },
    {
      name: "close",
      run: () => {
        if (selection.ids.size > 0) onSelect(noSelection);
        else if (grid.range && grid.range.anchor !== grid.range.cursor) grid.goTo(grid.range.cursor);
        else return false;
        return true;
      },
    },
    ...(isReadOnly
      ? []
      : ([
          { label: t`Add files`, icon: Plus, group: "view", run: () => onAsk("add") },
          { label: t`From a spreadsheet`, icon: Table, group: "view", run: () => onAsk("sheet") },
        ] satisfies Command[])),
  ]);

  /** Whether keys and the clipboard are the grid's now. */
  const isOnGrid = () =>
    !isPhone && (document.activeElement === box.current || document.activeElement === document.body);
  useEventListener(document, "copy cut", (event) => {
    if (!isOnGrid() || !grid.box || document.getSelection()?.isCollapsed === false) return;
    event.preventDefault();
    (event as ClipboardEvent).clipboardData?.setData("text/plain", writing.copy(grid.box));
    if (event.type === "cut" && !isReadOnly) writing.clear(grid.box);
    else announce(t`Copied`);
  });
  useEventListener(document, "paste", (event) => {
    const text = (event as ClipboardEvent).clipboardData?.getData("text/plain") ?? "";
    if (!isOnGrid() || !grid.box || isReadOnly || text === "") return;
    event.preventDefault();
    void writing.paste(text, grid.box);
  });
}
