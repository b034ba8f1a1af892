/** The commands that every list shares: moving the cursor, selecting, opening. */
import {
  add,
  anchorAt,
  extendTo,
  noSelection,
  type Order,
  type Selection,
  targetIndex,
  toggle,
} from "../../platform/selection";
import { type Command, useCommands } from "../commands";

interface List<Id> {
  order: Order<Id>;
  activeId: Id | null;
  setActiveId: (id: Id) => void;
  selection: Selection<Id>;
  select: (change: (selection: Selection<Id>) => Selection<Id>) => void;
  /** Rows per screen, and columns. */
  shape: () => { rows: number; columns: number };
  /** The target of keys that do not follow from the shape; undefined for others. */
  targetOf?: (key: string, index: number) => number | undefined;
  /** The target is not loaded yet; with Shift everything up to it is selected. */
  onBeyond?: (index: number, isRange: boolean) => void;
  /** Select all results where not all are loaded. */
  onAll?: () => void;
  onOpen: (id: Id) => void;
  /** Preview; defaults to `onOpen`. */
  onLook?: (id: Id) => void;
  /** Clear the selection, with undo. */
  onNone?: () => void;
  /** Without a selection: clear the search. False: nothing to clear. */
  onEscape?: () => unknown;
}

const letters: Record<string, string> = { j: "ArrowRight", k: "ArrowLeft" };

/** The index that a key leads to; null if it leads nowhere. */
function indexFor<Id>({ order, activeId, shape, targetOf }: List<Id>, key: string): number | null {
  const { rows, columns } = shape();
  const index = activeId === null ? -1 : order.indexOf(activeId);
  const plain = key.replace("Shift+", "");
  // In a single column the next item is below; j and k step by one in any layout.
  const step = letters[plain] ?? plain;
  const isOneColumn = columns === 1;
  const named = isOneColumn ? step.replace("Right", "Down").replace("Left", "Up") : step;
  if (order.length === 0 || (isOneColumn && named !== plain && !(plain in letters))) return null;
  return targetOf?.(named, index) ?? targetIndex(named, index, order.length, rows, columns);
}

/** Register the list's commands and `others`. */
export function useListCommands<Id>(list: List<Id>, others: readonly Command[]): void {
  useCommands([...commandsOf(list), ...others]);
}

function commandsOf<Id>(list: List<Id>): Command[] {
  const { order, activeId, setActiveId, selection, select, onOpen, onLook = onOpen, onNone, onEscape } = list;
  /** Move the cursor, then apply `then`; targets that are not loaded go to `onBeyond`. */
  const goTo = (key: string, isRange: boolean, then: (id: Id) => void) => {
    const place = indexFor(list, key);
    if (place === null) return false;
    const id = order.at(place);
    if (id === undefined) list.onBeyond?.(place, isRange);
    else {
      setActiveId(id);
      then(id);
    }
    return true;
  };
  const move = (key: string) => goTo(key, false, () => undefined);
  const extend = (key: string) =>
    goTo(key, true, (id) =>
      select((now) => {
        const goesOn = activeId === null || now.end === activeId;
        return extendTo(goesOn ? now : anchorAt(now, activeId), order, id);
      }),
    );
  const atCursor = (run: (id: Id) => void) => () => {
    if (activeId === null) return false;
    run(activeId);
    return true;
  };
  return [
    { name: "move", run: move },
    { name: "open", run: atCursor(onOpen) },
    { name: "look", run: atCursor(onLook) },
    {
      name: "select",
      run: (key) => atCursor((id) => select((now) => (key === "x" ? toggle(now, id) : extendTo(now, order, id))))(),
    },
    { name: "extend", run: extend },
    { name: "all", run: list.onAll ?? (() => select((now) => add(now, order.slice(0, order.length)))) },
    {
      name: "close",
      run: () => {
        if (selection.ids.size === 0) return onEscape?.() ?? false;
        if (onNone) onNone();
        else select(() => noSelection);
        return true;
      },
    },
  ];
}
