/** The pages of a list that is held here, changed without asking for all of them again. */
import type { Filters } from "./filters";
import type { Asset, AssetPage, State } from "./schema";

/** Whether a file in this place is shown under these filters. */
export function isShown(state: State, filters: Filters): boolean {
  return filters.state === null ? state !== "trash" : filters.state === state;
}

/** Change files; null takes one away. The total follows. */
export function changePages(
  pages: readonly AssetPage[],
  ids: ReadonlySet<number>,
  edit: (asset: Asset) => Asset | null,
): AssetPage[] {
  let gone = 0;
  const changed = pages.map((page) => {
    const items = page.items.flatMap((asset) => {
      if (!ids.has(asset.id)) return asset;
      const after = edit(asset);
      if (after === null) gone += 1;
      return after ?? [];
    });
    return { ...page, items };
  });
  return changed.map((page) => ({ ...page, total_count: Math.max(0, page.total_count - gone) }));
}

/**
 * A newer first page, joined to what is held: new files come first, known ones are as it says. Null where that does not
 * add up, for files have gone meanwhile: then all has to be asked for again.
 */
export function joinFirst(pages: readonly AssetPage[], first: AssetPage): AssetPage[] | null {
  const [held] = pages;
  if (!held) return null;
  const known = new Set(pages.flatMap((page) => page.items.map(({ id }) => id)));
  const said = new Map(first.items.map((asset) => [asset.id, asset]));
  const fresh = first.items.filter(({ id }) => !known.has(id));
  const isComplete = pages.at(-1)?.next_cursor === null;
  if (isComplete && first.total_is_exact && known.size + fresh.length !== first.total_count) return null;
  if (first.next_cursor !== null && fresh.length === first.items.length) return null;
  return pages.map((page, index) => ({
    ...page,
    items: [...(index === 0 ? fresh : []), ...page.items.map((asset) => said.get(asset.id) ?? asset)],
    total_count: first.total_count,
    facets: first.facets,
  }));
}
