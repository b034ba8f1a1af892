/** The library's folders as a tree, each with the number of files in it and below it. */
import type { FolderPage } from "../../data/assets/schema";

export interface Branch {
  /** The whole path. */
  readonly folder: string;
  readonly name: string;
  readonly depth: number;
  readonly count: number;
  readonly hasMore: boolean;
}

/** All nodes, parents before children. */
export function treeOf(folders: FolderPage["items"]): Branch[] {
  const counts = new Map<string, number>();
  for (const { folder, count } of folders) {
    const parts = folder.split("/");
    for (let depth = 1; depth <= parts.length; depth++) {
      const path = parts.slice(0, depth).join("/");
      counts.set(path, (counts.get(path) ?? 0) + count);
    }
  }
  const paths = [...counts.keys()].filter((path) => path !== "");
  const parents = new Set(paths.map(parentOf));
  return paths.map((folder) => ({
    folder,
    name: folder.split("/").at(-1) ?? folder,
    depth: folder.split("/").length - 1,
    count: counts.get(folder) ?? 0,
    hasMore: parents.has(folder),
  }));
}

/** These counts, and 0 for the folders of `all` that have none, in the order of `all`. */
export function withEmpty(all: FolderPage["items"], counted: FolderPage["items"]): FolderPage["items"] {
  if (all === counted) return all;
  const counts = new Map(counted.map((each) => [each.folder, each]));
  const known = new Set(all.map(({ folder }) => folder));
  return [
    ...all.map((each) => counts.get(each.folder) ?? { ...each, count: 0, is_exact: true }),
    ...counted.filter(({ folder }) => !known.has(folder)),
  ];
}

export function parentOf(folder: string): string {
  return folder.slice(0, Math.max(0, folder.lastIndexOf("/")));
}

/** The nodes that are visible while only these are expanded. */
export function seenOf(branches: readonly Branch[], open: ReadonlySet<string>): Branch[] {
  const isSeen = (folder: string): boolean => {
    const parent = parentOf(folder);
    return parent === "" || (open.has(parent) && isSeen(parent));
  };
  return branches.filter(({ folder }) => isSeen(folder));
}
