import { useCallback, useState } from "react";

interface Cursor {
  id: number;
  index: number;
}

/**
 * Where the keyboard is. When that post goes, the cursor stays in its place: at the one that has moved up there; where
 * another filter leaves it out, there is none until it is shown again. `moves` counts how often it was moved: only that brings it into sight.
 */
export function useCursor(order: readonly number[], key: string) {
  const [cursor, setCursor] = useState<Cursor | null>(null);
  const [known, setKnown] = useState({ order, key });
  const [moves, setMoves] = useState(0);
  let current = cursor;
  if (order !== known.order || key !== known.key) {
    setKnown({ order, key });
    if (cursor) {
      current = movedTo(cursor, order, key !== known.key);
      setCursor(current);
    }
  }
  // The same as long as the order is: what is made of it is handed to every row, which else would be drawn anew.
  const set = useCallback(
    (id: number | null) => {
      setCursor(id === null ? null : { id, index: order.indexOf(id) });
      setMoves((count) => count + 1);
    },
    [order],
  );
  const activeIndex = current?.index ?? -1;
  return { activeId: activeIndex < 0 ? null : (current?.id ?? null), activeIndex, moves, setActiveId: set } as const;
}

function movedTo(cursor: Cursor, order: readonly number[], isOtherView: boolean): Cursor {
  // Where nothing has changed before it, it is where it was: 50,000 posts are not searched for it.
  const index = order[cursor.index] === cursor.id ? cursor.index : order.indexOf(cursor.id);
  if (index >= 0 || isOtherView || cursor.index < 0) return { id: cursor.id, index };
  const place = Math.min(cursor.index, order.length - 1);
  return { id: order[place] ?? cursor.id, index: place };
}
