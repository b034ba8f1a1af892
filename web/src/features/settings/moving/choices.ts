/** What is made of an archive, as it is being chosen. */
import type { Choices, Import } from "../../../data/imports/schema";

export type Texts = Readonly<Record<string, string>>;

export type PostsAs = Import["choices"]["posts_as"];

export interface Draft {
  readonly postsAs: PostsAs;
  readonly isHidden: boolean;
  /** The site's licences by the archive's; null: none. */
  readonly licenses: Readonly<Record<string, number | null>>;
  /** Hashtags and content warnings by the archive's; "" leaves one out. */
  readonly hashtags: Texts;
  readonly warnings: Texts;
}

/** As it was started before, or as the report suggests. */
export function draftOf({ choices, report }: Import, canPublish: boolean): Draft {
  return {
    postsAs: canPublish ? choices.posts_as : "files",
    isHidden: choices.is_hidden,
    licenses: { ...report.licenses, ...choices.licenses },
    hashtags: textsOf(choices.hashtags),
    warnings: textsOf(choices.warnings),
  };
}

const textsOf = (chosen: Readonly<Record<string, string | null>>): Texts =>
  Object.fromEntries(Object.entries(chosen).map(([from, to]) => [from, to ?? ""]));

/** Those that are other than in the archive; null leaves one out. */
function changesOf(texts: Texts, clean: (text: string) => string): Record<string, string | null> {
  const cleaned = Object.entries(texts).map(([from, to]) => [from, clean(to)] as const);
  return Object.fromEntries(cleaned.filter(([from, to]) => from !== to).map(([from, to]) => [from, to || null]));
}

/** The body of the start: only what is other than the report suggests. */
export function choicesOf(draft: Draft, { report }: Pick<Import, "report">): Choices {
  const licenses = Object.entries(draft.licenses).filter(([name, id]) => report.licenses[name] !== id);
  return {
    posts_as: draft.postsAs,
    is_hidden: draft.isHidden,
    licenses: Object.fromEntries(licenses),
    hashtags: changesOf(draft.hashtags, (tag) => tag.trim().replace(/^#/, "")),
    warnings: changesOf(draft.warnings, (warning) => warning.trim()),
  };
}
