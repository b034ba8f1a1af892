/** Destinations of “g” shortcuts and of the palette. */
import { config, moderates } from "../data/config";
import { go } from "../platform/address";
import { type PageName } from "../platform/parameters";

export const pageNames: Record<PageName, string> = {
  posts: "Posts",
  publish: "Publish",
  library: "Library",
  uploads: "Uploads",
  packs: "Packs",
  tasks: "Tasks",
  insights: "Insights",
  settings: "Settings",
  ops: "Work",
};

interface Place {
  /** Behind "g". */
  readonly key: string;
  readonly words: string;
  readonly open: () => void;
}

export const PLACES: readonly Place[] = [
  { key: "p", words: "Posts", open: () => go("posts") },
  { key: "d", words: "Publish", open: () => go("publish") },
  { key: "l", words: "Library", open: () => go("library") },
  { key: "u", words: "Uploads", open: () => go("uploads") },
  { key: "k", words: "Packs", open: () => go("packs") },
  { key: "t", words: "Tasks", open: () => go("tasks") },
  ...(moderates ? [] : [{ key: "i", words: "Insights", open: () => go("insights") }]),
  { key: "h", words: "Hidden posts", open: () => go("posts", { status: "hidden" }) },
  { key: "s", words: "Settings", open: () => go("settings") },
  ...(config.is_owner ? [{ key: "o", words: "Site-wide work", open: () => go("ops") }] : []),
];

/** Navigate by the key after “g”; false if it has no destination. */
export function goByKey(pressed: string): boolean {
  const place = PLACES.find(({ key }) => key === pressed.at(-1));
  place?.open();
  return place !== undefined;
}
