/** Reconciles the event stream with the fetched list: one source of truth at a time. */

export interface LiveItems<T> {
  /** By id; null until anything is known. */
  readonly items: ReadonlyMap<string, T> | null;
  /** The stream has sent a full snapshot and sends every change: the list is then only an older copy. */
  readonly isLive: boolean;
  /** Ids received since the stream opened, until the snapshot is complete. */
  readonly snapshot: ReadonlySet<string>;
  /** Ids that the stream has told to be gone: a list that was asked for before may still have them. */
  readonly gone: ReadonlySet<string>;
  /** Whether all messages could be parsed: during an upgrade a server of another version may send them. */
  readonly isReadable: boolean;
}

export type ItemsEvent<T> =
  | { type: "opened" }
  | { type: "connected" }
  | { type: "lost" }
  | { type: "update"; id: string; item: T }
  | { type: "unreadable" }
  | { type: "removed"; id: string }
  | { type: "listed"; items: readonly { id: string; item: T }[] };

export function emptyItems<T>(): LiveItems<T> {
  return { items: null, isLive: false, snapshot: new Set(), gone: new Set(), isReadable: true };
}

export function reduceItems<T>(state: LiveItems<T>, event: ItemsEvent<T>): LiveItems<T> {
  switch (event.type) {
    case "opened":
      return { ...state, isLive: false, snapshot: new Set(), isReadable: true };
    case "lost":
      return { ...state, isLive: false };
    case "unreadable":
      return { ...state, isLive: false, isReadable: false };
    case "connected": {
      if (!state.isReadable) return state;
      // Items missing from the snapshot were removed while disconnected, or are too old to be listed.
      const items = new Map([...(state.items ?? [])].filter(([id]) => state.snapshot.has(id)));
      return { ...state, items, isLive: true, snapshot: new Set() };
    }
    case "update": {
      const items = new Map(state.items).set(event.id, event.item);
      const snapshot = state.isLive ? state.snapshot : new Set(state.snapshot).add(event.id);
      const gone = state.gone.has(event.id) ? new Set([...state.gone].filter((id) => id !== event.id)) : state.gone;
      return { ...state, items, snapshot, gone };
    }
    case "removed": {
      const items = new Map(state.items);
      items.delete(event.id);
      const snapshot = new Set(state.snapshot);
      snapshot.delete(event.id);
      return { ...state, items, snapshot, gone: new Set(state.gone).add(event.id) };
    }
    case "listed": {
      // The stream may have overtaken this response: its items win.
      if (state.isLive) return state;
      const streamed = [...(state.items ?? [])].filter(([id]) => state.snapshot.has(id));
      const listed = event.items.flatMap(({ id, item }) => (state.gone.has(id) ? [] : [[id, item] as const]));
      return { ...state, items: new Map([...listed, ...streamed]) };
    }
  }
}
