/** What is to do before drafts can be published: where it stands, and what helps. */
import { t } from "@lingui/core/macro";

import type { ColumnId } from "./cells";
import type { Draft, DraftCounts } from "./schema";

export type Problem = Draft["problems"][number];
export type Code = DraftCounts["problems"][number]["code"];

interface Fix {
  /** The words in the cell, and of the button for all of them. */
  readonly inCell: string;
  readonly forAll: string;
}

/** Where a problem stands; what is about the file stands at its day. */
const PLACES: Readonly<Record<Code, ColumnId>> = {
  no_title: "title",
  no_alt_text: "alt_text",
  discloses_place: "title",
  no_license: "license_id",
  license_removed: "license_id",
  file_gone: "title",
  file_in_trash: "title",
  not_publishable: "title",
  already_published: "title",
};

export const FIXES: Readonly<Partial<Record<Code, Fix>>> = {
  no_title: { inCell: t`Write it`, forAll: t`Write` },
  no_alt_text: { inCell: t`Write it`, forAll: t`Write` },
  discloses_place: { inCell: t`Remove the place`, forAll: t`Remove` },
  no_license: { inCell: t`Choose it`, forAll: t`Choose` },
  license_removed: { inCell: t`Choose another`, forAll: t`Choose` },
};

export const placeOf = (code: Code): ColumnId => PLACES[code];

export function problemsIn({ problems }: Draft, column: ColumnId): Problem[] {
  return problems.filter(({ code }) => PLACES[code] === column);
}

export const toDo = ({ problems }: Draft): Problem[] => problems.filter(({ is_blocking: blocks }) => blocks);
