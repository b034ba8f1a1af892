/** In which of the library's four places a file is, and what can be done to it there. */
import type { Asset, State } from "./schema";

export const STATES = ["new", "approved", "set_aside", "trash"] as const satisfies readonly State[];

export const stateNames: Record<State, string> = {
  new: "New",
  approved: "Approved",
  set_aside: "Set aside",
  trash: "Trash",
};

export type AssetAction = "approve" | "unapprove" | "set_aside" | "trash" | "restore" | "purge";

const TOWARDS: Record<State, AssetAction> = {
  new: "unapprove",
  approved: "approve",
  set_aside: "set_aside",
  trash: "trash",
};

/** The action that brings a file that is not in the trash to this place. */
export const actionTowards = (state: State) => TOWARDS[state];

/** Where a file is after an action, as the service will say; null where it is gone. */
export function stateAfter(action: AssetAction, beforeTrash: State): State | null {
  if (action === "restore") return beforeTrash;
  return STATES.find((state) => TOWARDS[state] === action) ?? null;
}

/** What has been done, for the notice: "3 files approved". */
export const doneWords: Record<AssetAction, string> = {
  approve: "approved",
  unapprove: "moved back to New",
  set_aside: "set aside",
  trash: "moved to the trash",
  restore: "restored",
  purge: "removed for good",
};

/** What brings each of these files back to where it was: nothing for those that were there already. */
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

/** Whether a file in this place is shown where this state is asked for; null: all but the trash. */
export function isShown(state: State, asked: State | null): boolean {
  return asked === null ? state !== "trash" : asked === state;
}
