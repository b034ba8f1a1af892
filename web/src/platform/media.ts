/** Widths at which the page changes: CSS pixels at a text size of 16 px. There are these five and no others. */
export const BREAKPOINTS = { phone: 480, narrow: 800, medium: 1100, laptop: 1250, wide: 1800 } as const;

/** In media queries em is the reader's text size, whatever the page's own is. */
const em = (pixels: number) => `${pixels / 16}em`;
const below = (pixels: number) => `(max-width: ${em(pixels - 0.1)})`;
const from = (pixels: number) => `(min-width: ${em(pixels)})`;

const { phone, narrow, medium, laptop, wide } = BREAKPOINTS;
/** A phone on its side, and a desk at 200 %: shorter than 521 px. */
const SHORT = 521;

/** Media queries by name: a script imports them, and a sheet writes `@media (--narrow)` (vite.config.ts). */
export const MEDIA = {
  phone: below(phone),
  narrow: below(narrow),
  broad: from(narrow),
  medium: below(medium),
  roomy: from(medium),
  laptop: below(laptop),
  wide: from(wide),
  upright: `${below(narrow)} and (min-height: ${em(SHORT)})`,
  flat: `(max-height: ${em(SHORT - 0.1)}) and ${from(phone)}`,
  /** Targets are 44 px. */
  finger: `(pointer: coarse), ${below(narrow)}`,
  tablet: `(pointer: coarse) and ${from(narrow)}`,
  handheld: `(pointer: coarse) and ${below(narrow)}`,
  /** Who has no mouse has no keyboard either. */
  keyless: `(hover: none), ${below(narrow)}`,
} as const;
