/** Destinations of “g” shortcuts and of the palette. */
import { t } from "@lingui/core/macro";

import { config, moderates } from "../data/config";
import { go } from "../platform/address";
import { type PageName } from "../platform/parameters";

export const pageNames: Record<PageName, string> = {
  posts: t`Posts`,
  publish: t({ message: "Publish", context: "page" }),
  library: t`Library`,
  uploads: t`Uploads`,
  packs: t`Packs`,
  tasks: t`Tasks`,
  insights: t`Insights`,
  settings: t`Settings`,
  ops: t`Work`,
};

interface Place {
  /** Behind "g". */
  readonly key: string;
  readonly words: string;
  readonly page?: PageName;
  readonly open: () => void;
}

export const PLACES: readonly Place[] = [
  { key: "p", words: pageNames.posts, page: "posts", open: () => go("posts") },
  { key: "d", words: pageNames.publish, page: "publish", open: () => go("publish") },
  { key: "l", words: pageNames.library, page: "library", open: () => go("library") },
  { key: "u", words: pageNames.uploads, page: "uploads", open: () => go("uploads") },
  { key: "k", words: pageNames.packs, page: "packs", open: () => go("packs") },
  { key: "t", words: pageNames.tasks, page: "tasks", open: () => go("tasks") },
  ...(moderates ? [] : [{ key: "i", words: t`Insights`, open: () => go("insights") }]),
  { key: "h", words: t`Hidden posts`, open: () => go("posts", { status: "hidden" }) },
  { key: "s", words: t`Settings`, open: () => go("settings") },
  ...(config.is_owner ? [{ key: "o", words: t`Site-wide work`, open: () => go("ops") }] : []),
];

/** Navigate by the key after “g”; false if it has no destination. */
export function goByKey(pressed: string): boolean {
  const place = PLACES.find(({ key }) => key === pressed.at(-1));
  place?.open();
  return place !== undefined;
}
