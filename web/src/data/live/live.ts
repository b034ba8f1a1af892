/** The page's event stream and its hooks. */
import { useCallback, useEffect, useEffectEvent, useRef, useState, useSyncExternalStore } from "react";
import * as v from "valibot";

import { language } from "../../platform/language";
import { apiUrl, probeSession } from "../client";
import { config } from "../config";
import { isSessionOver, onSessionChange, setSession } from "../session";
import { retryNow } from "./retry";
import { emptyItems, type ItemsEvent, type LiveItems, reduceItems } from "./collection";
import { eventFor, ReplayBuffer } from "./memory";
import type { Connection, LiveEvent, LiveKind, Message } from "./messages";
import { canShare, sharedSource, type Source } from "./shared";
import { EventStream } from "./stream";

const buffer = new ReplayBuffer();
const subscribers = new Set<(message: Message) => void>();

function onMessage(message: Message): void {
  buffer.note(message);
  if (message.type === "timeout") setSession("expired");
  if (message.type === "connected") retryNow();
  for (const follower of subscribers) follower(message);
}

function openStream(emit: (message: Message) => void): Source {
  // EventSource hides the HTTP status. A 401 ends the session; anything else is retried.
  const onFailure = () => void probeSession().catch(() => undefined);
  return new EventStream(apiUrl("/api/pmd/sse", { language }), emit, onFailure);
}

/** Start the stream. It stops when the session ends and restarts with a new one. */
export function startLive(): void {
  const source = canShare()
    ? sharedSource({
        name: `pmd.live.${config.viewer.sqid}.${config.subject.sqid}.${language}`,
        open: openStream,
        replay: () => buffer.replay(),
        onMessage: onMessage,
      })
    : openStream(onMessage);
  let isOpen = false;
  const follow = () => {
    const isWanted = !isSessionOver();
    if (isWanted === isOpen) return;
    isOpen = isWanted;
    if (isWanted) source.start();
    else source.stop();
  };
  onSessionChange(follow);
  follow();
}

function subscribe(follower: (message: Message) => void): () => void {
  subscribers.add(follower);
  return () => subscribers.delete(follower);
}

export function useConnection(): Connection {
  return useSyncExternalStore(subscribe, () => buffer.connection);
}

/**
 * Subscribe to one kind of item; the current state is replayed first. What a component asks for as it appears is not older
 * than what is replayed to it, but may be older than the first event that is not.
 */
export function usePMDSSE(kind: LiveKind, onEvent: (event: LiveEvent, isReplayed: boolean) => void): void {
  const handle = useEffectEvent(onEvent);
  useEffect(() => {
    buffer.replayOf(kind).forEach((event) => handle(event, true));
    return subscribe((message) => {
      const event = eventFor(kind, message);
      if (event) handle(event, false);
    });
  }, [kind]);
}

/**
 * The items of one kind, live. `listed` is the list from the API, used until the stream is live; `onChange` is called for
 * each live change.
 */
export function useLiveItems<T>(
  kind: LiveKind,
  schema: v.GenericSchema<unknown, T>,
  listed: readonly { id: string; item: T }[] | null,
  onChange?: (item: T, before: T | undefined, isLive: boolean) => void,
): LiveItems<T> {
  const [state, show] = useState(emptyItems<T>);
  // Two events in one tick must see each other's result, so the latest state is kept in a ref as well.
  const known = useRef(state);
  const dispatch = useCallback((event: ItemsEvent<T>) => {
    known.current = reduceItems(known.current, event);
    show(known.current);
  }, []);
  usePMDSSE(kind, (event) => {
    if (event.type !== "update") {
      dispatch(event);
      return;
    }
    const read = v.safeParse(schema, event.data);
    if (!read.success) {
      dispatch({ type: "unreadable" });
      return;
    }
    const item = read.output;
    const { items, isLive } = known.current;
    dispatch({ type: "update", id: event.id, item });
    onChange?.(item, items?.get(event.id), isLive);
  });
  useEffect(() => {
    if (listed) dispatch({ type: "listed", items: listed });
  }, [listed, dispatch]);
  return state;
}
