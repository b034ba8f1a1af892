/** The transfer rate, smoothed over the last seconds. */

const WINDOW_MS = 8000;

interface Sample {
  readonly at: number;
  readonly bytes: number;
}

export class RateMeter {
  private samples: Sample[] = [];

  /** Record the total bytes sent at this time (ms). A smaller total than before resets the meter. */
  note(bytes: number, at: number): void {
    const last = this.samples.at(-1);
    if (last && bytes < last.bytes) this.samples = [];
    this.samples.push({ at, bytes });
    while (this.samples.length > 2 && at - (this.samples[0]?.at ?? at) > WINDOW_MS) this.samples.shift();
  }

  reset(): void {
    this.samples = [];
  }

  /** Bytes per second; null until there are enough samples. */
  rate(): number | null {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    if (!first || !last || last.at - first.at < 500) return null;
    return ((last.bytes - first.bytes) * 1000) / (last.at - first.at);
  }
}

/** Seconds left at this rate; null if unknown. */
export function secondsLeft(left: number, rate: number | null): number | null {
  if (left <= 0) return 0;
  return rate === null || rate <= 0 ? null : left / rate;
}
