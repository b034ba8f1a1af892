import { type RefObject, useCallback, useEffect, useMemo, useState } from "react";

import type { ListHandle } from "../../commands/list/useRows";
import { withToggled } from "../../platform/lists";
import { type Select, useList } from "../../commands/list/useList";
import { add, extendTo, keepExisting, orderOf, type Selection } from "../../platform/selection";
import { useMediaQuery } from "../../ui/useMediaQuery";
import { useElementSize } from "../../ui/useElementSize";
import { reportErrors } from "../../ui/useWrite";
import { type Filters, groupsFolders, type Sort } from "./filters";
import { CAPTION, columnsFor, GAP, MARGIN, NARROW } from "./layout";
import { byRows, isStacked, rowsOf, sequencesOf } from "./rows";
import type { Asset, FolderPage } from "../../data/assets/schema";
import { isShown } from "./states";
import type { AssetList, Windows } from "./windows";
import { MEDIA } from "../../platform/media";

interface Options {
  list: AssetList;
  windows: Windows;
  filters: Filters;
  sort: Sort;
  isDescending: boolean;
  folders: FolderPage["items"];
  look: "grid" | "list";
  size: number;
  box: RefObject<HTMLDivElement | null>;
  handle: RefObject<ListHandle | null>;
  selection: Selection;
  setSelection: Select;
}

const none: ReturnType<typeof sequencesOf> = new Map();

/** The list's layout, its cursor and its selection. */
export function useLightTable(options: Options) {
  const { list, windows, filters, sort, isDescending, folders, look, size, box, handle } = options;
  const { selection, setSelection: select } = options;
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [spread, setSpread] = useState<ReadonlySet<number>>(new Set());
  const room = useElementSize(box).width;
  const isNarrow = useMediaQuery(MEDIA.narrow);
  const width = room - 2 * (isNarrow ? NARROW.gap : MARGIN);
  const many = Math.max(NARROW.columns, Math.floor(width / NARROW.tile));
  const narrow = { columns: many, tile: Math.floor((width - (many - 1) * NARROW.gap) / many) };
  const { columns, tile } =
    look === "list" ? { columns: 1, tile: width } : isNarrow ? narrow : columnsFor(Math.max(0, width), size);
  const isGrouped = groupsFolders(filters, sort);

  const groups = useMemo(() => {
    if (!isGrouped) return null;
    const all = folders.map(({ folder, count }) => ({ folder, count })).filter(({ count }) => count > 0);
    return isDescending ? all.reverse() : all;
  }, [isGrouped, isDescending, folders]);
  const { items, isExact } = windows;
  const isFolded = isGrouped && !isDescending;
  const sequences = useMemo(() => (isFolded ? sequencesOf(items) : none), [isFolded, items]);
  const layout = useMemo(() => {
    const folded = new Set(
      [...sequences.values()].flatMap(([first = -1, ...rest]) => (spread.has(items[first]?.id ?? 0) ? [] : rest)),
    );
    const isHidden = (place: number) => isFolded && (folded.has(place) || isStacked(items, place, spread));
    return rowsOf({ total: room > 0 ? items.length : 0, groups, closed, columns: Math.max(1, columns), isHidden });
  }, [items, groups, closed, spread, columns, isFolded, sequences, room]);
  const order = useMemo(() => orderOf(items, layout.shown), [items, layout]);

  // A file that leaves the list leaves the selection for good.
  const isListed = (id: number) => {
    const asset = list.known.get(id);
    return asset !== undefined && isShown(asset.state, filters.state);
  };
  const existing = keepExisting(selection, isListed);
  useEffect(() => {
    if (existing !== selection) select((now) => keepExisting(now, isListed));
  });
  const selected = useMemo(
    () => [...existing.ids].flatMap((id) => list.known.get(id) ?? []),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- what is known changes with the items
    [existing, list, items],
  );

  const cursor = useList({ order, selection: existing, select });
  const { activeId, setActiveId } = cursor;

  const [beyond, setBeyond] = useState<{ index: number; isRange: boolean } | null>(null);
  useEffect(() => {
    // The end of the list is known once the files are counted.
    if (beyond === null || (beyond.index === Infinity && !isExact)) return;
    const index = Math.min(beyond.index, order.length - 1);
    const place = layout.shown[index];
    const id = order.at(index);
    if (id === undefined) {
      if (place !== undefined) void list.ensure(place, place);
      return;
    }
    const arrive = () => {
      setActiveId(id);
      setBeyond(null);
    };
    if (!beyond.isRange) {
      arrive();
      return;
    }
    void reportErrors(async () => {
      if (!(await list.all())) return;
      const whole = orderOf(list.windows.get().items, layout.shown);
      select((now) => extendTo(now, whole, id));
      arrive();
    });
  }, [beyond, layout, order, isExact, list, select, setActiveId]);

  const selectAll = useCallback(
    () =>
      reportErrors(async () => {
        if (!(await list.all())) return;
        const everything = orderOf(list.windows.get().items);
        select((now) => add(now, everything.slice(0, everything.length)));
      }),
    [list, select],
  );

  return {
    ...cursor,
    ...{ layout, columns, tile, isGrouped, closed, selected, selectAll, sequences },
    active: activeId === null ? null : (list.known.get(activeId) ?? null),
    caption: isNarrow ? NARROW.caption : CAPTION,
    gap: isNarrow ? NARROW.gap : GAP,
    onBeyond: (index: number, isRange: boolean) => setBeyond({ index, isRange }),
    /** Arrows move by rows, which folder headings separate. */
    targetOf: (key: string, index: number) => {
      if (key === "End" && !isExact) return Infinity;
      const rows = handle.current?.shape().rows ?? 1;
      const by = { ArrowDown: 1, ArrowUp: -1, PageDown: rows, PageUp: -rows }[key];
      return by === undefined || columns === 1 ? undefined : byRows(layout, index, by);
    },
    onFold: (folder: string) => setClosed((now) => withToggled(now, folder)),
    onSpread: (asset: Asset) => setSpread((now) => withToggled(now, asset.id)),
    pick: (asset: Asset, isRange: boolean) => {
      box.current?.focus();
      cursor.pick(asset.id, isRange);
    },
  };
}
