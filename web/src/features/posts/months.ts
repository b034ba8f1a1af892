/** The months of a list sorted by date: where each starts, and how many posts it has. */
import type { Post } from "../../data/schema";
import { monthNames } from "../../platform/calendar";
import { prepare } from "./prepared";

export interface Month {
  year: number;
  /** 0–11. */
  month: number;
  /** Its first post in the list, and its number of posts. */
  index: number;
  count: number;
}

/** "Oct 26". */
export function monthWords({ year, month }: Month): string {
  return `${monthNames[month] ?? ""} ${String(year % 100).padStart(2, "0")}`;
}

/** Non-empty months in list order. */
export function monthsOf(rows: readonly Post[]): Month[] {
  const months: Month[] = [];
  let from = 0;
  let until = 0;
  rows.forEach((post, index) => {
    const { time } = prepare(post);
    const last = months.at(-1);
    if (last && time >= from && time < until) last.count += 1;
    else {
      const date = new Date(time);
      const [year, month] = [date.getFullYear(), date.getMonth()];
      from = new Date(year, month).getTime();
      until = new Date(year, month + 1).getTime();
      months.push({ year, month, index, count: 1 });
    }
  });
  return months;
}

/** The month of the post at this index. */
export function monthAt(months: readonly Month[], index: number): Month | undefined {
  return months.findLast((month) => month.index <= index) ?? months[0];
}
