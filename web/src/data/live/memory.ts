import { type Connection, type LiveEvent, type LiveKind, type Message } from "./messages";

/** Snapshots of all kinds are far smaller. */
const MAX_ITEMS = 2000;

/** Replays the stream's state to late subscribers: a page opened later, or another tab. */
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

  /** The messages that a new subscriber has missed. */
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

/** The event that a message is for subscribers of one kind; null if none. */
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
