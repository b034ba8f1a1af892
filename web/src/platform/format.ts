/**
 * Numbers, sizes and times as the page's language writes them. In English without `Intl`: loading its tables delays the
 * first row for longer than formatting everything in it.
 */
import { t } from "@lingui/core/macro";

import { isMirrored, language } from "./language";

/** What stands between thousands, and before tenths. */
const [GROUP, POINT] = language === "en" ? [",", "."] : signsOf(new Intl.NumberFormat(language));

function signsOf(format: Intl.NumberFormat): [group: string, point: string] {
  const parts = format.formatToParts(12345.6);
  const sign = (type: Intl.NumberFormatPartTypes) => parts.find((part) => part.type === type)?.value ?? "";
  return [sign("group"), sign("decimal")];
}

/** "1,300"; whole numbers from 0 on. */
export function formatCount(value: number): string {
  return value < 1000 ? String(value) : String(value).replace(/\B(?=(?:\d{3})+$)/g, GROUP);
}

/** "9.5": with so many digits after the point. */
export function formatDecimal(value: number, digits: number): string {
  return value.toFixed(digits).replace(".", POINT);
}

export const twoDigits = (value: number) => String(value).padStart(2, "0");

/** "10,000+" for a lower bound. */
export function formatAtLeast(value: number, isExact: boolean): string {
  return `${formatCount(value)}${isExact ? "" : "+"}`;
}

const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** Decimal units, like browsers' download lists. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  const text = `${formatDecimal(value, digits)} ${UNITS[unit] ?? ""}`;
  // From right to left a number and Latin letters behind it would change places.
  return isMirrored ? `\u2066${text}\u2069` : text;
}

/** "CC BY", "BY-NC-SA", "CC0": short names, without the version. */
export function formatLicense(identifier: string): string {
  const name = identifier.startsWith("CC0")
    ? "CC0"
    : identifier.replace(/-\d+(\.\d+)*$/, "").replace(/^CC-(?=BY-)/, "");
  return name === "CC-BY" ? "CC BY" : name;
}

const dates =
  language === "en" ? null : new Intl.DateTimeFormat(language, { year: "numeric", month: "2-digit", day: "2-digit" });

/** "2026-01-31", in German "31.01.2026"; in the local time zone. */
export function formatDate(at: string | Date): string {
  const date = new Date(at);
  return dates ? dates.format(date) : dayOf(date);
}

/** "2026-01-31" in any language, as a field for dates has it; in the local time zone. */
export function dayOf(date: Date): string {
  return `${String(date.getFullYear())}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
}

/** "09:05", in the local time zone. */
export function formatTime(at: number): string {
  const date = new Date(at);
  return `${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}`;
}

/** At most two units, the larger first: "6 d 23 h", "4 min 10 s", "now" for nothing left. */
export function formatDuration(seconds: number): string {
  const left = Math.max(0, Math.round(seconds));
  if (left === 0) return t`now`;
  const days = Math.floor(left / 86400);
  const hours = Math.floor(left / 3600) % 24;
  const minutes = Math.floor(left / 60) % 60;
  if (days > 0) return hours > 0 ? `${days} d ${hours} h` : `${days} d`;
  if (hours > 0) return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`;
  if (minutes >= 5) return `${minutes} min`;
  if (minutes > 0) return left % 60 > 0 ? `${minutes} min ${left % 60} s` : `${minutes} min`;
  return `${left} s`;
}

/** "just now", "5 min ago", and a date after a day. */
export function formatAgo(iso: string, now: number): string {
  const seconds = (now - Date.parse(iso)) / 1000;
  if (seconds < 45) return t`just now`;
  if (seconds < 3600) return t`${Math.max(1, Math.round(seconds / 60))} min ago`;
  if (seconds < 86400) return t`${Math.floor(seconds / 3600)} h ago`;
  return formatDate(iso);
}
