/** Images up to this size are pixel art: scaled with hard pixel edges. */
export function isPixelArt(width: number | null, height: number | null): boolean {
  return width !== null && height !== null && Math.max(width, height) <= 512;
}
