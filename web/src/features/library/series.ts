/** The files that the viewer steps through: ids, or indices into the list. */
export type Series = {
  readonly compared: readonly number[];
} & (
  | { readonly ids: readonly number[] }
  /** `isList`: as the list shows them, also when that changes. */
  | { readonly places: readonly number[]; readonly isList: boolean }
);

/** The selection if there are several, else the whole list. */
export function seriesOf(selected: readonly { readonly id: number }[], places: readonly number[]): Series {
  return selected.length > 1
    ? { ids: selected.map(({ id }) => id), compared: [] }
    : { places, isList: true, compared: [] };
}
