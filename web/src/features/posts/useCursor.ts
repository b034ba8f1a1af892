import { useCallback, useState } from "react";

interface Cursor {
  id: number;
  index: number;
}

/**
 * The keyboard cursor. When its post is removed, it stays at the same index; when a filter excludes the post, there is no
 * cursor until it is shown again. `moves` counts explicit moves: only those scroll it into view.
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
  // Stable while the order is: rows receive callbacks derived from it, and would otherwise render again.
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
  // Fast path: unchanged index, without searching 50,000 posts.
  const index = order[cursor.index] === cursor.id ? cursor.index : order.indexOf(cursor.id);
  if (index >= 0 || isOtherView || cursor.index < 0) return { id: cursor.id, index };
  const place = Math.min(cursor.index, order.length - 1);
  return { id: order[place] ?? cursor.id, index: place };
}
