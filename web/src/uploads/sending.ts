/**
 * Sending files: a few at a time, paused and resumed, and never given up for what may pass. What is here is only what
 * this page does; what has arrived and what became of it, the service says.
 */
import { createStore } from "../lib/store";
import { backoffMs } from "../live/stream";
import { RateMeter, secondsLeft } from "./rate";

type SendState = "waiting" | "sending" | "sent" | "failed";

export interface Item {
  readonly id: string;
  readonly upload: string;
  readonly path: string;
  readonly file: Blob;
  /** Where its bytes go. */
  readonly url: string;
}

export interface ItemView {
  readonly id: string;
  readonly path: string;
  readonly size: number;
  readonly sentBytes: number;
  readonly state: SendState;
  readonly error: string | null;
}

/** What went wrong: what is not `refused` will be tried again without end. */
export interface SendFault {
  readonly kind: "passing" | "signed-out" | "refused";
  readonly message: string;
}

export interface SendEvents {
  onProgress: (sentBytes: number) => void;
  onSent: () => void;
  onFault: (fault: SendFault) => void;
}

/** Sends one file from wherever the service has got to; gives back how to interrupt it. */
export type Transport = (item: Item, events: SendEvents) => () => void;

export interface UploadView {
  readonly items: readonly ItemView[];
  readonly totalBytes: number;
  readonly sentBytes: number;
  readonly isPaused: boolean;
  /** The sentence of a fault that is being waited out; null while all goes well. */
  readonly trouble: string | null;
  readonly rate: number | null;
  readonly secondsLeft: number | null;
}

interface Entry extends Item {
  size: number;
  sentBytes: number;
  state: SendState;
  error: string | null;
  interrupt: (() => void) | null;
}

type Timer = ReturnType<typeof setTimeout>;

interface Options {
  parallel?: number;
  /** Nothing more of it is sent: it is there, as far as this page can know, or it was refused. */
  onEnded?: (item: Item) => void;
  onSignedOut?: () => void;
}

const NOTIFY_MS = 200;
/** A line this long without a sign is dead, whatever the socket says: after a closed lid, in a tunnel. */
const STALL_MS = 60_000;

/** Whether there is something of it left to send. */
export const isUnsent = ({ state }: { state: SendState }) => state === "waiting" || state === "sending";

export class SendQueue {
  private readonly entries = new Map<string, Entry>();
  private readonly paused = new Set<string>();
  private readonly meters = new Map<string, RateMeter>();
  /** By upload; the same object until something has changed. */
  readonly views = createStore<ReadonlyMap<string, UploadView>>(new Map());
  private trouble: string | null = null;
  private faults = 0;
  private waitTimer: Timer | null = null;
  private notifyTimer: Timer | null = null;
  private readonly parallel: number;

  constructor(
    private readonly transport: Transport,
    private readonly options: Options = {},
  ) {
    this.parallel = options.parallel ?? 4;
  }

  add(items: readonly Item[]): void {
    for (const item of items) {
      const known = this.entries.get(item.id);
      if (known && known.state !== "failed") continue;
      this.entries.set(item.id, {
        ...item,
        size: item.file.size,
        sentBytes: 0,
        state: "waiting",
        error: null,
        interrupt: null,
      });
    }
    this.pump();
  }

  pause(upload: string): void {
    this.paused.add(upload);
    this.meters.delete(upload);
    for (const entry of this.of(upload)) this.interrupt(entry);
    this.changed();
  }

  resume(upload: string): void {
    this.paused.delete(upload);
    this.retryNow();
  }

  /** Forget an upload: it was stopped, or it is over. */
  drop(upload: string): void {
    for (const entry of this.of(upload)) {
      this.interrupt(entry);
      this.entries.delete(entry.id);
    }
    this.paused.delete(upload);
    this.meters.delete(upload);
    this.pump();
  }

  /** The network is back, or the visitor is: no need to wait any longer. */
  readonly retryNow = (): void => {
    if (this.waitTimer !== null) clearTimeout(this.waitTimer);
    this.waitTimer = null;
    this.pump();
  };

  private of(upload: string): Entry[] {
    return [...this.entries.values()].filter((entry) => entry.upload === upload);
  }

  private interrupt(entry: Entry): void {
    entry.interrupt?.();
    entry.interrupt = null;
    if (entry.state === "sending") entry.state = "waiting";
  }

  private pump(): void {
    if (this.waitTimer === null) {
      const entries = [...this.entries.values()];
      let free = this.parallel - entries.filter(({ state }) => state === "sending").length;
      // After a fault one file tries the way before the others follow.
      if (this.faults > 0) free = Math.min(free, 1 - entries.filter(({ state }) => state === "sending").length);
      for (const entry of entries) {
        if (free <= 0) break;
        if (entry.state !== "waiting" || this.paused.has(entry.upload)) continue;
        free -= 1;
        this.send(entry);
      }
    }
    this.changed();
  }

  private send(entry: Entry): void {
    entry.state = "sending";
    // An answer that comes after an interruption is nobody's.
    const sent = { isOver: false };
    let stallTimer: Timer | undefined;
    const watch = () => {
      clearTimeout(stallTimer);
      stallTimer = setTimeout(() => {
        entry.interrupt?.();
        this.fail(entry, { kind: "passing", message: "The service does not answer. It goes on by itself." });
      }, STALL_MS);
    };
    const once = (work: () => void) => () => {
      if (sent.isOver) return;
      sent.isOver = true;
      clearTimeout(stallTimer);
      entry.interrupt = null;
      work();
    };
    const interrupt = this.transport(entry, {
      onProgress: (sentBytes) => {
        if (sent.isOver) return;
        entry.sentBytes = sentBytes;
        watch();
        this.noted(entry.upload);
      },
      onSent: once(() => {
        entry.state = "sent";
        entry.sentBytes = entry.size;
        this.noted(entry.upload);
        this.recover();
        this.options.onEnded?.(entry);
        this.pump();
      }),
      onFault: (fault) => once(() => this.fail(entry, fault))(),
    });
    if (sent.isOver) return; // it has answered within the call
    entry.interrupt = () => {
      sent.isOver = true;
      clearTimeout(stallTimer);
      interrupt();
    };
    watch();
  }

  private recover(): void {
    this.faults = 0;
    this.trouble = null;
  }

  private fail(entry: Entry, fault: SendFault): void {
    if (fault.kind !== "refused") {
      entry.state = "waiting";
      // To the end of the line: one file that never gets through must not hold up the others.
      this.entries.delete(entry.id);
      this.entries.set(entry.id, entry);
      this.trouble = fault.message;
      if (fault.kind === "signed-out") this.options.onSignedOut?.();
      if (this.waitTimer === null) {
        this.waitTimer = setTimeout(this.retryNow, backoffMs(this.faults));
        this.faults += 1;
      }
      for (const meter of this.meters.values()) meter.reset();
    } else {
      entry.state = "failed";
      entry.error = fault.message;
      this.options.onEnded?.(entry);
    }
    this.pump();
  }

  private noted(upload: string): void {
    const meter = this.meters.get(upload) ?? new RateMeter();
    this.meters.set(upload, meter);
    const sent = this.of(upload).reduce((sum, { sentBytes }) => sum + sentBytes, 0);
    meter.note(sent, performance.now());
    this.changed();
  }

  /** Tell the listeners, at most a few times a second: hundreds of files progress at once. */
  private changed(): void {
    this.notifyTimer ??= setTimeout(() => {
      this.notifyTimer = null;
      this.views.set(this.view());
    }, NOTIFY_MS);
  }

  private view(): ReadonlyMap<string, UploadView> {
    const views = new Map<string, UploadView>();
    const uploads = new Set([...this.entries.values()].map(({ upload }) => upload));
    for (const upload of uploads) {
      const items = this.of(upload);
      const totalBytes = items.reduce((sum, { size }) => sum + size, 0);
      const sentBytes = items.reduce((sum, entry) => sum + entry.sentBytes, 0);
      const isUnfinished = items.some(isUnsent);
      const rate = isUnfinished ? (this.meters.get(upload)?.rate() ?? null) : null;
      views.set(upload, {
        items: items
          .sort(byPath)
          .map(({ id, path, size, sentBytes, state, error }) => ({ id, path, size, sentBytes, state, error })),
        totalBytes,
        sentBytes,
        isPaused: this.paused.has(upload),
        trouble: isUnfinished ? this.trouble : null,
        rate: this.trouble === null ? rate : null,
        secondsLeft: this.trouble === null ? secondsLeft(totalBytes - sentBytes, rate) : null,
      });
    }
    return views;
  }
}

function byPath(a: Entry, b: Entry): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
