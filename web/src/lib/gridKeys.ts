/** Where a key leads in a list of rows or a grid of tiles; null for keys that do not move. */
export function targetIndex(
  key: string,
  index: number,
  count: number,
  rowsPerScreen: number,
  columns = 1,
): number | null {
  const steps: Record<string, number> = {
    ArrowDown: index + (index < 0 ? 1 : columns),
    ArrowUp: index - columns,
    PageDown: index + rowsPerScreen * columns,
    PageUp: index - rowsPerScreen * columns,
    Home: 0,
    End: count - 1,
    ...(columns > 1 ? { ArrowRight: index + 1, ArrowLeft: index - 1 } : {}),
  };
  const target = steps[key];
  return target === undefined ? null : Math.max(0, Math.min(count - 1, target));
}
