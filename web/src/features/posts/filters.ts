import type { BulkFilter } from "../../data/changes/schema";
import { reported } from "../../data/moderation/reported";
import type { License, Post } from "../../data/schema";
import { fold, hasTag } from "../../platform/text";
import { type Filters, NO_LICENSE, type Visibility } from "./filterValues";
import { beginOf, type NumberName, numberOf, type Term, termsOf, visibilityOf } from "./language";
import { prepare } from "./prepared";
import { postsContaining } from "./search";
import type { View } from "./view";

export const isHidden = (post: Post) => post.hidden_by_user || post.hidden_by_mod;

const visibilityRules: Record<Visibility, (post: Post) => boolean> = {
  all: () => true,
  visible: (post) => !post.hidden_by_user && !post.hidden_by_mod,
  hidden: (post) => post.hidden_by_user,
  moderated: (post) => post.hidden_by_mod,
};

/** Local midnight of a date; null if it is not one. */
function midnight(day: string, plusDays = 0): number | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  if (!match) return null;
  const [year = 0, month = 1, date = 1] = match.slice(1).map(Number);
  return new Date(year, month - 1, date + plusDays).getTime();
}

function bytes(kilobytes: string): number | null {
  const value = Number(kilobytes.replace(",", "."));
  return kilobytes.trim() === "" || !Number.isFinite(value) ? null : Math.round(value * 1000);
}

type Rule = (post: Post) => boolean;

/** Predicates of the active filters, cheap ones first. */
function rulesOf(filters: Filters, posts: readonly Post[], reportedIds: ReadonlySet<number>): Rule[] {
  const { status, format, tag, licence } = filters;
  const rules: Rule[] = [];
  if (status !== "all") rules.push(visibilityRules[status]);
  if (format) rules.push((post) => post.file_format === format);
  if (licence === NO_LICENSE) rules.push((post) => post.license_identifier === null);
  else if (licence) rules.push((post) => post.license_identifier?.toLowerCase() === licence.toLowerCase());
  const least = bytes(filters["min-kb"]);
  const most = bytes(filters["max-kb"]);
  if (least !== null) rules.push((post) => post.file_bytes !== null && post.file_bytes >= least);
  if (most !== null) rules.push((post) => post.file_bytes !== null && post.file_bytes <= most);
  const begin = midnight(filters.from);
  const end = midnight(filters.to, 1);
  if (begin !== null) rules.push((post) => prepare(post).time >= begin);
  if (end !== null) rules.push((post) => prepare(post).time < end);
  if (tag) rules.push((post) => hasTag(post.hashtags, tag));
  const groups: Rule[][] = [];
  for (const term of termsOf(filters.q)) {
    const rule = ruleOf(term, posts, reportedIds);
    if (!rule) continue;
    const own: Rule = term.isNot ? (post) => !rule(post) : rule;
    if (term.isAlternative) groups.at(-1)?.push(own);
    else groups.push([own]);
  }
  for (const [first, ...others] of groups) {
    if (first) rules.push(others.length === 0 ? first : (post) => [first, ...others].some((rule) => rule(post)));
  }
  return rules;
}

/** `alt:none`, `warning:none`. */
const NONE = "none";
const measures: Record<NumberName, (post: Post) => number | null> = {
  views: (post) => post.view_count,
  width: (post) => post.width,
  height: (post) => post.height,
  frames: (post) => post.frame_count,
  size: (post) => post.file_bytes,
};
const comparisons: Record<string, (left: number, right: number) => boolean> = {
  "=": (left, right) => left === right,
  "<": (left, right) => left < right,
  "<=": (left, right) => left <= right,
  ">": (left, right) => left > right,
  ">=": (left, right) => left >= right,
};

/** Null: no number yet. */
function comparisonOf(name: NumberName, op: string, value: string): Rule | null {
  const bound = numberOf(value);
  const compare = comparisons[op];
  if (bound === null || !compare) return null;
  return (post) => {
    const measure = measures[name](post);
    return measure !== null && compare(measure, bound);
  };
}

/** Null: an incomplete date does not filter yet. */
function ruleOf({ name, op, value }: Term, posts: readonly Post[], reportedIds: ReadonlySet<number>): Rule | null {
  switch (name) {
    case "text": {
      const found = postsContaining(fold(value), posts);
      return (post) => found.has(post);
    }
    case "tag": {
      const tag = value.replace(/^#/, "");
      return (post) => hasTag(post.hashtags, tag);
    }
    case "licence": {
      const license = fold(value);
      if (license === NO_LICENSE) return (post) => post.license_identifier === null;
      return (post) => fold(post.license_identifier ?? "").startsWith(license);
    }
    case "alt": {
      const part = fold(value);
      if (part === NONE) return (post) => post.alt_text === null;
      return (post) => fold(post.alt_text ?? "").includes(part);
    }
    case "warning": {
      const begin = fold(value);
      if (begin === NONE) return (post) => post.content_warnings.length === 0;
      return (post) => post.content_warnings.some((word) => fold(word).startsWith(begin));
    }
    case "reported": {
      const isReported = !/^(no|false)$/i.test(value);
      return (post) => reportedIds.has(post.id) === isReported;
    }
    case "format":
      return (post) => post.file_format === value.toLowerCase();
    case "views":
    case "width":
    case "height":
    case "frames":
    case "size":
      return comparisonOf(name, op, value);
    case "hidden":
      return value === "yes" ? isHidden : visibilityRules[visibilityOf(value)];
    default: {
      const bound = beginOf(value)?.getTime();
      if (bound === undefined) return null;
      return name === "before" ? (post) => prepare(post).time < bound : (post) => prepare(post).time >= bound;
    }
  }
}

/** The sorted posts that match all filters; every word of the text must occur in the post. */
export function filterPosts(
  posts: readonly Post[],
  sorted: readonly Post[],
  filters: Filters,
  reportedIds = reported.get(),
): readonly Post[] {
  const rules = rulesOf(filters, posts, reportedIds);
  const [rule] = rules;
  if (!rule) return sorted;
  if (rules.length === 1) return sorted.filter(rule);
  return sorted.filter((post) => rules.every((fits) => fits(post)));
}

/** The same filters for the service; what is typed there is its search language too (docs/search.md). */
export function serviceFilter(filters: Filters, state: View["state"], licenses: readonly License[]): BulkFilter {
  const { q, status, format, tag, licence, from, to } = filters;
  const license = licenses.find(({ identifier }) => identifier.toLowerCase() === licence.toLowerCase());
  const begin = midnight(from);
  const end = midnight(to, 1);
  const least = bytes(filters["min-kb"]);
  const most = bytes(filters["max-kb"]);
  return {
    state,
    ...(q.trim() && { q: q.trim() }),
    ...(status !== "all" && { visibility: status }),
    ...(format && { format }),
    ...(tag && { hashtag: tag }),
    ...(licence && { license: licence === NO_LICENSE ? "" : (license?.identifier ?? licence) }),
    ...(begin !== null && { since: new Date(begin).toISOString() }),
    ...(end !== null && { until: new Date(end).toISOString() }),
    ...(least !== null && { min_bytes: Math.max(0, least) }),
    ...(most !== null && { max_bytes: Math.max(0, most) }),
  };
}

/** Posts per tab, after the other filters. */
export type Places = Readonly<Record<Visibility, readonly Post[]>>;

/** The posts of each tab: all, visible, hidden by the artist, hidden by a moderator. */
export function placesOf(
  posts: readonly Post[],
  sorted: readonly Post[],
  filters: Filters,
  reportedIds = reported.get(),
): Places {
  const all = filterPosts(posts, sorted, { ...filters, status: "all" }, reportedIds);
  const hidden = all.filter(isHidden);
  return {
    all,
    visible: hidden.length === 0 ? all : all.filter(visibilityRules.visible),
    hidden: hidden.filter(visibilityRules.hidden),
    moderated: hidden.filter(visibilityRules.moderated),
  };
}

export interface Choice {
  value: string;
  count: number;
}

/** Filter options by frequency. */
export function countChoices(posts: readonly Post[], valuesOf: (post: Post) => readonly (string | null)[]): Choice[] {
  const counts = new Map<string, number>();
  for (const post of posts) {
    for (const value of valuesOf(post)) {
      if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || a.value.localeCompare(b.value));
}
