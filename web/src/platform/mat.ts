/**
 * Chooses the background (mat) on which a picture is most visible, by the contrast (WCAG 2.2) of its rim: the opaque
 * pixels next to transparent ones.
 */

type Rgb = readonly [red: number, green: number, blue: number];

/** From "#fff" or "#f5f3fa". */
export function rgbOf(hex: string): Rgb {
  const digits = hex.slice(1);
  const full = digits.length < 6 ? digits.replace(/./g, "$&$&") : digits;
  return [0, 2, 4].map((at) => parseInt(full.slice(at, at + 2), 16)) as unknown as Rgb;
}

/** Relative luminance, 0–1, of channels of 0–255. */
export function luminance([red, green, blue]: Rgb): number {
  const linear = (part: number) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

/** From 1 (equal) to 21 (black on white). */
export function contrast(one: number, other: number): number {
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

export type Mat = "dark" | "middle" | "light" | "none";

/** The colours of `tokens.css`, which a test compares. */
export const MATS = { dark: "#17171a", middle: "#616167", light: "#ededf0" } as const;
const grounds = {
  dark: luminance(rgbOf(MATS.dark)),
  middle: luminance(rgbOf(MATS.middle)),
  light: luminance(rgbOf(MATS.light)),
};

/** Below this contrast a pixel counts as invisible. */
const SEEN = 1.5;
/** Accepted invisible share of the rim, on the theme's mat and on the middle one. */
const LOST_ON_THEME = 0.1;
const LOST_ON_MIDDLE = 0.3;
/** Alpha below this is transparent. */
const OPAQUE = 128;

/** The invisible share of the rim, 0–1, on each mat; null for pictures without transparency. */
export type Rim = Readonly<Record<keyof typeof MATS, number>> | null;

/** The rim of a picture: four bytes a pixel, red, green, blue, alpha. */
export function rimOf(data: ArrayLike<number>, width: number, height: number): Rim {
  const isClear = (x: number, y: number) => (data[(y * width + x) * 4 + 3] ?? 0) < OPAQUE;
  const rim: number[] = [];
  let clear = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (isClear(x, y)) {
        clear += 1;
        continue;
      }
      const touches =
        (x > 0 && isClear(x - 1, y)) ||
        (x < width - 1 && isClear(x + 1, y)) ||
        (y > 0 && isClear(x, y - 1)) ||
        (y < height - 1 && isClear(x, y + 1));
      if (!touches) continue;
      const at = (y * width + x) * 4;
      rim.push(luminance([data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0]));
    }
  }
  if (clear === 0 || rim.length === 0) return null;
  const lostOn = (ground: number) => rim.filter((light) => contrast(light, ground) < SEEN).length / rim.length;
  return { dark: lostOn(grounds.dark), middle: lostOn(grounds.middle), light: lostOn(grounds.light) };
}

/** The theme's mat, unless too much of the rim is invisible; then the middle one; then the best. */
export function matFor(rim: Rim, theme: "dark" | "light"): Mat {
  if (rim === null) return "none";
  if (rim[theme] <= LOST_ON_THEME) return theme;
  if (rim.middle <= LOST_ON_MIDDLE) return "middle";
  const mats = ["dark", "middle", "light"] as const;
  return mats.reduce((best, mat) => (rim[mat] < rim[best] ? mat : best), "middle");
}
