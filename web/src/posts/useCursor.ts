import { useState } from "react";

/** Where the keyboard is. When that post goes, the cursor stays in its place: at the one that has moved up there. */
export function useCursor(order: readonly number[]) {
  const [cursor, setCursor] = useState<{ id: number; index: number } | null>(null);
  const [known, setKnown] = useState(order);
  let current = cursor;
  if (order !== known) {
    setKnown(order);
    if (cursor) {
      const index = order.indexOf(cursor.id);
      const place = index >= 0 ? index : Math.min(cursor.index, order.length - 1);
      const id = order[place];
      current = id === undefined ? cursor : { id, index: place };
      setCursor(current);
    }
  }
  const set = (id: number | null) => setCursor(id === null ? null : { id, index: order.indexOf(id) });
  return [current?.id ?? null, set] as const;
}
