/** Which tasks are listed, and in which order. */
import { hasWords, naturalKey } from "../../platform/text";
import type { Parameters } from "../../platform/parameters";
import { type Group, isToLookAt, kindTitle, unfinishedOf } from "./groups";

export type Tab = Parameters<"tasks">["status"];
export const SORTS = ["newest", "kind", "file"] as const;
export type Sort = (typeof SORTS)[number];

/** Whether the tasks are under this tab. */
export function isUnder(group: Group, tab: Tab): boolean {
  if (tab === "unfinished") return unfinishedOf(group) > 0;
  if (tab === "new") return isToLookAt(group);
  if (tab === "failed") return group.counts.failed > 0;
  return tab === "" || (group.counts.results > 0 && unfinishedOf(group) === 0 && !isToLookAt(group));
}

/** Whether its kind, its pack and the files that are loaded have all of these words. */
export function isFound({ kind, jobs }: Group, text: string): boolean {
  return hasWords([kindTitle(kind), ...jobs.flatMap((job) => [job.pack_name, job.asset_name])].join(" "), text);
}

/** The first file's name, or the pack's. */
const nameKey = ({ jobs: [first] }: Group) => naturalKey(first?.pack_name ?? first?.asset_name ?? "");

/** They come newest first. */
export function sorted(groups: readonly Group[], by: Sort): readonly Group[] {
  if (by === "newest") return groups;
  const key = by === "kind" ? ({ kind }: Group) => kindTitle(kind) : nameKey;
  return [...groups].sort((a, b) => key(a).localeCompare(key(b)));
}
