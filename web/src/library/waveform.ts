/** A waveform (audiowaveform's JSON, version 2) as a path of columns. */
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

/** Of each column how far the sound reaches from silence, 0–1: the largest of all channels and of what it covers. */
export function columnsOf({ channels, bits, length, data }: Waveform, columns: number): number[] {
  const full = 2 ** (bits - 1);
  const reach = (point: number) => {
    const from = point * channels * 2;
    return data.slice(from, from + channels * 2).reduce((most, value) => Math.max(most, Math.abs(value)), 0) / full;
  };
  return Array.from({ length: columns }, (_, column) => {
    const from = Math.floor((column * length) / columns);
    const to = Math.max(from + 1, Math.floor(((column + 1) * length) / columns));
    let most = 0;
    for (let point = from; point < Math.min(to, length); point++) most = Math.max(most, reach(point));
    return Math.min(1, most);
  });
}

/** An SVG path of bars, a unit wide with a gap of a third, mirrored around the middle of a box of this height. */
export function pathOf(columns: readonly number[], height: number): string {
  const middle = height / 2;
  return columns
    .map((reach, x) => {
      const half = Math.max(0.5, reach * middle);
      return `M${String(x)} ${(middle - half).toFixed(1)}h.7v${(2 * half).toFixed(1)}h-.7z`;
    })
    .join("");
}
