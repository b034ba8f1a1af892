/** Text as people compare, search and read it. */

/** Most texts have nothing to take apart, which would be nine tenths of the work. */
const isPlain = /^[\0-\x7f]*$/;

/** Without case and accents, so that "pokemon" finds "Pokémon". */
export function fold(text: string): string {
  if (isPlain.test(text)) return text.toLowerCase();
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/** A key whose plain order is the natural one: "Artwork 9" before "artwork 10". */
export function naturalKey(text: string): string {
  return fold(text).replace(/\d+/g, (digits) => digits.padStart(12, "0"));
}

/** Marks that turn the direction of everything behind them: a title must not rearrange the row it stands in. */
const DIRECTION_MARKS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

export function withoutDirectionMarks(text: string): string {
  return text.replace(DIRECTION_MARKS, "");
}

/** What there is to be said, in one line; what is not said stands as false, null or "". */
export function joinParts(parts: readonly (string | false | null | undefined)[], between = " · "): string {
  return parts.filter(Boolean).join(between);
}

/** Hashtags as people type them: "#sky, sea  sky" are two. */
export function parseHashtags(text: string): string[] {
  return [...new Set(text.split(/[\s,#]+/).filter(Boolean))];
}
