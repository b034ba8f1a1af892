/** The folders of a pack: each file has one, "" is the pack's own. */
import { naturalKey } from "../../platform/text";
import type { PackedAsset } from "./schema";

/** A file with its folder in the pack. */
export interface Packed extends PackedAsset {
  readonly folder: string;
}

export interface Folder {
  /** The whole path. */
  readonly folder: string;
  readonly name: string;
  readonly depth: number;
  /** Files in it and below it, and how many of them the newest edition does not have. */
  readonly count: number;
  readonly added: number;
  /** Of all that are in the pack or were left out just now. */
  readonly total: number;
}

export interface Group {
  readonly folder: string;
  readonly assets: readonly Packed[];
}

/** All files lie below one folder of the archive. */
const FILES = "assets/";

/** Each file with the folder of its path. */
export function withFolders(assets: readonly PackedAsset[]): Packed[] {
  return assets.map((asset) => {
    const path = asset.rel_path.startsWith(FILES) ? asset.rel_path.slice(FILES.length) : asset.rel_path;
    return { ...asset, folder: path.slice(0, Math.max(0, path.lastIndexOf("/"))) };
  });
}

/** The file in another folder, under the name that it has. */
export function placedIn(asset: Packed, folder: string): Packed {
  const name = asset.rel_path.slice(asset.rel_path.lastIndexOf("/") + 1);
  return { ...asset, folder, path: folder === "" ? name : `${folder}/${name}` };
}

/** By folder, in natural order; within one in the pack's order. */
export function groupsOf(assets: readonly Packed[]): Group[] {
  const groups = new Map<string, Packed[]>();
  for (const asset of assets) {
    const group = groups.get(asset.folder);
    if (group) group.push(asset);
    else groups.set(asset.folder, [asset]);
  }
  const keyed = [...groups].map(([folder, assets]) => ({ folder, assets, key: naturalKey(folder) }));
  return keyed
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ folder, assets }) => ({ folder, assets }));
}

/** Every folder with those above it, parents first. */
export function treeOf(assets: readonly Packed[], isOut: (id: number) => boolean, edition: number): Folder[] {
  const counts = new Map<string, { count: number; added: number; total: number }>();
  for (const { folder, assets: members } of groupsOf(assets)) {
    const inside = members.filter(({ asset_id: id }) => !isOut(id));
    const added = edition === 0 ? 0 : inside.filter(({ is_new: isNew }) => isNew).length;
    for (const path of pathsOf(folder)) {
      const known = counts.get(path) ?? { count: 0, added: 0, total: 0 };
      counts.set(path, {
        count: known.count + inside.length,
        added: known.added + added,
        total: known.total + members.length,
      });
    }
  }
  return [...counts].map(([folder, of]) => ({
    folder,
    name: folder.split("/").at(-1) ?? folder,
    depth: folder === "" ? 0 : folder.split("/").length - 1,
    ...of,
  }));
}

/** "a/b" → "a", "a/b". */
function pathsOf(folder: string): string[] {
  const parts = folder.split("/");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

export const isWithin = (folder: string, above: string) => folder === above || folder.startsWith(`${above}/`);

/** As people type it: "/ sprites / heroes/" is "sprites/heroes"; null for one that no archive may have. */
export function folderFrom(text: string): string | null {
  const parts = text
    .split(/[/\\]/)
    .map((part) => part.trim())
    .filter(Boolean);
  return parts.every((part) => /^[^<>:"|?*\p{Cc}]{1,80}$/u.test(part) && !/^\.+$|\.$/.test(part))
    ? parts.join("/")
    : null;
}
