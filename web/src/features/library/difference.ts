/** What differs between two pictures, by pixel. */
import { t } from "@lingui/core/macro";

import { formatCount } from "../../platform/format";

export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

export interface Difference extends Pixels {
  readonly differing: number;
  /** Of those, how many differ so much that they are seen. */
  readonly visible: number;
}

/** Of 255, in the channel that differs most. */
const SEEN = 24;
const PINK = [255, 74, 190] as const;

/** Grey where both are equal, pink where they are not, the more so the more they differ. Both have one size. */
export function differenceOf(a: Pixels, b: Pixels): Difference {
  const data = new Uint8ClampedArray(a.data.length);
  let [differing, visible] = [0, 0];
  for (let at = 0; at < data.length; at += 4) {
    const by = distanceAt(a.data, b.data, at);
    const [red = 0, green = 0, blue = 0, alpha = 0] = a.data.subarray(at, at + 4);
    const grey = 40 + (red * 0.3 + green * 0.59 + blue * 0.11) * 0.28;
    const share = by === 0 ? 0 : 0.35 + 0.65 * Math.min(1, by / SEEN);
    PINK.forEach((channel, index) => (data[at + index] = grey + (channel - grey) * share));
    data[at + 3] = by === 0 ? alpha : 255;
    if (by > 0) differing += 1;
    if (by >= SEEN) visible += 1;
  }
  return { width: a.width, height: a.height, data, differing, visible };
}

/** What is fully transparent in both has no colour. */
function distanceAt(a: Uint8ClampedArray, b: Uint8ClampedArray, at: number): number {
  if (a[at + 3] === 0 && b[at + 3] === 0) return 0;
  let most = 0;
  for (let channel = at; channel < at + 4; channel++) {
    most = Math.max(most, Math.abs((a[channel] ?? 0) - (b[channel] ?? 0)));
  }
  return most;
}

/** "4 of 196 pixels differ" */
export function differenceWords({ differing, width, height }: Difference): string {
  const all = formatCount(width * height);
  return differing === 0 ? t`equal pixels` : t`${formatCount(differing)} of ${all} pixels differ`;
}
