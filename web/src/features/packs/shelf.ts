/** Packs on their shelf: which are shown, in which order, and how each stands. */
import { plural, t } from "@lingui/core/macro";

import { formatBytes, formatCount, formatDate } from "../../platform/format";
import { hasWords, joinParts, nameOf } from "../../platform/text";
import { isExporting } from "./exporting";
import { licenseWords } from "./licenses";
import { type Pack } from "./schema";

export type Tab = "all" | "published" | "changed" | "unbuilt";
export const SORTS = ["changed", "name", "made"] as const;
export type Sort = (typeof SORTS)[number];

/** A published edition differs from what the pack has now. */
export const isChanged = (pack: Pack) => pack.edition > 0 && pack.is_changed;

/** Whether the pack is under this tab. */
export function isUnder(pack: Pack, tab: Tab): boolean {
  if (tab === "published") return pack.edition > 0 && pack.seen_by !== "owner";
  if (tab === "changed") return isChanged(pack);
  return tab === "all" || pack.edition === 0;
}

/** Whether its name, theme or licence has all of these words. */
export function isFound(pack: Pack, text: string): boolean {
  const { name, theme, license_type: type, license_identifier: identifier } = pack;
  return hasWords([name, theme, licenseWords(type).title, identifier].join(" "), text);
}

export function sorted(packs: readonly Pack[], by: Sort): Pack[] {
  const names = (a: Pack, b: Pack) => a.name.localeCompare(b.name);
  if (by === "name") return [...packs].sort(names);
  const at = by === "made" ? ({ created_at }: Pack) => created_at : changedAt;
  return [...packs].sort((a, b) => Date.parse(at(b)) - Date.parse(at(a)) || names(a, b));
}

/** An export is a change, too. */
const changedAt = ({ updated_at: updated, exported_at: exported }: Pack) =>
  exported !== null && Date.parse(exported) > Date.parse(updated) ? exported : updated;

const SEERS: Record<Pack["seen_by"], string> = {
  everyone: t`everyone can see it`,
  link: t`only with a link`,
  owner: t`only you see it`,
};

export type State = "building" | "failed" | "changed" | "published" | "built" | "unbuilt";

/** How a pack stands, in one line. */
export function stateOf(pack: Pack): { state: State; words: string } {
  const { edition, export: last, exported_at: at } = pack;
  if (isExporting(pack)) {
    return { state: "building", words: last?.step ?? t`Building edition ${edition + 1}, waiting for a free worker` };
  }
  if (last?.status === "failed") return { state: "failed", words: last.error_message ?? t`The last build failed.` };
  if (edition === 0) return { state: "unbuilt", words: unbuiltWords(pack) };
  if (isChanged(pack)) return { state: "changed", words: changeWords(pack) };
  const built = `${pack.seen_by === "owner" ? t`Built` : t`Published`} ${at === null ? "" : formatDate(at)}`;
  return { state: pack.seen_by === "owner" ? "built" : "published", words: `${built}, ${nameOf(SEERS, pack.seen_by)}` };
}

const unbuiltWords = ({ asset_count: files, total_size_bytes: bytes }: Pack) =>
  files === 0
    ? t`No file is in it yet`
    : t`Not built yet: ${plural(files, { one: "# file", other: "# files" })}, ${formatBytes(bytes)}`;

function changeWords({ edition, added_count: added, removed_count: removed }: Pack): string {
  const what = joinParts(
    [added > 0 && t`${formatCount(added)} new`, removed > 0 && t`${formatCount(removed)} left out`],
    ", ",
  );
  return t`Changed since edition ${edition}${what && `: ${what}`}`;
}
