/** The most rows that one call may name (section 5 of the contract). */
export const MOST_NAMED = 128;

/** A list in parts of at most so many. */
export function chunksOf<T>(list: readonly T[], size: number): T[][] {
  const count = Math.ceil(list.length / size);
  return Array.from({ length: count }, (_, index) => list.slice(index * size, (index + 1) * size));
}
