/** The search language of the service (docs/search.md), for the posts that the page has loaded; without colours. */
import { formatDate } from "../../platform/format";
import { type Filters, noFilters, type Visibility } from "./filterValues";

export const NAMES = ["tag", "licence", "before", "after", "hidden", "format", "alt", "warning", "reported"] as const;
type FieldName = (typeof NAMES)[number];
const NUMBERS = ["views", "width", "height", "frames", "size"] as const;
export type NumberName = (typeof NUMBERS)[number];

export interface Term {
  /** "text": words that occur in the post. */
  readonly name: FieldName | NumberName | "text";
  readonly value: string;
  /** Of a number: "=", "<", "<=", ">" or ">=". */
  readonly op: string;
  /** After OR: an alternative to the term before it. */
  readonly isAlternative: boolean;
  /** Excluded by "-". */
  readonly isNot: boolean;
  /** Where it ends in the text. */
  readonly end: number;
}

// Spaces may follow the colon; both spellings of licence are accepted, and what phones write for quotation marks.
const TERM =
  /(-?)(?:(tag|licen[cs]e|before|after|hidden|format|alt|warning|reported):\s*|(views|width|height|frames|size)(:\s*|<=|>=|<|>|=))?(?:"([^"]*)"?|[“”„‟«»＂]([^“”„‟«»＂]*)[“”„‟«»＂]?|([^\s"“”„‟«»＂]+))/giu;
const BEGUN =
  /^-?((tag|licen[cs]e|before|after|hidden|format|alt|warning|reported|views|width|height|frames|size):|(views|width|height|frames|size)[<>]=?)$/iu;

const isSign = ({ name, value }: Term) => name === "text" && !/[\p{L}\p{N}]/u.test(value);

/** Parse a search text; an incomplete term ("tag:") is skipped, and a sign between others ("rock & roll"). */
export function termsOf(text: string): Term[] {
  const terms = allTermsOf(text);
  const asking = terms.filter((term) => !isSign(term));
  return asking.length > 0 ? asking : terms;
}

function allTermsOf(text: string): Term[] {
  let isAlternative = false;
  return [...text.matchAll(TERM)].flatMap((match, place): Term[] => {
    const [whole, minus, name, number, op = "", straight, curly, word = ""] = match;
    const phrase = straight ?? curly;
    const value = (phrase ?? word).trim();
    if (whole === "OR") {
      isAlternative = place > 0;
      return [];
    }
    if (value === "" || (phrase === undefined && BEGUN.test(whole))) return [];
    const end = match.index + whole.length;
    const term = { value, op: op.trim().replace(":", "="), isNot: minus === "-", isAlternative, end };
    isAlternative = false;
    if (number) return [{ ...term, name: NUMBERS.find((each) => each === number.toLowerCase()) ?? "views" }];
    // A bare “hidden” means hidden posts; quoted it is a word.
    if (!name && phrase === undefined && value.toLowerCase() === "hidden")
      return [{ ...term, name: "hidden" as const, value: "yes" }];
    return [{ ...term, name: name ? nameOf(name) : ("text" as const) }];
  });
}

function nameOf(typed: string): FieldName {
  const name = typed.toLowerCase().replace("license", "licence");
  return NAMES.find((each) => each === name) ?? "tag";
}

const UNITS: Record<string, number> = { "": 1, k: 1000, m: 1_000_000, g: 1_000_000_000 };

/** The number of "64", "300kB" or "2MB"; null if it is none. */
export function numberOf(value: string): number | null {
  const match = /^(\d+(?:\.\d+)?|\.\d+)\s*([kmg]?)b?$/iu.exec(value);
  return match ? Number(match[1]) * (UNITS[match[2]?.toLowerCase() ?? ""] ?? 1) : null;
}

/** The local start of a year, month or day, YYYY[-MM[-DD]]; null if invalid. */
export function beginOf(period: string): Date | null {
  const match = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$/.exec(period);
  if (!match) return null;
  const [year = 0, month = 1, day = 1] = match.slice(1).map((part) => (part ? Number(part) : undefined));
  const begin = new Date(year, month - 1, day);
  return begin.getMonth() === month - 1 ? begin : null;
}

function shifted(date: Date, days: number): Date {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days);
}

export function visibilityOf(value: string): Visibility {
  if (/^(no|false)$/i.test(value)) return "visible";
  return /mod/i.test(value) ? "moderated" : "hidden";
}

/** The filter that a term sets; null where it stays text: words, exclusions and invalid values. */
function filterOf({ name, value, isNot }: Term): Partial<Filters> | null {
  if (isNot || name === "text") return null;
  if (name === "format") return { format: value.toLowerCase() };
  if (name === "tag") return { tag: value.replace(/^#/, "").toLowerCase() };
  if (name === "licence") return { licence: value };
  if (name === "hidden") return { status: visibilityOf(value) };
  if (name !== "before" && name !== "after") return null;
  const begin = beginOf(value);
  if (!begin) return null;
  return name === "after" ? { from: formatDate(begin) } : { to: formatDate(shifted(begin, -1)) };
}

/**
 * Turn complete `name: value` terms into filters: those followed by more text, or all when the field loses focus (`isDone`).
 * A second term of the same name stays text and must match too.
 */
export function takeFilters(typed: Filters, isDone: boolean): Filters {
  let filters = typed;
  let text = typed.q;
  const terms = termsOf(typed.q);
  for (const [place, term] of [...terms.entries()].toReversed()) {
    // An alternative stays with the others.
    if (term.isAlternative || terms[place + 1]?.isAlternative) continue;
    const part = filterOf(term);
    const isComplete = isDone || term.end < typed.q.length;
    if (!part || !isComplete) continue;
    const isFree = Object.keys(part).every((key) => filters[key as keyof Filters] === noFilters[key as keyof Filters]);
    if (!isFree) continue;
    const begin = beginOfTerm(text, term);
    text = text.slice(0, begin) + text.slice(term.end).trimStart();
    filters = { ...filters, ...part };
  }
  return filters === typed ? typed : { ...filters, q: text };
}

function beginOfTerm(text: string, { end }: Term): number {
  const match = [...text.slice(0, end).matchAll(TERM)].at(-1);
  return match?.index ?? 0;
}

/** The exclusive end date as it would be typed: the month if it is the first of a month. */
export function beforeText(to: string): string {
  const last = beginOf(to);
  if (!last) return to;
  const next = formatDate(shifted(last, 1));
  return next.endsWith("-01") ? next.slice(0, -3) : next;
}

/** Whether a search has this word, by itself. */
export const hasWord = (text: string, word: string) => text.split(/\s+/).includes(word);

/** The search with a word at its end, or without it. */
export function withToggledWord(text: string, word: string): string {
  const words = text.split(/\s+/).filter((each) => each !== "");
  return (words.includes(word) ? words.filter((each) => each !== word) : [...words, word]).join(" ");
}
