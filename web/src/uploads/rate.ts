/** How fast it goes, over the last seconds: a number that neither jumps nor remembers yesterday. */

const WINDOW_MS = 8000;

interface Sample {
  readonly at: number;
  readonly bytes: number;
}

export class RateMeter {
  private samples: Sample[] = [];

  /** So many bytes have been sent in all, at this time (ms). A number smaller than before begins anew. */
  note(bytes: number, at: number): void {
    const last = this.samples.at(-1);
    if (last && bytes < last.bytes) this.samples = [];
    this.samples.push({ at, bytes });
    while (this.samples.length > 2 && at - (this.samples[0]?.at ?? at) > WINDOW_MS) this.samples.shift();
  }

  reset(): void {
    this.samples = [];
  }

  /** Bytes a second; null before there is anything to speak of. */
  rate(): number | null {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    if (!first || !last || last.at - first.at < 500) return null;
    return ((last.bytes - first.bytes) * 1000) / (last.at - first.at);
  }
}

/** Seconds left at this rate; null where nobody can know. */
export function secondsLeft(leftBytes: number, rate: number | null): number | null {
  if (leftBytes <= 0) return 0;
  return rate === null || rate <= 0 ? null : leftBytes / rate;
}
