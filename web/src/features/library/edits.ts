/** Metadata edits of files: the request, and the edits that undo it. */
import { editsFor } from "../../platform/lists";
import { hasTag, splitHashtags } from "../../platform/text";
import { isSame } from "../../ui/edits";
import { isOptedOut, type OptOut } from "../../ui/OptOutField";
import type { Asset, AssetEdit, Provenance } from "../../data/assets/schema";

/** The service's limit. */
export const LONGEST_ALT = 1500;

export type Name =
  "name" | "theme" | "source" | "attribution" | "alt_text" | "provenance" | "license" | "add" | "remove";
/** `opt_out`: empty where the files differ. `warnings`: null where they are left as they are. */
export type Values = Record<Name, string> & { opt_out: OptOut | ""; warnings: readonly string[] | null };

type Writable<T> = { -readonly [Name in keyof T]: T[Name] };

/** Only what differs from the original values; an emptied text becomes null. */
export function changeFrom(values: Values, initial: Values): AssetEdit {
  const set: Writable<NonNullable<AssetEdit["set"]>> = {};
  for (const name of ["theme", "source", "attribution", "alt_text"] as const) {
    if (values[name] !== initial[name]) set[name] = values[name].trim() || null;
  }
  if (values.name !== initial.name && values.name.trim()) set.name = values.name.trim();
  if (values.provenance !== initial.provenance) set.provenance = values.provenance as Provenance;
  if (values.license !== initial.license) set.license_id = values.license === "none" ? null : Number(values.license);
  if (values.warnings !== null) set.content_warnings = [...values.warnings];
  if (values.opt_out !== "" && values.opt_out !== initial.opt_out) set.ai_opt_out = isOptedOut(values.opt_out);
  const add = splitHashtags(values.add);
  const remove = splitHashtags(values.remove);
  return {
    ...(Object.keys(set).length > 0 && { set }),
    ...(add.length > 0 && { add_hashtags: add }),
    ...(remove.length > 0 && { remove_hashtags: remove }),
  };
}

const EDITED = [
  "name",
  "theme",
  "source",
  "provenance",
  "license_id",
  "attribution",
  "note",
  "rating",
  "label",
  "alt_text",
  "content_warnings",
  "ai_opt_out",
] as const;
type Editable = Pick<Asset, "id" | "hashtags" | (typeof EDITED)[number]>;

/** The edits that restore these files to their present values. */
export const undoOfEdit = (edit: AssetEdit, before: readonly Editable[]) =>
  editsFor(before, (asset) => backTo(asset, edit));

function backTo(asset: Editable, edit: AssetEdit): AssetEdit | null {
  const asked = edit.set ?? {};
  const names = EDITED.filter((name) => name in asked && !isSame(asked[name], asset[name]));
  const add = asset.hashtags.filter((tag) => hasTag(edit.remove_hashtags ?? [], tag));
  const remove = edit.add_hashtags?.filter((tag) => !hasTag(asset.hashtags, tag)) ?? [];
  if (names.length + add.length + remove.length === 0) return null;
  return {
    set: Object.fromEntries(names.map((name) => [name, asset[name]])),
    add_hashtags: add,
    remove_hashtags: remove,
  };
}
