/** Metadata edits of files: the request, and the edits that undo it. */
import { editsFor } from "../../platform/lists";
import { splitHashtags } from "../../platform/text";
import type { Asset, AssetEdit, Provenance } from "../../data/assets/schema";

type Values = Record<"name" | "theme" | "source" | "attribution" | "provenance" | "license" | "add" | "remove", string>;

type Writable<T> = { -readonly [Name in keyof T]: T[Name] };

/** Only what differs from the original values; an emptied text becomes null. */
export function changeFrom(values: Values, initial: Values): AssetEdit {
  const set: Writable<NonNullable<AssetEdit["set"]>> = {};
  for (const name of ["theme", "source", "attribution"] as const) {
    if (values[name] !== initial[name]) set[name] = values[name].trim() || null;
  }
  if (values.name !== initial.name && values.name.trim()) set.name = values.name.trim();
  if (values.provenance !== initial.provenance) set.provenance = values.provenance as Provenance;
  if (values.license !== initial.license) set.license_id = values.license === "none" ? null : Number(values.license);
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
] as const;
type Editable = Pick<Asset, "id" | "hashtags" | (typeof EDITED)[number]>;

/** The edits that restore these files to their present values. */
export const undoOfEdit = (edit: AssetEdit, before: readonly Editable[]) =>
  editsFor(before, (asset) => backTo(asset, edit));

function backTo(asset: Editable, edit: AssetEdit): AssetEdit | null {
  const asked = edit.set ?? {};
  const names = EDITED.filter((name) => name in asked && asked[name] !== asset[name]);
  const add = edit.remove_hashtags?.filter((tag) => asset.hashtags.includes(tag)) ?? [];
  const remove = edit.add_hashtags?.filter((tag) => !asset.hashtags.includes(tag)) ?? [];
  if (names.length + add.length + remove.length === 0) return null;
  return {
    set: Object.fromEntries(names.map((name) => [name, asset[name]])),
    add_hashtags: add,
    remove_hashtags: remove,
  };
}
