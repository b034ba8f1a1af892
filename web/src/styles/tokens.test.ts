import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { contrast, luminance, rgbOf } from "../platform/mat";

const sheet = readFileSync(new URL("./tokens.css", import.meta.url), "utf8");

/** A colour of the sheet in a theme. */
function colour(name: string, theme: "light" | "dark"): string {
  const value = new RegExp(`--${name}:\\s*([^;]+);`).exec(sheet)?.[1] ?? "";
  const both = /light-dark\((#\w+), (#\w+)\)/.exec(value);
  const found = both ? both[theme === "light" ? 1 : 2] : /^#\w{3,6}$/.exec(value)?.[0];
  if (!found) throw new Error(`tokens.css has no colour --${name}`);
  return found;
}

function reached(on: string, ground: string, theme: "light" | "dark"): number {
  return contrast(luminance(rgbOf(colour(on, theme))), luminance(rgbOf(colour(ground, theme))));
}

/** Text needs 4.5 on each ground that it stands on. */
const TEXT: Record<string, readonly string[]> = {
  text: ["bg", "surface", "raised", "hover", "selected"],
  muted: ["bg", "surface", "raised", "hover", "selected"],
  faint: ["bg", "surface", "raised"],
  accent: ["bg", "surface", "raised", "selected"],
  good: ["bg", "surface", "raised"],
  wait: ["bg", "surface", "raised", "wait-bg"],
  bad: ["bg", "surface", "raised", "bad-bg"],
  "on-fill": ["fill", "fill-hover", "bad-fill"],
  "on-good": ["good"],
  "on-bad": ["bad"],
  "on-mod": ["mod"],
};

/** Signs and the edges of controls need 3. */
const SIGNS: Record<string, readonly string[]> = {
  edge: ["bg", "surface", "raised"],
  accent: ["hover"],
  star: ["bg", "surface", "raised"],
  l6: ["bg", "surface", "raised"],
  l7: ["bg", "surface", "raised"],
  l8: ["bg", "surface", "raised"],
  l9: ["bg", "surface", "raised"],
  "tag-orange": ["bg", "surface", "raised"],
  "tag-teal": ["bg", "surface", "raised"],
  "tag-violet": ["bg", "surface", "raised"],
  "tag-pink": ["bg", "surface", "raised"],
};

const pairs = (of: Record<string, readonly string[]>) =>
  Object.entries(of).flatMap(([on, grounds]) => grounds.map((ground) => [on, ground] as const));

describe.each(["light", "dark"] as const)("what is drawn in the %s theme", (theme) => {
  it.each(pairs(TEXT))("reads: %s on %s", (on, ground) => {
    expect(reached(on, ground, theme)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(pairs(SIGNS))("is seen: %s on %s", (on, ground) => {
    expect(reached(on, ground, theme)).toBeGreaterThanOrEqual(3);
  });

  it("keeps the faintest grey off tinted grounds, where it would not reach", () => {
    expect(Math.min(reached("faint", "selected", theme), reached("faint", "hover", theme))).toBeLessThan(4.5);
    expect(sheet).toMatch(/\[aria-selected="true"\][^{]*\{\s*--faint: var\(--muted\);/);
  });
});

describe("the mats", () => {
  it("are grey, and the middle one is seen against black and white", () => {
    for (const name of ["dark", "middle", "light"]) {
      const [red, green, blue] = rgbOf(colour(`mat-${name}`, "light"));
      expect(Math.max(red, green, blue) - Math.min(red, green, blue)).toBeLessThanOrEqual(6);
    }
    const middle = luminance(rgbOf(colour("mat-middle", "light")));
    expect(contrast(middle, 0)).toBeGreaterThanOrEqual(3);
    expect(contrast(middle, 1)).toBeGreaterThanOrEqual(3);
  });
});
