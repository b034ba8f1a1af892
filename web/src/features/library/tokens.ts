/** The active filters as tokens in the search field. */
import { t } from "@lingui/core/macro";

import { lowered } from "../../platform/text";
import type { Filters } from "./filters";
import { labelNames, labels, provenanceNames, typeNames } from "./words";

interface Token {
  name: keyof Filters;
  words: string;
}

const nameIn = (names: Record<string, string>, value: string) => names[value] ?? value;

const words: Partial<Record<keyof Filters, (value: string) => string>> = {
  folder: (folder) => t`in: ${folder}`,
  type: (type) => lowered(nameIn(typeNames, type)),
  theme: (theme) => t`theme: ${theme}`,
  hashtag: (tag) => `#${tag}`,
  provenance: (made) => lowered(nameIn(provenanceNames, made)),
  license: (licence) => (licence === "none" ? t`no licence` : t`licence: ${licence}`),
  upload_id: () => t`from one upload`,
  rating: (stars) => t`${stars} stars or more`,
  label: (label) => t`label: ${labelNames[labels.find((each) => String(each) === label) ?? 6]}`,
};

export function tokenText(filters: Filters): Token[] {
  return (Object.keys(words) as (keyof Filters)[]).flatMap((name) => {
    const value = filters[name];
    return value ? [{ name, words: words[name]?.(value) ?? "" }] : [];
  });
}
