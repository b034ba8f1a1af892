/** What is counted, and how its days are drawn. */
import { t } from "@lingui/core/macro";

import type { InsightDay } from "./schema";

export const COUNTS = ["view_count", "download_count", "reaction_count", "comment_count"] as const;
export type Count = (typeof COUNTS)[number];

export const names: Readonly<Record<Count, string>> = {
  view_count: t`Views`,
  download_count: t`Downloads`,
  reaction_count: t`Reactions`,
  comment_count: t`Comments`,
};

export const totalOf = (days: readonly InsightDay[], count: Count) => days.reduce((sum, day) => sum + day[count], 0);

/** More bars than that are no bars any more. */
const MAX_BARS = 100;

/** The sums of as many neighbouring days as make at most `most` bars; the last one ends today. */
export function barsOf(days: readonly InsightDay[], count: Count, most = MAX_BARS): number[] {
  const width = Math.max(1, Math.ceil(days.length / most));
  const bars: number[] = [];
  for (let end = days.length; end > 0; end -= width) {
    bars.unshift(totalOf(days.slice(Math.max(0, end - width), end), count));
  }
  return bars;
}

/** The first and the last day, in UTC. */
export interface Period {
  since: string;
  until: string;
}

const DAY_MS = 86_400_000;

/** So many days up to today. */
export function lastDays(count: number, now: number): Period {
  const dayAt = (at: number) => new Date(at).toISOString().slice(0, 10);
  return { since: dayAt(now - (count - 1) * DAY_MS), until: dayAt(now) };
}
