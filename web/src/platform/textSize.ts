/** The reader's own text size: the page is drawn for 16 px, and everything grows with it. */
export const textScale =
  typeof document === "undefined" ? 1 : Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;

/** CSS pixels at this text size, for a length that was drawn at 16 px. */
export const scaled = (pixels: number) => Math.round(pixels * textScale);
