/** Contrast as WCAG 2.2 computes it. */

export type Rgb = readonly [red: number, green: number, blue: number];

/** From "#fff" or "#f5f3fa". */
export function rgbOf(hex: string): Rgb {
  const digits = hex.slice(1);
  const full = digits.length < 6 ? digits.replace(/./g, "$&$&") : digits;
  return [0, 2, 4].map((at) => parseInt(full.slice(at, at + 2), 16)) as unknown as Rgb;
}

/** Relative luminance, 0–1, of a colour's parts of 0–255. */
export function luminance([red, green, blue]: Rgb): number {
  const linear = (part: number) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

/** From 1, the same, to 21, black on white. */
export function contrast(one: number, other: number): number {
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}
