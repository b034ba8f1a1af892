/** In which of the library's four places a file is, and what can be done to it there. */
import type { Asset } from "./schema";

export const STATES = ["new", "approved", "set_aside", "trash"] as const;
export type State = (typeof STATES)[number];

export const stateNames: Record<State, string> = {
  new: "New",
  approved: "Approved",
  set_aside: "Set aside",
  trash: "Trash",
};

export type AssetAction = "approve" | "unapprove" | "set_aside" | "trash" | "restore" | "purge";

export function stateOf(asset: Pick<Asset, "approved" | "rejected_at" | "deleted_at">): State {
  if (asset.deleted_at !== null) return "trash";
  if (asset.approved) return "approved";
  return asset.rejected_at === null ? "new" : "set_aside";
}

/** What leads back from where an action has led: the action that brings a file from `now` to `before`. */
export function actionTowards(before: State): AssetAction {
  const actions: Record<State, AssetAction> = {
    new: "unapprove",
    approved: "approve",
    set_aside: "set_aside",
    trash: "trash",
  };
  return actions[before];
}

/** The file as it is after an action, until the service says so itself. */
export function after(asset: Asset, action: AssetAction, at: string): Asset {
  switch (action) {
    case "approve":
      return { ...asset, approved: true, rejected_at: null };
    case "unapprove":
      return { ...asset, approved: false, rejected_at: null };
    case "set_aside":
      return { ...asset, approved: false, rejected_at: at };
    case "trash":
    case "purge":
      return { ...asset, deleted_at: at };
    case "restore":
      return { ...asset, deleted_at: null };
  }
}

/** What has been done, for the toast: "3 files approved". */
export const doneWords: Record<AssetAction, string> = {
  approve: "approved",
  unapprove: "moved back to New",
  set_aside: "set aside",
  trash: "moved to the trash",
  restore: "restored",
  purge: "removed for good",
};
