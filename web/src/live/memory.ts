import { type Connection, type LiveEvent, type LiveKind, type Message } from "./messages";

/** The most things that are remembered; a snapshot of each kind is far below it. */
const MAX_ITEMS = 2000;

/** What the stream has said, for who comes later: a page that is opened, or another tab. */
export class ReplayBuffer {
  connection: Connection = "connecting";
  private isLive = false;
  private isOpen = false;
  private latest = new Map<string, Extract<Message, { type: "update" }>>();

  note(message: Message): void {
    switch (message.type) {
      case "connection":
        this.connection = message.connection;
        break;
      case "opened":
        this.isOpen = true;
        this.isLive = false;
        this.latest.clear();
        break;
      case "connected":
        this.isLive = true;
        break;
      case "lost":
      case "timeout":
        this.isOpen = this.isLive = false;
        break;
      case "update": {
        const key = `${message.kind} ${message.id}`;
        this.latest.delete(key);
        this.latest.set(key, message);
        for (const oldest of this.latest.keys()) {
          if (this.latest.size <= MAX_ITEMS) break;
          this.latest.delete(oldest);
        }
        break;
      }
      case "removed":
        this.latest.delete(`${message.kind} ${message.id}`);
    }
  }

  /** All that somebody who begins to listen now has missed. */
  replay(): Message[] {
    const messages: Message[] = [{ type: "connection", connection: this.connection }];
    if (!this.isOpen) return messages;
    messages.push({ type: "opened" }, ...this.latest.values());
    if (this.isLive) messages.push({ type: "connected" });
    return messages;
  }

  replayOf(kind: LiveKind): LiveEvent[] {
    return this.replay().flatMap((message) => eventFor(kind, message) ?? []);
  }
}

/** What a message is to those who follow one kind; null where it does not concern them. */
export function eventFor(kind: LiveKind, message: Message): LiveEvent | null {
  switch (message.type) {
    case "connection":
      return null;
    case "timeout":
      return { type: "lost" };
    case "update":
      return message.kind === kind ? { type: "update", id: message.id, data: message.data } : null;
    case "removed":
      return message.kind === kind ? { type: "removed", id: message.id } : null;
    default:
      return message;
  }
}
