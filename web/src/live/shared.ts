/**
 * One stream for all tabs of a browser: the tab that holds a lock has it and tells the others. HTTP/1.1 browsers open
 * six connections to a host, so six tabs with a stream each would wait for ever. A worker would do the same, but the
 * page's policy refuses workers. Where there are no locks (plain http under a name) each tab has its own stream.
 */
import { newIdempotencyKey } from "../api/client";
import type { Message } from "./messages";

export interface Source {
  start: () => void;
  stop: () => void;
}

interface Options {
  /** Whose stream it is: other accounts' tabs have another. */
  name: string;
  /** The stream itself; opened by the one tab that holds the lock. */
  open: (emit: (message: Message) => void) => Source;
  /** What a tab that comes later has missed. */
  replay: () => Message[];
  onMessage: (message: Message) => void;
}

type ChannelMessage =
  | { type: "hello"; from: string }
  | { type: "answer"; to: string; messages: Message[] }
  | { type: "message"; message: Message };

export function canShare(): boolean {
  // `locks` is there only in secure contexts, whatever the types say.
  return "locks" in navigator && typeof BroadcastChannel === "function";
}

export function sharedSource({ name, open, replay, onMessage: hear }: Options): Source {
  const tabId = newIdempotencyKey();
  let ended = new AbortController();
  return {
    start() {
      ended = new AbortController();
      const { signal } = ended;
      const channel = new BroadcastChannel(name);
      let isLeader = false;
      // A stream that is stopped says so, and by then the channel is closed.
      const post = (letter: ChannelMessage) => {
        if (!signal.aborted) channel.postMessage(letter);
      };
      channel.addEventListener("message", (event: MessageEvent<ChannelMessage>) => {
        const letter = event.data;
        if (letter.type === "hello" && isLeader) post({ type: "answer", to: letter.from, messages: replay() });
        else if (letter.type === "answer" && letter.to === tabId) letter.messages.forEach(hear);
        else if (letter.type === "message" && !isLeader) hear(letter.message);
      });
      const lead = () =>
        new Promise<void>((resolve) => {
          isLeader = true;
          const stream = open((message) => {
            hear(message);
            post({ type: "message", message });
          });
          stream.start();
          signal.addEventListener("abort", () => {
            stream.stop();
            resolve();
          });
        });
      // The promise ends with an AbortError when the page stops waiting for its turn; that is no fault.
      navigator.locks.request(name, { signal }, lead).catch(() => undefined);
      signal.addEventListener("abort", () => channel.close());
      post({ type: "hello", from: tabId });
    },
    stop() {
      ended.abort();
    },
  };
}
