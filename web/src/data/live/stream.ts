/** An EventSource that always reconnects: with backoff, and immediately when the network or the tab is back. */

import { type Connection, idOf, KINDS, type Message } from "./messages";

const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 30_000;
const TICK_MS = 1000;
/** Pings come every 5 s: without any for this long, the service hangs or the connection is dead. */
const SILENT_MS = 8000;
/** A connection without a snapshot for this long is stuck: a browser would wait forever. */
const OPEN_TIMEOUT_MS = 20_000;
/** After this long a new connection is tried. */
const DEAD_MS = 20_000;
/** A timer this late means the machine slept: the connection is dead, whatever the socket says. */
const SLEPT_MS = 20_000;

/** Exponential backoff with jitter, so that a restart is not met by all clients at once. */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const longest = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10));
  return longest * (0.5 + random() / 2);
}

export class EventStream {
  private source: EventSource | null = null;
  private failures = 0;
  /** The open timeout, or the pause before reconnecting. */
  private timer: ReturnType<typeof setTimeout> | undefined;
  private tickTimer: ReturnType<typeof setInterval> | undefined;
  private lastTick = Date.now();
  /** When something was last heard; null until the first ping: servers of the previous release send none. */
  private lastHeard: number | null = null;
  private isSilent = false;

  constructor(
    private readonly url: string,
    private readonly emit: (message: Message) => void,
    /** Connecting failed or the connection broke; the page may check the session. */
    private readonly onFailure: () => void,
  ) {}

  start(): void {
    window.addEventListener("online", this.reconnect);
    window.addEventListener("offline", this.lose);
    document.addEventListener("visibilitychange", this.onVisibility);
    this.tickTimer = setInterval(this.tick, TICK_MS);
    this.open();
  }

  stop(): void {
    window.removeEventListener("online", this.reconnect);
    window.removeEventListener("offline", this.lose);
    document.removeEventListener("visibilitychange", this.onVisibility);
    clearInterval(this.tickTimer);
    this.close();
  }

  private open(): void {
    this.close();
    this.lastHeard = null;
    this.isSilent = false;
    this.showConnection("connecting");
    const source = new EventSource(this.url);
    this.source = source;
    this.timer = setTimeout(this.lose, OPEN_TIMEOUT_MS);
    const on = (name: string, handle: (data: unknown) => void) => {
      source.addEventListener(name, (event: MessageEvent<string>) => {
        this.hear();
        handle(JSON.parse(event.data || "null"));
      });
    };
    source.addEventListener("open", () => this.emit({ type: "opened" }));
    source.addEventListener("error", this.lose);
    for (const kind of KINDS) {
      on(`${kind}_update`, (data) => this.emit({ type: "update", kind, id: idOf(data), data }));
      on(`${kind}_removed`, (data) => this.emit({ type: "removed", kind, id: idOf(data) }));
    }
    on("ping", () => (this.lastHeard ??= Date.now()));
    source.addEventListener("connected", () => {
      clearTimeout(this.timer);
      this.failures = 0;
      this.showConnection("live");
      this.emit({ type: "connected" });
    });
    source.addEventListener("timeout", () => {
      this.close();
      this.emit({ type: "timeout" });
    });
  }

  private hear(): void {
    if (this.lastHeard === null) return;
    this.lastHeard = Date.now();
    if (!this.isSilent) return;
    this.isSilent = false;
    this.showConnection("live");
  }

  private showConnection(connection: Connection): void {
    this.emit({ type: "connection", connection });
  }

  private close(): void {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  private readonly lose = (): void => {
    this.close();
    this.showConnection("waiting");
    this.emit({ type: "lost" });
    this.onFailure();
    this.timer = setTimeout(() => this.open(), backoffMs(this.failures));
    this.failures += 1;
  };

  private readonly reconnect = (): void => {
    this.failures = 0;
    this.open();
  };

  private readonly onVisibility = (): void => {
    if (document.visibilityState === "visible" && this.source === null) this.reconnect();
  };

  private readonly tick = (): void => {
    const now = Date.now();
    const pause = now - this.lastTick;
    this.lastTick = now;
    const silence = this.lastHeard === null ? Infinity : now - this.lastHeard;
    // Timers of a hidden page are late as well, but its pings are heard.
    if (pause > TICK_MS + SLEPT_MS && silence > SILENT_MS) this.reconnect();
    // After a late tick, of a busy or hidden page, what has arrived meanwhile is still to be heard.
    else if (this.source !== null && this.lastHeard !== null && pause < 2 * TICK_MS) this.judge(silence);
  };

  private readonly judge = (silence: number): void => {
    if (silence > DEAD_MS) this.lose();
    else if (silence > SILENT_MS && !this.isSilent) {
      this.isSilent = true;
      this.showConnection("silent");
    }
  };
}
