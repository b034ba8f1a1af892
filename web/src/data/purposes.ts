/** What each page is for, in one sentence: on the first day, and where a page is empty. */
import { t } from "@lingui/core/macro";

export const purposes = {
  posts: t`What is public: edit, hide, download, answer moderators.`,
  publish: t`Drafts and the queue: titles, alt texts, days.`,
  library: t`Every file, private. Look, compare, sort.`,
  uploads: t`What came, what was there, what was left out.`,
  packs: t`Sets for others to download, in editions.`,
  tasks: t`Enlarge, recolour, clean: always beside the original.`,
} as const;
