/** The page's one event stream, and the hooks that follow it. */
import { useCallback, useEffect, useEffectEvent, useRef, useState, useSyncExternalStore } from "react";
import * as v from "valibot";

import { apiUrl, probeSession } from "../api/client";
import { config } from "../api/config";
import { isSessionOver, onSessionChange, setSession } from "../api/session";
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
  // An EventSource hides the status it was refused with. A 401 ends the session; anything else will pass.
  const onFailure = () => void probeSession().catch(() => undefined);
  return new EventStream(apiUrl("/api/pmd/sse"), emit, onFailure);
}

/** Begin to listen. A session that has ended ends the stream; a new one starts it again. */
export function startLive(): void {
  const source = canShare()
    ? sharedSource({
        name: `pmd.live.${config.viewer.sqid}.${config.subject.sqid}`,
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

/** Follow one kind of thing. Who comes late hears first what they have missed. */
export function usePMDSSE(kind: LiveKind, onEvent: (event: LiveEvent) => void): void {
  const handle = useEffectEvent(onEvent);
  useEffect(() => {
    buffer.replayOf(kind).forEach((event) => handle(event));
    return subscribe((message) => {
      const event = eventFor(kind, message);
      if (event) handle(event);
    });
  }, [kind]);
}

/**
 * The things of one kind, live. `listed` is what the list of the API has said, for as long as no stream tells more;
 * `onChange` hears of each that changes before our eyes.
 */
export function useLiveItems<T>(
  kind: LiveKind,
  schema: v.GenericSchema<unknown, T>,
  listed: readonly { id: string; item: T }[] | null,
  onChange?: (item: T, before: T | undefined, isLive: boolean) => void,
): LiveItems<T> {
  const [state, show] = useState(emptyItems<T>);
  // Two events of one moment must see each other, so what is known is kept beside what is shown.
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
