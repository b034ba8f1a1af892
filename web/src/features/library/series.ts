/** The maximum number of files compared at once. */
export const MAX_COMPARED = 4;

/** The files that the viewer steps through: ids, or indices into the list. */
export type Series = {
  readonly compared: readonly number[];
} & (
  | { readonly ids: readonly number[] }
  /** `isList`: as the list shows them, also when that changes. */
  | { readonly places: readonly number[]; readonly isList: boolean }
);

/** The files that the address names as compared; it may name the original instead. */
export function comparedIn(compare: string): readonly number[] {
  const ids = compare.split(",").map(Number).slice(0, MAX_COMPARED);
  return ids.length > 1 && ids.every((id) => Number.isSafeInteger(id) && id > 0) ? ids : [];
}

export const comparedParameter = (ids: readonly number[]) => (ids.length > 1 ? ids.join(",") : "");

/** The selection if there are several, else the whole list. */
export function seriesOf(selected: readonly { readonly id: number }[], places: readonly number[]): Series {
  return selected.length > 1
    ? { ids: selected.map(({ id }) => id), compared: [] }
    : { places, isList: true, compared: [] };
}
