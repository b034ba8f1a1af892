import type { AlikePage, Asset } from "../../data/assets/schema";

export type AlikeGroup = AlikePage["groups"][number];

/** The groups without those that were decided about, but for what is left to decide: two files at least. */
export function undecided(
  groups: readonly AlikeGroup[],
  handled: readonly AlikeGroup[],
  left: readonly Asset[],
): AlikeGroup[] {
  return groups.flatMap((group) =>
    !handled.includes(group) ? [group] : left.length > 1 ? [{ ...group, items: [...left] }] : [],
  );
}
