/** Days and times in the queue's time zone, which need not be the reader's. A day is written YYYY-MM-DD. */
import { t } from "@lingui/core/macro";

import { monthNames, weekdayNames } from "../../platform/calendar";
import { twoDigits } from "../../platform/format";

const DAY_MS = 86_400_000;

/** Made once for each zone: it takes longer than what it is asked for. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatFor(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-CA", {
      ...{ timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit" },
      ...{ hour: "2-digit", minute: "2-digit" },
    });
    formats.set(zone, format);
  }
  return format;
}

export interface Local {
  readonly day: string;
  readonly time: string;
}

/** A moment on the clocks of a zone. */
export function localIn(zone: string, at: string | number): Local {
  const parts = formatFor(zone).formatToParts(new Date(at));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((each) => each.type === type)?.value ?? "";
  return {
    day: `${part("year")}-${part("month")}-${part("day")}`,
    time: `${part("hour")}:${part("minute")}`,
  };
}

const minutesOf = ({ day, time }: Local) => Date.parse(`${day}T${time}Z`) / 60_000;

/**
 * The moment at which a zone's clocks show this, in ISO 8601. A time that a change of the clocks leaves out is as much
 * later; one that exists twice is the first.
 */
export function momentIn(zone: string, wanted: Local): string {
  const asUtc = Date.parse(`${wanted.day}T${wanted.time}Z`);
  const offsetAt = (at: number) => (minutesOf(localIn(zone, at)) - Math.floor(at / 60_000)) * 60_000;
  const before = offsetAt(asUtc - DAY_MS);
  const after = offsetAt(asUtc + DAY_MS);
  const early = [asUtc - before, asUtc - after].filter((at) => offsetAt(at) === asUtc - at).sort((a, b) => a - b)[0];
  return new Date(early ?? asUtc - before).toISOString();
}

const dateOf = (day: string) => new Date(`${day}T00:00Z`);

/** A moment's day on the clocks of this browser. */
export function readersDay(at: string): string {
  return localIn(Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC", at).day;
}

export function dayAfter(day: string, days: number): string {
  return new Date(dateOf(day).getTime() + days * DAY_MS).toISOString().slice(0, 10);
}

/** 1 is Monday. */
export const weekdayOf = (day: string): number => dateOf(day).getUTCDay() || 7;
export const mondayOf = (day: string): string => dayAfter(day, 1 - weekdayOf(day));
export const numberOf = (day: string): number => dateOf(day).getUTCDate();
export const monthOf = (day: string): string => monthNames[dateOf(day).getUTCMonth()] ?? "";

/** "Fri 27 Nov". */
export function dayWords(day: string): string {
  return t`${weekdayNames[weekdayOf(day) - 1] ?? ""} ${numberOf(day)} ${monthOf(day)}`;
}

/** "Berlin" of Europe/Berlin. */
export const placeOf = (zone: string): string => (zone.split("/").at(-1) ?? zone).replaceAll("_", " ");

/** "Every weekday at 18:00". */
export function ruleWords(weekdays: readonly number[], times: readonly string[]): string {
  const days = weekdays.join("");
  const every =
    days === "1234567"
      ? t`Every day`
      : days === "12345"
        ? t`Every weekday`
        : days === "67"
          ? t`Every weekend`
          : t`Every ${listed(weekdays.map((day) => weekdayNames[day - 1] ?? ""))}`;
  return t`${every} at ${listed(times)}`;
}

function listed(words: readonly string[]): string {
  return words.length > 1 ? t`${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}` : (words[0] ?? "");
}

/** "14:32:08", on the reader's clock. */
export function formatClock(at: number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(":");
}
