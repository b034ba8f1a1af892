import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { matFor, MATS, rimOf } from "./mat";

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
