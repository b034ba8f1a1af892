/** Display names, and a file's dimensions in one line. */
import { t } from "@lingui/core/macro";

import { formatBytes, formatCount, formatDecimal, twoDigits } from "../../platform/format";
import { joinParts } from "../../platform/text";
import type { Asset, AssetType, Provenance } from "../../data/assets/schema";

export const typeNames: Record<AssetType, string> = {
  image: t`Images`,
  audio: t`Sound`,
  video: t`Video`,
  other: t`Companions`,
};

export const provenanceNames: Record<Provenance, string> = {
  user_provided: t`Own work`,
  ai_generated: t`Made with AI`,
  enhanced: t`Task result`,
  unknown: t`Unknown`,
};

/** "1:05", "1:02:03"; below ten seconds with tenths. */
export function formatPlaying(seconds: number): string {
  if (seconds < 10) return `${formatDecimal(seconds, 1)} s`;
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${twoDigits(m)}:${twoDigits(s)}` : `${m}:${twoDigits(s)}`;
}

/** "64 × 64 · 12 frames · GIF · 3.4 kB" */
export function measures(asset: Asset): string {
  const { width, height, frame_count: frames, duration_sec: duration, samplerate_hz: rate } = asset;
  return joinParts([
    width !== null && height !== null && `${width} × ${height}`,
    asset.type === "image" && frames !== null && frames > 1 && t`${formatCount(frames)} frames`,
    duration !== null && asset.type !== "image" && formatPlaying(duration),
    asset.type === "audio" && rate !== null && `${rate / 1000} kHz`,
    asset.file_format.toUpperCase(),
    formatBytes(asset.size_bytes),
  ]);
}

/** A folder's last two levels, where there is no room for all: "… / sprites / props". */
export function folderWords(folder: string): string {
  const parts = folder.split("/");
  return (parts.length > 2 ? ["…", ...parts.slice(-2)] : parts).join(" / ");
}

/** "walk_01 … 08": the first frame's name without its ending, and the last one's number as it is written. */
export function sequenceName(frames: readonly Pick<Asset, "name">[]): string {
  const [first = "", last = ""] = [frames.at(0), frames.at(-1)].map((frame) => frame?.name.replace(/\.[^.]*$/, ""));
  return `${first} … ${/\d+(?=\D*$)/.exec(last)?.[0] ?? ""}`;
}

/** The four labels, by key. */
export const labels = [6, 7, 8, 9] as const;
export const labelNames: Record<(typeof labels)[number], string> = { 6: t`red`, 7: t`yellow`, 8: t`green`, 9: t`blue` };

/** The line below a tile's name. */
export function shortMeasure(asset: Asset): string {
  const { type, width, height, duration_sec: duration, size_bytes: bytes } = asset;
  if (type === "audio" && duration !== null)
    return duration < 1 ? `${formatDecimal(duration, 2)} s` : formatPlaying(duration);
  return width !== null && height !== null ? `${width}×${height}` : formatBytes(bytes);
}

/** What is known without comparing pixels: "Equal pixels, PNG and WEBP", "2 × larger, JPEG and PNG". */
export function savedWords(items: readonly Asset[], isEqual: boolean): string {
  const formats = [...new Set(items.map(({ file_format: format }) => format.toUpperCase()))];
  const widths = items.map(({ width }) => width ?? 1);
  const factor = Math.max(...widths) / Math.min(...widths);
  const size =
    factor > 1.06 ? t`${formatDecimal(factor, 1).replace(/\D0/, "")} × larger` : factor > 1 ? t`cropped` : null;
  const kind = isEqual ? t`Equal pixels` : size === null ? t`Nearly equal` : "";
  const words = joinParts([kind, size, formats.length > 1 ? formats.join(t` and `) : null], ", ");
  const only = isEqual && size === null && formats.length === 1;
  return only ? t`Equal pixels, other bytes` : words.charAt(0).toUpperCase() + words.slice(1);
}
