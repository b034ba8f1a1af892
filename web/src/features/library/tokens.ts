/** The active filters as tokens in the search field. */
import type { Filters } from "./filters";
import { labelNames, labels, provenanceNames, typeNames } from "./words";

interface Token {
  name: keyof Filters;
  words: string;
}

const nameIn = (names: Record<string, string>, value: string) => names[value] ?? value;

const words: Partial<Record<keyof Filters, (value: string) => string>> = {
  folder: (folder) => `in: ${folder}`,
  type: (type) => nameIn(typeNames, type).toLowerCase(),
  theme: (theme) => `theme: ${theme}`,
  hashtag: (tag) => `#${tag}`,
  provenance: (made) => nameIn(provenanceNames, made).toLowerCase(),
  license: (licence) => (licence === "none" ? "no licence" : `licence: ${licence}`),
  upload_id: () => "from one upload",
  rating: (stars) => `${stars} stars or more`,
  label: (label) => `label: ${labelNames[labels.find((each) => String(each) === label) ?? 6]}`,
};

export function tokenText(filters: Filters): Token[] {
  return (Object.keys(words) as (keyof Filters)[]).flatMap((name) => {
    const value = filters[name];
    return value ? [{ name, words: words[name]?.(value) ?? "" }] : [];
  });
}
