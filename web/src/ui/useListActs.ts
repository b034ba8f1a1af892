/** What every list has of the map of keys: its cursor, what is selected, and opening what the cursor is at. */
import {
  add,
  anchorAt,
  extendTo,
  noSelection,
  type Order,
  type Selection,
  targetIndex,
  toggle,
} from "../lib/selection";
import { type Act, useActs } from "./acts";

interface List<Id> {
  order: Order<Id>;
  activeId: Id | null;
  setActiveId: (id: Id) => void;
  selection: Selection<Id>;
  select: (change: (selection: Selection<Id>) => Selection<Id>) => void;
  /** How many stand on a screen, and beside each other. */
  shape: () => { rows: number; columns: number };
  /** Where the arrows lead that do not follow from the shape; undefined for keys that it knows nothing of. */
  targetOf?: (key: string, index: number) => number | undefined;
  /** The key leads to something that is not known yet; all up to there are selected where it was with Shift. */
  onBeyond?: (index: number, isRange: boolean) => void;
  /** Select all that is found, where not all of it is known. */
  onAll?: () => void;
  onOpen: (id: Id) => void;
  /** Look large; without it as `onOpen`. */
  onLook?: (id: Id) => void;
  /** Select none, in a way that can be taken back. */
  onNone?: () => void;
  /** Where nothing is selected: clear the search. False: there was nothing to clear. */
  onEscape?: () => unknown;
}

const letters: Record<string, string> = { j: "ArrowRight", k: "ArrowLeft" };

/** The place that a key of the map leads to; null for one that leads nowhere. */
function placeOf<Id>({ order, activeId, shape, targetOf }: List<Id>, key: string): number | null {
  const { rows, columns } = shape();
  const index = activeId === null ? -1 : order.indexOf(activeId);
  const plain = key.replace("Shift+", "");
  // In one column the next is below; the letters go one on in any number of columns.
  const step = letters[plain] ?? plain;
  const isOneColumn = columns === 1;
  const named = isOneColumn ? step.replace("Right", "Down").replace("Left", "Up") : step;
  if (order.length === 0 || (isOneColumn && named !== plain && !(plain in letters))) return null;
  return targetOf?.(named, index) ?? targetIndex(named, index, order.length, rows, columns);
}

/** Offer what every list has, and what this one has besides. */
export function useListActs<Id>(list: List<Id>, others: readonly Act[]): void {
  useActs([...actsOf(list), ...others]);
}

function actsOf<Id>(list: List<Id>): Act[] {
  const { order, activeId, setActiveId, selection, select, onOpen, onLook = onOpen, onNone, onEscape } = list;
  /** Go there, and do what belongs to it; what is not known yet is for who knows how to come to it. */
  const goTo = (key: string, isRange: boolean, then: (id: Id) => void) => {
    const place = placeOf(list, key);
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

/** Whether the element with this id is in sight: what is deleted by a key must be. */
export function isInSight(elementId: string): boolean {
  const box = document.getElementById(elementId)?.getBoundingClientRect();
  return box !== undefined && box.bottom > 0 && box.top < innerHeight;
}
