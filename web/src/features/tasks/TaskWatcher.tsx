import { plural, t } from "@lingui/core/macro";

import { currentPage, go } from "../../platform/address";
import { useBadge } from "../../ui/badges";
import { toast } from "../../ui/toast";
import { listJobs } from "./api";
import { type Group, groupJobs, isUnfinished, kindTitle, unfinishedOf } from "./groups";
import type { Job } from "./schema";
import { useJobs } from "./useJobs";

/** Counts unfinished tasks and announces finished groups, whichever page is open. */
export function TaskWatcher() {
  const { groups } = useJobs((job, before) => {
    if (before && isUnfinished(before) && !isUnfinished(job)) void tellFinished(job);
  });
  const unfinished = groups?.reduce((sum, group) => sum + unfinishedOf(group), 0) ?? 0;
  useBadge("tasks", unfinished, plural(unfinished, { one: "# task in progress", other: "# tasks in progress" }));
  return null;
}

/** The page of tasks shows it itself, and that of packs its builds. */
function isInSight({ kind }: Group): boolean {
  const page = currentPage();
  return page === "tasks" || (kind === "export_pack" && page === "packs");
}

async function tellFinished(job: Job): Promise<void> {
  // Builds are announced by the packs themselves.
  const { group_id: id } = job;
  const page = id === null ? null : await listJobs({ group_id: id }).catch(() => ({ items: [], groups: [] }));
  const counted = page?.groups.find(({ group_id: each }) => each === id);
  const [group] = groupJobs(page?.items ?? [job], new Map(counted && [[counted.group_id, counted]]));
  if (!group || unfinishedOf(group) > 0 || isInSight(group)) return;
  const name = kindTitle(group.kind);
  const action = { label: t`Tasks`, onClick: () => go("tasks", { group: group.id }) };
  if (group.counts.failed > 0)
    toast.error(t`${name}: ${plural(group.counts.failed, { one: "# task", other: "# tasks" })} failed.`, { action });
  else if (group.counts.completed > 0) {
    const { results } = group.counts;
    const what =
      results > 0 ? t`${plural(results, { one: "# new file", other: "# new files" })} in your library.` : t`Done.`;
    toast.success(`${name}: ${what}`, { action, duration: 12_000 });
  }
}
