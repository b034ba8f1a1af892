/** The reader's own text size: the page is drawn for 16 px, and everything grows with it. */
export const textScale =
  typeof document === "undefined" ? 1 : Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;

/** CSS pixels at this text size, for a length that was drawn at 16 px. */
export const scaled = (pixels: number) => Math.round(pixels * textScale);

/** In media queries em is the reader's text size, whatever the page's own is. */
export const em = (pixels: number) => `${pixels / 16}em`;
