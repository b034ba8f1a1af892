/** What is to do before drafts can be published: where it stands, and what helps. */
import { plural, t } from "@lingui/core/macro";

import { formatCount } from "../../platform/format";
import { nameOf } from "../../platform/text";
import type { ColumnId } from "./cells";
import type { Draft, DraftCounts } from "./schema";

export type Problem = Draft["problems"][number];
export type Code = DraftCounts["problems"][number]["code"];

interface Fix {
  /** The words in the cell, and of the button for all of them. */
  readonly inCell: string;
  readonly forAll: string;
}

/** Where a problem stands, if not at the title. */
const PLACES: Readonly<Partial<Record<Code, ColumnId>>> = {
  no_alt_text: "alt_text",
  no_license: "license_id",
  license_removed: "license_id",
};

/** Of one draft; why it cannot be a post is the service’s to say. */
const ALONE: Readonly<Partial<Record<Code, string>>> = {
  file_gone: t`Its file was deleted.`,
  file_in_trash: t`Its file is in the trash.`,
  file_set_aside: t`Its file is set aside.`,
  already_published: t`Its file is published already.`,
  no_title: t`No title.`,
  no_alt_text: t`No alt text.`,
  discloses_place: t`Tells where it was made.`,
  license_removed: t`Its licence is not on this site any more.`,
  no_license: t`No licence.`,
};
export const problemText = ({ code, message }: Problem): string => ALONE[code] ?? message;

/** Of several drafts. */
const COUNTED: Readonly<Partial<Record<Code, (count: number) => string>>> = {
  file_gone: (count) => plural(count, { one: "# has no file any more.", other: "# have no file any more." }),
  file_in_trash: (count) => plural(count, { one: "# file is in the trash.", other: "# files are in the trash." }),
  file_set_aside: (count) => plural(count, { one: "# file is set aside.", other: "# files are set aside." }),
  not_publishable: (count) => plural(count, { one: "# cannot be a post.", other: "# cannot be posts." }),
  already_published: (count) =>
    plural(count, { one: "# file is published already.", other: "# files are published already." }),
  no_title: (count) => plural(count, { one: "# has no title.", other: "# have no title." }),
  no_alt_text: (count) => plural(count, { one: "# has no alt text.", other: "# have no alt text." }),
  discloses_place: (count) =>
    plural(count, { one: "# tells where it was made.", other: "# tell where they were made." }),
  license_removed: (count) =>
    plural(count, {
      one: "# has a licence that is not on this site any more.",
      other: "# have a licence that is not on this site any more.",
    }),
  no_license: (count) => plural(count, { one: "# has no licence.", other: "# have no licence." }),
};
export const problemWords = (code: Code, count: number): string =>
  COUNTED[code]?.(count) ?? `${formatCount(count)}: ${nameOf({}, code)}`;

export const FIXES: Readonly<Partial<Record<Code, Fix>>> = {
  no_title: { inCell: t`Write it`, forAll: t`Write` },
  no_alt_text: { inCell: t`Write it`, forAll: t`Write` },
  discloses_place: { inCell: t`Remove the place`, forAll: t`Remove` },
  no_license: { inCell: t`Choose it`, forAll: t`Choose` },
  license_removed: { inCell: t`Choose another`, forAll: t`Choose` },
};

export const placeOf = (code: Code): ColumnId => PLACES[code] ?? "title";

export function problemsIn({ problems }: Draft, column: ColumnId): Problem[] {
  return problems.filter(({ code }) => placeOf(code) === column);
}

export const toDo = ({ problems }: Draft): Problem[] => problems.filter(({ is_blocking: blocks }) => blocks);
