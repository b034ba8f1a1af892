/** What is made of an archive, as it is being chosen. */
import type { Choices, Import } from "../../../data/imports/schema";

export interface Draft {
  readonly asFiles: boolean;
  readonly isHidden: boolean;
  /** The site's licences by the archive's; null: none. */
  readonly licenses: Readonly<Record<string, number | null>>;
  /** Hashtags by the archive's; "" leaves one out. */
  readonly hashtags: Readonly<Record<string, string>>;
}

/** As it was started before, or as the report suggests. */
export function draftOf({ choices, report }: Import, canPublish: boolean): Draft {
  const renamed = Object.entries(choices.hashtags).map(([tag, to]) => [tag, to ?? ""]);
  return {
    asFiles: choices.posts_as === "files" || !canPublish,
    isHidden: choices.is_hidden,
    licenses: { ...report.licenses, ...choices.licenses },
    hashtags: Object.fromEntries(renamed) as Record<string, string>,
  };
}

/** The body of the start: only what is other than the report suggests. */
export function choicesOf(draft: Draft, { report }: Pick<Import, "report">): Choices {
  const licenses = Object.entries(draft.licenses).filter(([name, id]) => report.licenses[name] !== id);
  const hashtags = Object.entries(draft.hashtags)
    .map(([tag, to]) => [tag, to.trim().replace(/^#/, "")] as const)
    .filter(([tag, to]) => tag !== to);
  return {
    posts_as: draft.asFiles ? "files" : "posts",
    is_hidden: draft.isHidden,
    licenses: Object.fromEntries(licenses),
    hashtags: Object.fromEntries(hashtags.map(([tag, to]) => [tag, to || null])),
  };
}
