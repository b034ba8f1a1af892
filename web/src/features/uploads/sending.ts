/**
 * The upload queue: a few files at a time, with pause and resume; temporary faults are retried indefinitely. It tracks only
 * what this page sends; what has arrived, and the outcome, comes from the service.
 */
import { t } from "@lingui/core/macro";

import { createStore } from "../../platform/store";
import { backoffMs } from "../../data/live/stream";
import { RateMeter, secondsLeft } from "./rate";

type SendState = "waiting" | "sending" | "sent" | "failed";

export interface Item {
  readonly id: string;
  readonly upload: string;
  readonly path: string;
  readonly file: Blob;
  /** The tus URL. */
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

/** What went wrong. Everything but `refused` is retried indefinitely. */
export interface SendFault {
  readonly kind: "temporary" | "signed-out" | "refused";
  readonly message: string;
}

export interface SendEvents {
  onProgress: (sentBytes: number) => void;
  onSent: () => void;
  onFault: (fault: SendFault) => void;
}

/** Sends one file from the service's offset; returns a function that interrupts it. */
export type Transport = (item: Item, events: SendEvents) => () => void;

export interface UploadView {
  readonly items: readonly ItemView[];
  readonly totalBytes: number;
  readonly sentBytes: number;
  readonly isPaused: boolean;
  /** The message of a temporary fault; null while all is well. */
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
  /** Nothing more to send: it has arrived, as far as this page knows, or was refused. */
  onEnded?: (item: Item) => void;
  onSignedOut?: () => void;
}

const NOTIFY_MS = 200;
/** What a file takes beyond its bytes, as bytes: hundreds of icons are not sent at the rate of one film. */
const FILE_COST = 64_000;
/** A connection without progress for this long is dead, whatever the socket says: a closed lid, a tunnel. */
const STALL_MS = 60_000;

/** Whether anything is left to send. */
export const isUnsent = ({ state }: { state: SendState }) => state === "waiting" || state === "sending";

export class SendQueue {
  private readonly entries = new Map<string, Entry>();
  private readonly paused = new Set<string>();
  private readonly meters = new Map<string, { bytes: RateMeter; work: RateMeter }>();
  /** By upload; a new object only when something has changed. */
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

  /** Forget an upload that was stopped or has ended. */
  drop(upload: string): void {
    for (const entry of this.of(upload)) {
      this.interrupt(entry);
      this.entries.delete(entry.id);
    }
    this.paused.delete(upload);
    this.meters.delete(upload);
    this.pump();
  }

  /** The network or the user is back: retry immediately. */
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
      // After a fault one file probes the connection before the others follow.
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
    // Ignore an answer that arrives after an interruption.
    const sent = { isOver: false };
    let stallTimer: Timer | undefined;
    const watch = () => {
      clearTimeout(stallTimer);
      stallTimer = setTimeout(() => {
        entry.interrupt?.();
        this.fail(entry, {
          kind: "temporary",
          message: t`The service is not responding. The upload resumes by itself.`,
        });
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
    if (sent.isOver) return; // it answered synchronously
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
      // Move it to the end of the queue: a file that never gets through must not block the others.
      this.entries.delete(entry.id);
      this.entries.set(entry.id, entry);
      this.trouble = fault.message;
      if (fault.kind === "signed-out") this.options.onSignedOut?.();
      if (this.waitTimer === null) {
        this.waitTimer = setTimeout(this.retryNow, backoffMs(this.faults));
        this.faults += 1;
      }
      for (const { bytes, work } of this.meters.values()) [bytes, work].forEach((meter) => meter.reset());
    } else {
      entry.state = "failed";
      entry.error = fault.message;
      this.options.onEnded?.(entry);
    }
    this.pump();
  }

  private noted(upload: string): void {
    const meters = this.meters.get(upload) ?? { bytes: new RateMeter(), work: new RateMeter() };
    this.meters.set(upload, meters);
    const entries = this.of(upload);
    const now = performance.now();
    meters.bytes.note(
      entries.reduce((sum, { sentBytes }) => sum + sentBytes, 0),
      now,
    );
    meters.work.note(
      entries.reduce((sum, entry) => sum + workDone(entry), 0),
      now,
    );
    this.changed();
  }

  /** Notify listeners, throttled: hundreds of files progress at once. */
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
      const meters = isUnfinished ? this.meters.get(upload) : undefined;
      const leftWork = items.reduce((sum, entry) => sum + entry.size + FILE_COST - workDone(entry), 0);
      views.set(upload, {
        items: items
          .sort(byPath)
          .map(({ id, path, size, sentBytes, state, error }) => ({ id, path, size, sentBytes, state, error })),
        totalBytes,
        sentBytes,
        isPaused: this.paused.has(upload),
        trouble: isUnfinished ? this.trouble : null,
        rate: this.trouble === null ? (meters?.bytes.rate() ?? null) : null,
        secondsLeft: this.trouble === null ? secondsLeft(leftWork, meters?.work.rate() ?? null) : null,
      });
    }
    return views;
  }
}

/** Its bytes that are sent, and as much of what a file takes beyond them. */
function workDone(entry: Entry): number {
  if (!isUnsent(entry)) return entry.size + FILE_COST;
  return entry.size > 0 ? entry.sentBytes * (1 + FILE_COST / entry.size) : 0;
}

function byPath(a: Entry, b: Entry): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
