/** The columns of the grid, and what their cells say and take as text. */
import { t } from "@lingui/core/macro";

import { formatLicense } from "../../platform/format";
import type { Draft } from "./schema";

export const FIELDS = [
  "title",
  "description",
  "hashtags",
  "alt_text",
  "content_warnings",
  "license_id",
  "series_id",
] as const;
export type Field = (typeof FIELDS)[number];
export type ColumnId = "picture" | Field | "when";

/** What of a draft can be changed here. */
export type Values = Pick<Draft, Field | "marks">;
export type Value = Values[Field];

export const LABELS: Readonly<Record<ColumnId, string>> = {
  picture: t`Picture`,
  title: t`Title`,
  description: t`Text`,
  hashtags: t`Hashtags`,
  alt_text: t`Alt text`,
  content_warnings: t`Warning`,
  license_id: t`Licence`,
  series_id: t`Series`,
  when: t`When`,
};
export const COLUMNS = Object.keys(LABELS) as ColumnId[];

/** The longest texts, in characters, that the service takes. */
export const LONGEST: Partial<Record<Field, number>> = { title: 200, description: 5000, alt_text: 1500 };

export function isField(column: ColumnId): column is Field {
  return column !== "picture" && column !== "when";
}

/** Where a printable key begins to type. */
export function isText(column: ColumnId): column is "title" | "description" | "hashtags" | "alt_text" {
  return column === "title" || column === "description" || column === "hashtags" || column === "alt_text";
}

/** The names behind ids. */
export interface Names {
  readonly licences: readonly { readonly id: number; readonly identifier: string }[];
  readonly series: readonly { readonly id: number; readonly name: string }[];
}

/** A cell as text: what is shown, copied and edited. */
export function textOf(field: Field, values: Pick<Draft, Field>, names: Names): string {
  switch (field) {
    case "hashtags":
      return values.hashtags.map((tag) => `#${tag}`).join(" ");
    case "content_warnings":
      return values.content_warnings.join(", ");
    case "license_id": {
      const known = names.licences.find(({ id }) => id === values.license_id);
      return known ? formatLicense(known.identifier) : "";
    }
    case "series_id":
      return names.series.find(({ id }) => id === values.series_id)?.name ?? "";
    default:
      return values[field] ?? "";
  }
}

/** A value, a series that has to be made first, or why the text is none. */
export type Parsed = { readonly value: Value } | { readonly series: string } | { readonly fault: string };

const unique = (words: readonly string[]) => [...new Set(words.filter(Boolean))];

function licenceOf(text: string, { licences }: Names): Parsed {
  const plain = (name: string) => name.toLowerCase().replace(/[\s_-]+/g, " ");
  const wanted = plain(text);
  const found = licences.find(
    ({ identifier }) => plain(identifier) === wanted || plain(formatLicense(identifier)) === wanted,
  );
  return found ? { value: found.id } : { fault: t`There is no licence “${text}”.` };
}

export function valueOf(field: Field, given: string, names: Names): Parsed {
  const text = given.trim();
  switch (field) {
    case "hashtags":
      return { value: unique(text.split(/[\s,]+/).map((tag) => tag.replace(/^#+/, ""))) };
    case "content_warnings":
      return { value: unique(text.split(/[,\n]/).map((word) => word.trim())) };
    case "license_id":
      return text === "" ? { value: null } : licenceOf(text, names);
    case "series_id": {
      const known = names.series.find(({ name }) => name.toLowerCase() === text.toLowerCase());
      return text === "" ? { value: null } : known ? { value: known.id } : { series: text };
    }
    default:
      // One line where there is room for one.
      return { value: (field === "title" ? text.replace(/\s+/g, " ") : text) || null };
  }
}
