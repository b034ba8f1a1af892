/** Things as the event stream and the list tell them: one truth at a time. */

export interface LiveItems<T> {
  /** By id; null until anything is known. */
  readonly items: ReadonlyMap<string, T> | null;
  /** Whether the stream has told everything and tells every change: then the list is only a late copy of it. */
  readonly isLive: boolean;
  /** What the stream has told since it was opened, until it says that this was all. */
  readonly snapshot: ReadonlySet<string>;
  /** Whether all of that could be read: while the service is renewed, a server of another release may tell. */
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
  return { items: null, isLive: false, snapshot: new Set(), isReadable: true };
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
      // What the stream did not tell is gone, or too old to be listed: removed while nobody was listening.
      const items = new Map([...(state.items ?? [])].filter(([id]) => state.snapshot.has(id)));
      return { ...state, items, isLive: true, snapshot: new Set() };
    }
    case "update": {
      const items = new Map(state.items).set(event.id, event.item);
      const snapshot = state.isLive ? state.snapshot : new Set(state.snapshot).add(event.id);
      return { ...state, items, snapshot };
    }
    case "removed": {
      const items = new Map(state.items);
      items.delete(event.id);
      const snapshot = new Set(state.snapshot);
      snapshot.delete(event.id);
      return { ...state, items, snapshot };
    }
    case "listed": {
      // The stream may have overtaken this answer on its way: what it has told stands.
      if (state.isLive) return state;
      const told = [...(state.items ?? [])].filter(([id]) => state.snapshot.has(id));
      return { ...state, items: new Map([...event.items.map(({ id, item }) => [id, item] as const), ...told]) };
    }
  }
}
