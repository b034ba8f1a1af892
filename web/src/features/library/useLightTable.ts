import { type RefObject, useCallback, useEffect, useMemo, useState } from "react";

import { withToggled } from "../../platform/lists";
import { add, extendTo, keepExisting, type Selection, toggle } from "../../platform/selection";
import { useMediaQuery } from "../../ui/useMediaQuery";
import { useElementSize } from "../../ui/useElementSize";
import { reportErrors } from "../../ui/useRequest";
import { type Filters, groupsFolders, type Sort } from "./filters";
import { CAPTION, columnsFor, GAP, MARGIN, NARROW } from "./layout";
import { byRows, rowsOf } from "./rows";
import type { Asset, FolderPage } from "../../data/assets/schema";
import { isShown } from "./states";
import type { Shown, AssetWindows } from "./windows";
import { em } from "../../platform/textSize";

interface Options {
  windows: AssetWindows;
  shown: Shown;
  filters: Filters;
  sort: Sort;
  isDescending: boolean;
  folders: FolderPage["items"];
  look: "grid" | "list";
  size: number;
  box: RefObject<HTMLDivElement | null>;
  selection: Selection;
  setSelection: SetSelection;
}

export type SetSelection = (change: (now: Selection) => Selection) => void;

/** The list's layout, its cursor and its selection. */
export function useLightTable(options: Options) {
  const { windows, shown, filters, sort, isDescending, folders, look, size, box } = options;
  const { selection, setSelection: select } = options;
  const { version } = shown;
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [spread, setSpread] = useState<ReadonlySet<number>>(new Set());
  const room = useElementSize(box).width;
  const isNarrow = useMediaQuery(`(max-width: ${em(799)})`);
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
  const layout = useMemo(() => {
    const isHidden = (place: number) => isGrouped && !isDescending && windows.isStacked(place, spread);
    return rowsOf({ total: room > 0 ? windows.total : 0, groups, closed, columns: Math.max(1, columns), isHidden });
    // `windows` is a mutable object; its version changes with its contents.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [windows, version, groups, closed, spread, columns, isGrouped, isDescending, room]);

  const order = useMemo(() => windows.order(layout.shown), [windows, layout]);

  // A file that leaves the list leaves the selection for good.
  const isListed = (id: number) => {
    const asset = windows.known.get(id);
    return asset !== undefined && isShown(asset.state, filters.state);
  };
  const existing = keepExisting(selection, isListed);
  useEffect(() => {
    if (existing !== selection) select((now) => keepExisting(now, isListed));
  });
  const selected = useMemo(
    () => [...existing.ids].flatMap((id) => windows.known.get(id) ?? []),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the version tells of what the windows hold
    [existing, windows, version],
  );

  const [cursor, setCursor] = useState<{ id: number; index: number } | null>(null);
  // When the file at the cursor is gone, the cursor moves to the one that took its place.
  const found = cursor === null ? -1 : order.indexOf(cursor.id);
  const activeAt = found >= 0 || cursor === null ? found : Math.min(cursor.index, order.length - 1);
  const activeId = activeAt < 0 ? null : (order.at(activeAt) ?? null);
  const active = activeId === null ? null : (windows.known.get(activeId) ?? null);
  const setActiveId = useCallback((id: number) => setCursor({ id, index: order.indexOf(id) }), [order]);

  const [beyond, setBeyond] = useState<{ index: number; isRange: boolean } | null>(null);
  useEffect(() => {
    if (beyond === null) return;
    // The end of the list is known once the files are counted.
    if (beyond.index === Infinity && !windows.shown.get().isExact) return;
    const index = Math.min(beyond.index, order.length - 1);
    const place = layout.shown[index];
    const id = order.at(index);
    if (id === undefined) {
      if (place !== undefined) void windows.ensure(place, place);
      return;
    }
    const arrive = () => {
      setCursor({ id, index });
      if (beyond.isRange) select((now) => extendTo(now, order, id));
      setBeyond(null);
    };
    if (!beyond.isRange) arrive();
    else void reportErrors(async () => (await windows.all()) && arrive());
    // eslint-disable-next-line react-hooks/exhaustive-deps -- what the windows hold is told by their version
  }, [beyond, layout, order, windows, version]);

  const selectAll = useCallback(
    () =>
      reportErrors(async () => {
        if (await windows.all()) select((now) => add(now, windows.ids()));
      }),
    [windows, select],
  );

  return {
    ...{ layout, order, columns, tile, isGrouped, closed },
    ...{ selection: existing, selected, select, selectAll, active, activeId, activeAt, setActiveId },
    caption: isNarrow ? NARROW.caption : CAPTION,
    gap: isNarrow ? NARROW.gap : GAP,
    onBeyond: (index: number, isRange: boolean) => setBeyond({ index, isRange }),
    /** Arrows move by rows, which folder headings separate. */
    targetOf: (key: string, index: number) => {
      if (key === "End" && !windows.shown.get().isExact) return Infinity;
      const rows = box.current ? Math.max(1, Math.floor(box.current.clientHeight / (tile + CAPTION)) - 1) : 1;
      const by = { ArrowDown: 1, ArrowUp: -1, PageDown: rows, PageUp: -rows }[key];
      return by === undefined || columns === 1 ? undefined : byRows(layout, index, by);
    },
    onFold: (folder: string) => setClosed((now) => withToggled(now, folder)),
    onSpread: (asset: Asset) => setSpread((now) => withToggled(now, asset.id)),
    pick: (asset: Asset, isRange: boolean) => {
      setActiveId(asset.id);
      box.current?.focus();
      select((now) => (isRange ? extendTo(now, order, asset.id) : toggle(now, asset.id)));
    },
  };
}
