/** Names of days and months, short. English ones stand here for the reason why `format.ts` has no `Intl` for them. */
import { language } from "./language";

const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function inLanguage(names: readonly string[], part: Intl.DateTimeFormatOptions, first: number, step: number) {
  if (language === "en") return names;
  const format = new Intl.DateTimeFormat(language, { ...part, timeZone: "UTC" });
  return names.map((_, index) => format.format((first + index * step) * 86_400_000));
}

/** Monday first; 5 January 1970 was one. */
export const weekdayNames = inLanguage(WEEKDAYS, { weekday: "short" }, 4, 1);

/** "Jan" to "Dec". */
export const monthNames = inLanguage(MONTHS, { month: "short" }, 0, 31);
