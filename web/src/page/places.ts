/** The places that “g” and the palette lead to. */
import { config } from "../api/config";
import { go, type PageName } from "../lib/address";

export const pageNames: Record<PageName, string> = {
  posts: "Posts",
  library: "Library",
  uploads: "Uploads",
  packs: "Packs",
  tasks: "Tasks",
  ops: "Work",
};

const places: Record<string, () => void> = {
  p: () => go("posts"),
  l: () => go("library"),
  u: () => go("uploads"),
  k: () => go("packs"),
  t: () => go("tasks"),
  h: () => go("posts", { status: "hidden" }),
  ...(config.is_owner && { o: () => go("ops") }),
};

/** Go where the key after “g” leads; false where it leads nowhere. */
export function goByKey(key: string): boolean {
  const place = places[key.at(-1) ?? ""];
  place?.();
  return place !== undefined;
}

/** For the palette: the pages, and the keys that lead there. */
export const PLACES: readonly (readonly [key: string, words: string])[] = [
  ["p", "Posts"],
  ["l", "Library"],
  ["u", "Uploads"],
  ["k", "Packs"],
  ["t", "Tasks"],
  ["h", "Hidden posts"],
  ...(config.is_owner ? [["o", "Work of the whole site"] as const] : []),
];
