import { newIdempotencyKey } from "@pmd/client";
/**
 * One stream for all tabs, by leader election: the tab that holds a Web Lock owns the stream and broadcasts to the others.
 * HTTP/1.1 allows six connections per host, so six tabs with a stream each would block. A SharedWorker would do, but the
 * content security policy forbids workers. Without Web Locks (plain http) each tab has its own stream.
 */
import type { Message } from "./messages";

export interface Source {
  start: () => void;
  stop: () => void;
}

interface Options {
  /** Identifies the account: other accounts' tabs have another stream. */
  name: string;
  /** Creates the stream; called by the leader. */
  open: (emit: (message: Message) => void) => Source;
  /** The messages that a new tab has missed. */
  replay: () => Message[];
  onMessage: (message: Message) => void;
}

type ChannelMessage =
  | { type: "hello"; from: string }
  | { type: "answer"; to: string; messages: Message[] }
  | { type: "message"; message: Message };

export function canShare(): boolean {
  // `locks` exists only in secure contexts, whatever the types say.
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
      // A stopped stream still emits, when the channel is already closed.
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
      // Rejected with an AbortError when the tab stops waiting for the lock.
      navigator.locks.request(name, { signal }, lead).catch(() => undefined);
      signal.addEventListener("abort", () => channel.close());
      post({ type: "hello", from: tabId });
    },
    stop() {
      ended.abort();
    },
  };
}
