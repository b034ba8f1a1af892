/** How long keys last, and what a list says of them. */
import { plural, t } from "@lingui/core/macro";

import { formatAgo, formatDate, formatTime } from "../../platform/format";
import type { AccessKey, Scope } from "./schema";
import { deletes } from "./scopes";

const DAY_MS = 86_400_000;
/** Keys are listed for so long after their end. */
const KEPT_DAYS = 30;
const UNUSED_DAYS = 180;
const SOON_DAYS = 7;
/** Of keys by which something can be lost for good. */
export const MAX_DELETE_DAYS = 30;
export const USUAL_DAYS = 90;

interface Duration {
  readonly days: number | null;
  readonly text: string;
}

export const DURATIONS: readonly Duration[] = [
  { days: 30, text: t`30 days` },
  { days: 90, text: t`90 days` },
  { days: 365, text: t`1 year` },
  { days: null, text: t`No end` },
];

/** The chosen number of days, or as many as keys with these scopes can have. */
export function allowedDays(days: number | null, scopes: readonly Scope[]): number | null {
  return scopes.some(deletes) ? Math.min(days ?? Infinity, MAX_DELETE_DAYS) : days;
}

export type State = "valid" | "expired" | "revoked";

export function stateOf(key: AccessKey, now: number): State {
  if (key.revoked_at !== null) return "revoked";
  return key.expires_at !== null && Date.parse(key.expires_at) <= now ? "expired" : "valid";
}

interface Told {
  first: string;
  second: string;
  /** Something is to be done about it. */
  isWarning: boolean;
}

const daysUntil = (at: string, now: number) => Math.max(1, Math.round((Date.parse(at) - now) / DAY_MS));

/** When a valid key ends; with a warning it can be given another end. */
export function endWords({ expires_at: end }: AccessKey, now: number): Told {
  if (end === null) return { first: t`no end`, second: t`Give it an end`, isWarning: true };
  const days = daysUntil(end, now);
  const isWarning = days <= SOON_DAYS;
  return {
    first: formatDate(end),
    second: isWarning ? t`Make it last longer` : t`in ${plural(days, { one: "# day", other: "# days" })}`,
    isWarning,
  };
}

/** When a key was used at last. */
export function useWords({ last_used_at: used, uses_today: today, created_at: made }: AccessKey, now: number): Told {
  const idle = Math.floor((now - Date.parse(used ?? made)) / DAY_MS);
  const isWarning = idle >= UNUSED_DAYS;
  const unused = isWarning ? t`${plural(Math.floor(idle / 30), { one: "# month", other: "# months" })} unused` : "";
  if (used === null) return { first: t`not yet`, second: unused, isWarning };
  return {
    first: formatAgo(used, now),
    second: today > 0 ? t`${plural(today, { one: "# time", other: "# times" })} today` : unused,
    isWarning,
  };
}

/** What became of a key that has ended. */
export function endedWords(key: AccessKey, now: number): [first: string, second: string] {
  const at = key.revoked_at ?? key.expires_at ?? "";
  const leaves = new Date(Date.parse(at) + KEPT_DAYS * DAY_MS);
  const word = stateOf(key, now) === "revoked" ? t`revoked` : t`ended`;
  return [`${word} ${formatDate(at)}, ${formatTime(Date.parse(at))}`, t`leaves this list on ${formatDate(leaves)}`];
}
