/** What a task has changed, in one line with its number first. */
import { t } from "@lingui/core/macro";

import { formatBytes, formatCount, formatDuration } from "../../platform/format";
import { joinParts, nameOf } from "../../platform/text";
import { type Group, groupWords, statusNames } from "./groups";
import type { Job } from "./schema";

/** A change of fewer per cent is not worth a number. */
const WORTH = 2;

/** "−62 % bytes, 128 × 128 pixels, GIF"; null if nothing of that is different, or nothing is known. */
export function changeOf(job: Job): string | null {
  const { result, asset_width: width, asset_height: height, asset_size_bytes: before, asset_format: format } = job;
  if (result === null || job.result_asset_ids.length > 1) return null;
  const isResized =
    result.width !== null && result.height !== null && (result.width !== width || result.height !== height);
  const share = before ? Math.round((100 * (result.size_bytes - before)) / before) : 0;
  const bytes = Math.abs(share) >= WORTH && t`${share < 0 ? "−" : "+"}${formatCount(Math.abs(share))} % bytes`;
  const size = isResized && t`${result.width ?? 0} × ${result.height ?? 0} pixels`;
  const times = isResized && width ? ratioOf(result.width ?? 0, width) : null;
  const form = result.file_format !== format && result.file_format.toUpperCase();
  return joinParts(isResized ? [times, size, form] : [bytes, form], ", ") || null;
}

function ratioOf(now: number, before: number): string | null {
  return now > before && now % before === 0 ? `×${now / before}` : null;
}

/** The line that says most: what happened to all of the group, or to its one file. */
export function headlineOf(group: Group): string {
  const { jobs, counts } = group;
  const [only] = jobs;
  if (counts.running + counts.pending > 0) {
    const done = counts.completed + counts.failed + counts.cancelled;
    if (counts.running === 0 && done === 0) return t`Waiting`;
    return counts.total === 1 ? t`Running` : t`Running: ${formatCount(done)} of ${formatCount(counts.total)}`;
  }
  if (counts.total === 1 && only) return singleOf(only);
  return groupWords(group);
}

function singleOf(job: Job): string {
  const { status, unchanged_reason: unchanged, error_message: error, result_asset_ids: results } = job;
  if (status === "failed") return error ?? t`Failed`;
  if (status !== "completed") return nameOf(statusNames, status);
  if (unchanged !== null) return unchanged;
  if (results.length > 1) return t`${formatCount(results.length)} files were made.`;
  return changeOf(job) ?? job.step ?? (job.result ? t`Done, about the same size` : t`Done`);
}

/** The second line: what is worth knowing beyond the first. */
export function detailOf(group: Group): string | null {
  const [only] = group.jobs;
  if (group.counts.total > 1 || !only) return null;
  if (only.status !== "completed" || only.step === null) return null;
  return headlineOf(group) === only.step ? null : only.step;
}

/** Bytes before and after, where one file became one. */
export function bytesOf(job: Job): { before: number; after: number } | null {
  const { result, asset_size_bytes: before } = job;
  if (!result || before === null || job.result_asset_ids.length > 1) return null;
  return { before, after: result.size_bytes };
}

export const byteWords = ({ before, after }: { before: number; after: number }) =>
  t`${formatBytes(before)} before, ${formatBytes(after)} after`;

export const leftWords = (seconds: number | null) =>
  seconds === null ? null : t`about ${formatDuration(Math.max(1, seconds))} left`;
