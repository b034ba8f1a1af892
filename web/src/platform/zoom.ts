/**
 * The scale, in CSS pixels, that fits a picture into a box: the largest at which each pixel covers a whole number of
 * device pixels (integer scaling); pictures larger than the box are shrunk to fit.
 */
export function integerZoom(width: number, height: number, boxWidth: number, boxHeight: number, density = 1): number {
  const fits = Math.min(boxWidth / width, boxHeight / height);
  const screenPixels = Math.floor(fits * density + 1e-6);
  return screenPixels >= 1 ? screenPixels / density : fits;
}

/** The next manual zoom step: whole multiples up, halves down. */
export function steppedZoom(zoom: number, direction: 1 | -1, density = 1): number {
  const pixels = zoom * density;
  if (direction > 0) return (pixels < 1 ? Math.min(1, pixels * 2) : Math.floor(pixels + 1e-6) + 1) / density;
  return (pixels > 1 ? Math.max(1, Math.ceil(pixels - 1e-6) - 1) : Math.max(1 / 16, pixels / 2)) / density;
}
