/** The four states of a file, and the actions that lead from one to another. */
import { t } from "@lingui/core/macro";

import type { Asset, State } from "../../data/assets/schema";

export const STATES = ["new", "approved", "set_aside", "trash"] as const satisfies readonly State[];

export const stateNames: Record<State, string> = {
  new: t`New`,
  approved: t`Approved`,
  set_aside: t({ message: "Set aside", context: "state" }),
  trash: t`Trash`,
};

export type AssetAction = "approve" | "unapprove" | "set_aside" | "trash" | "restore" | "purge";
/** What is decided about similar files, and what takes it back; besides, files come back in their earlier stacks. */
export type Decision = keyof typeof oppositeOf;
export const oppositeOf = {
  stack: "unstack",
  unstack: null,
  keep_both: "compare_again",
  compare_again: "keep_both",
  unfold: "fold",
} as const;

const TOWARDS: Record<State, AssetAction> = {
  new: "unapprove",
  approved: "approve",
  set_aside: "set_aside",
  trash: "trash",
};

/** The action that moves a file outside the trash to this state. */
export const actionTowards = (state: State) => TOWARDS[state];

/** The state after an action, as the service will report it; null if the file is gone. */
export function stateAfter(action: AssetAction, beforeTrash: State): State | null {
  if (action === "restore") return beforeTrash;
  return STATES.find((state) => TOWARDS[state] === action) ?? null;
}

/** For notices: "3 files approved". */
export const doneWords: Record<AssetAction, string> = {
  approve: t`approved`,
  unapprove: t`moved back to New`,
  set_aside: t`set aside`,
  trash: t`moved to the trash`,
  restore: t`restored`,
  purge: t`deleted permanently`,
};

/** The actions that restore each file to its former state; none for files that did not change. */
export function undoOf(
  action: AssetAction,
  before: readonly Pick<Asset, "id" | "state">[],
): { action: AssetAction; ids: number[] }[] {
  if (action === "purge") return [];
  const changed = before.filter(({ state }) => stateAfter(action, "new") !== state);
  if (action === "trash") return changed.length > 0 ? [{ action: "restore", ids: changed.map(({ id }) => id) }] : [];
  return STATES.flatMap((state) => {
    const ids = changed.filter((asset) => asset.state === state).map(({ id }) => id);
    return ids.length > 0 ? [{ action: actionTowards(state), ids }] : [];
  });
}

/** Whether a file in this state is listed under this filter; "": everything but the trash. */
export function isShown(state: State, asked: State | ""): boolean {
  return asked === "" ? state !== "trash" : asked === state;
}
