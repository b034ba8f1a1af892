import { language } from "./language";

/** Most text is ASCII and needs no normalization, which takes nine tenths of the time. */
const isPlain = /^[\0-\x7f]*$/;

/** Case- and accent-folded, so that "pokemon" finds "Pokémon". */
export function fold(text: string): string {
  if (isPlain.test(text)) return text.toLowerCase();
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("ß", "ss");
}

/** Whether it has all of these words. */
export function hasWords(text: string, wanted: string): boolean {
  const folded = fold(text);
  return fold(wanted)
    .split(/\s+/)
    .every((word) => folded.includes(word));
}

/** A key for natural sort order: "Artwork 9" before "artwork 10". */
export function naturalKey(text: string): string {
  return fold(text).replace(/\d+/g, (digits) => digits.padStart(12, "0"));
}

/** Bidi control characters: a title must not reorder the row around it. */
const DIRECTION_MARKS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

export function withoutDirectionMarks(text: string): string {
  return text.replace(DIRECTION_MARKS, "");
}

/** The name of a service's word; of one that is newer than this page, the word. */
export const nameOf = (names: Readonly<Record<string, string>>, word: string): string =>
  names[word] ?? word.replaceAll("_", " ");

/** Join the truthy parts. */
export function joinParts(parts: readonly (string | false | null | undefined)[], between = " · "): string {
  return parts.filter(Boolean).join(between);
}

/** What makes two spellings one hashtag, as the service has it (`tag_key`): "straße" is "STRASSE". */
export function tagKey(tag: string): string {
  const plain = tag.normalize("NFKC");
  if (isPlain.test(plain)) return plain.toLowerCase();
  // Unicode's full case folding, letter by letter: at the end of a word Σ would get another small letter.
  const folded = Array.from(plain, (sign) => (sign === "ı" ? sign : sign.toLowerCase().toUpperCase().toLowerCase()));
  return folded.join("").normalize("NFKC");
}

/** A hashtag of a post as the service stores it; the site's own may have capitals. */
export const plainTag = (tag: string) => tag.normalize("NFC").toLowerCase();

/** Each hashtag as it was spelled first. */
export function spelledFirst(): (tag: string) => string {
  const first = new Map<string, string>();
  return (tag) => {
    const key = tagKey(tag);
    const shown = first.get(key) ?? plainTag(tag);
    first.set(key, shown);
    return shown;
  };
}

/** A hashtag of a file, as the library has it: full-width letters are plain ones. */
export const fileTag = (tag: string) => tag.normalize("NFKC").toLowerCase();

export function hasTag(tags: readonly string[], tag: string): boolean {
  return tags.some((each) => tagKey(each) === tagKey(tag));
}

/** Hashtags as people type them: "#sky, sea  sky" are two. */
export function splitHashtags(text: string): string[] {
  return [...new Set(text.split(/[\s,#]+/).filter(Boolean))];
}

/** A title within a sentence: "hide 3 posts". German nouns keep their capital. */
export function lowered(title: string): string {
  return language === "de" ? title : title.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
}
