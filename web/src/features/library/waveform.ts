/** A waveform (audiowaveform's JSON, version 2) as one SVG path. */
import * as v from "valibot";

export const Waveform = v.object({
  version: v.number(),
  channels: v.number(),
  sample_rate: v.number(),
  samples_per_pixel: v.number(),
  bits: v.number(),
  length: v.number(),
  data: v.array(v.number()),
});
export type Waveform = v.InferOutput<typeof Waveform>;

/**
 * The peak of each column, 0–1: the maximum of all channels and samples that it covers. Short sounds with fewer samples
 * than columns are interpolated.
 */
export function columnsOf({ channels, bits, length, data }: Waveform, columns: number): number[] {
  const full = 2 ** (bits - 1);
  const reach = (point: number) => {
    const from = Math.min(length - 1, point) * channels * 2;
    const values = data.slice(from, from + channels * 2);
    return Math.min(1, values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / full);
  };
  if (length === 0) return Array.from({ length: columns }, () => 0);
  if (length < columns) {
    return Array.from({ length: columns }, (_, column) => {
      const at = columns > 1 ? (column * (length - 1)) / (columns - 1) : 0;
      const point = Math.floor(at);
      return reach(point) + (reach(point + 1) - reach(point)) * (at - point);
    });
  }
  return Array.from({ length: columns }, (_, column) => {
    const from = Math.floor((column * length) / columns);
    const to = Math.max(from + 1, Math.floor(((column + 1) * length) / columns));
    let most = 0;
    for (let point = from; point < Math.min(to, length); point++) most = Math.max(most, reach(point));
    return most;
  });
}

/** An SVG path around the vertical centre of a box of this height; one unit per column. */
export function pathOf(columns: readonly number[], height: number): string {
  const middle = height / 2;
  const half = (reach: number) => Math.max(0.5, reach * middle);
  const above = columns.map((reach, x) => `${x} ${(middle - half(reach)).toFixed(1)}`);
  const below = columns.map((reach, x) => `${x} ${(middle + half(reach)).toFixed(1)}`).reverse();
  return columns.length === 0 ? "" : `M${above.join("L")}L${below.join("L")}z`;
}
