import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { contrast, luminance, matFor, MATS, rgbOf, rimOf } from "./mat";

/** A square of one colour in the middle of nothing, with an outline where there is one. */
function sprite(inside: number, outline = inside, size = 16): Uint8ClampedArray {
  const data = new Uint8ClampedArray(size * size * 4);
  for (let y = 4; y < 12; y++) {
    for (let x = 4; x < 12; x++) {
      const isRim = x === 4 || x === 11 || y === 4 || y === 11;
      const at = (y * size + x) * 4;
      data.fill(isRim ? outline : inside, at, at + 3);
      data[at + 3] = 255;
    }
  }
  return data;
}

const rim = (inside: number, outline?: number) => rimOf(sprite(inside, outline), 16, 16);

describe("the mat behind a picture", () => {
  it("is none where nothing of it is clear", () => {
    expect(matFor(rimOf(new Uint8ClampedArray(64).fill(255), 4, 4), "dark")).toBe("none");
  });

  it("is the theme's own where the rim is seen on it", () => {
    expect(matFor(rim(230), "dark")).toBe("dark");
    expect(matFor(rim(20), "light")).toBe("light");
  });

  it("is the middle one where the rim would be lost, however light the inside is", () => {
    expect(matFor(rim(250, 20), "dark")).toBe("middle");
    expect(matFor(rim(20, 250), "light")).toBe("middle");
  });

  it("is the one that loses least where the middle one loses too", () => {
    const data = sprite(100);
    // A grey rim is lost on the middle mat, and a part of it is lost on the dark one.
    for (let x = 4; x < 8; x++) data.fill(24, (4 * 16 + x) * 4, (4 * 16 + x) * 4 + 3);
    expect(matFor(rimOf(data, 16, 16), "dark")).toBe("light");
  });

  it("is of the sheet's colours", () => {
    const sheet = readFileSync(new URL("../styles/tokens.css", import.meta.url), "utf8");
    for (const [name, colour] of Object.entries(MATS)) expect(sheet).toContain(`--mat-${name}: ${colour};`);
  });
});

/** The rim of a drawing: “.” is clear, “#” white, “o” black. */
function drawn(...lines: readonly string[]) {
  const data = lines.flatMap((line) =>
    Array.from(line).flatMap((pixel) => (pixel === "#" ? [255, 255, 255, 255] : [0, 0, 0, pixel === "o" ? 255 : 0])),
  );
  return rimOf(data, lines[0]?.length ?? 0, lines.length);
}

describe("the rim of a picture", () => {
  // White is lost on the light mat, and black on the dark one.
  it.each([
    ["clear on its right", ["##.", "##.", "##."], 1],
    ["clear on its left", [".##", ".##", ".##"], 1],
    ["clear above", ["...", "###", "###"], 1],
    ["clear below", ["###", "###", "..."], 1],
    ["black beside the clear right, white elsewhere", ["#o.", "#o.", "#o."], 0],
    ["black beside the clear left, white elsewhere", [".o#", ".o#", ".o#"], 0],
    ["black below the clear top, white elsewhere", ["...", "ooo", "###"], 0],
    ["black above the clear bottom, white elsewhere", ["###", "ooo", "..."], 0],
    ["clear at two corners, which touch by edges alone", ["o#o", "###", ".#."], 1],
    ["half black", ["#.o"], 0.5],
  ])("%s", (_what, lines, light) => {
    const found = drawn(...lines);
    expect(found?.light).toBe(light);
    expect(found?.dark).toBe(1 - light);
  });

  it("is nothing where all is clear or nothing is, and counts what is half seen as opaque", () => {
    expect([drawn("..", ".."), drawn("#o", "o#")]).toEqual([null, null]);
    expect(rimOf([0, 0, 0, 128, 0, 0, 0, 127], 2, 1)).toMatchObject({ dark: 1, light: 0 });
  });
});

describe("of two colours", () => {
  it.each([
    ["#fff", "#000000", 21],
    ["#000", "#ffffff", 21],
    ["#767676", "#fff", 4.54],
    ["#f00", "#fff", 4],
    ["#0f0", "#fff", 1.37],
    ["#00f", "#fff", 8.59],
    ["#aabbcc", "#abc", 1],
  ])("%s and %s, the contrast is as in WCAG: %d", (one, other, expected) => {
    expect(contrast(luminance(rgbOf(one)), luminance(rgbOf(other)))).toBeCloseTo(expected, 2);
  });
});

describe("the mat for a rim", () => {
  const lost = (dark: number, middle: number, light: number) => ({ dark, middle, light });
  it.each([
    [lost(0.1, 0, 1), "dark", "dark"],
    [lost(0.11, 0.3, 0), "dark", "middle"],
    [lost(0.11, 0.31, 0), "dark", "light"],
    [lost(0.5, 0.5, 0.5), "light", "middle"],
    [lost(0.4, 0.5, 0.6), "light", "dark"],
    [lost(0, 1, 0.05), "light", "light"],
  ] as const)("of which %j is lost, in the %s theme: %s", (rim, theme, mat) => {
    expect(matFor(rim, theme)).toBe(mat);
  });
});
