/** Changes of what is said about files: what is asked for, and what takes it back. */
import { tagsOf } from "../lib/tags";
import type { Asset, AssetEdit, Provenance } from "./schema";

type Values = Record<"name" | "theme" | "source" | "attribution" | "provenance" | "license" | "add" | "remove", string>;

/** What is asked for: only what differs from what was there. An emptied text is none. */
export function changeFrom(values: Values, initial: Values): AssetEdit {
  const set: NonNullable<AssetEdit["set"]> = {};
  for (const name of ["theme", "source", "attribution"] as const) {
    if (values[name] !== initial[name]) set[name] = values[name].trim() || null;
  }
  if (values.name !== initial.name && values.name.trim()) set.name = values.name.trim();
  if (values.provenance !== initial.provenance) set.provenance = values.provenance as Provenance;
  if (values.license !== initial.license) set.license_id = values.license === "none" ? null : Number(values.license);
  const add = tagsOf(values.add);
  const remove = tagsOf(values.remove);
  return {
    ...(Object.keys(set).length > 0 && { set }),
    ...(add.length > 0 && { add_hashtags: add }),
    ...(remove.length > 0 && { remove_hashtags: remove }),
  };
}

type Editable = Pick<
  Asset,
  | "id"
  | "name"
  | "theme"
  | "source"
  | "provenance"
  | "license_id"
  | "attribution"
  | "note"
  | "hashtags"
  | "rating"
  | "label"
>;

interface EditStep {
  readonly edit: AssetEdit;
  readonly ids: readonly number[];
}

/** The edits that bring these files back to what they are now; files that need the same go together. */
export function undoOfEdit(edit: AssetEdit, before: readonly Editable[]): EditStep[] {
  const steps = new Map<string, { edit: AssetEdit; ids: number[] }>();
  for (const asset of before) {
    const back = backTo(asset, edit);
    if (!back) continue;
    const key = JSON.stringify(back);
    const step = steps.get(key) ?? { edit: back, ids: [] };
    step.ids.push(asset.id);
    steps.set(key, step);
  }
  return [...steps.values()];
}

function backTo(asset: Editable, edit: AssetEdit): AssetEdit | null {
  const asked = edit.set ?? {};
  const names = (
    ["name", "theme", "source", "provenance", "license_id", "attribution", "note", "rating", "label"] as const
  ).filter((name) => name in asked && asked[name] !== asset[name]);
  const add = edit.remove_hashtags?.filter((tag) => asset.hashtags.includes(tag)) ?? [];
  const remove = edit.add_hashtags?.filter((tag) => !asset.hashtags.includes(tag)) ?? [];
  if (names.length + add.length + remove.length === 0) return null;
  return {
    set: Object.fromEntries(names.map((name) => [name, asset[name]])),
    add_hashtags: add,
    remove_hashtags: remove,
  };
}
