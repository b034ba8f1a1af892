import { describe, expect, it } from "vitest";

import { differenceOf, differenceWords } from "./difference";
import { savedWords, sequenceName } from "./words";
import { assetOf } from "../../testing/assets";

const pixels = (...colours: number[][]) => ({
  width: colours.length,
  height: 1,
  data: new Uint8ClampedArray(colours.flat()),
});

describe("the difference of two pictures", () => {
  const a = pixels([0, 0, 0, 255], [9, 9, 9, 0], [200, 0, 0, 255], [0, 0, 0, 255]);

  it("counts pixels, and is pink where they differ", () => {
    const b = pixels([0, 0, 0, 255], [7, 7, 7, 0], [203, 0, 0, 255], [0, 0, 0, 0]);
    const { differing, visible, data } = differenceOf(a, b);
    expect([differing, visible]).toEqual([2, 1]); // what is transparent in both has no colour
    expect([...data.slice(0, 4)]).toEqual([40, 40, 40, 255]);
    expect([...data.slice(12)]).toEqual([255, 74, 190, 255]);
  });

  it("is put into words", () => {
    expect(differenceWords(differenceOf(a, a))).toBe("equal pixels");
    expect(
      differenceWords(differenceOf(a, pixels([1, 0, 0, 255], [0, 0, 0, 0], [200, 0, 0, 255], [0, 0, 0, 255]))),
    ).toBe("1 of 4 pixels differ");
  });
});

describe("a group and a sequence", () => {
  it("are named by what is known of their files", () => {
    const png = assetOf({});
    const large = assetOf({ width: 64, height: 64, file_format: "webp" });
    expect(savedWords([png, png], true)).toBe("Equal pixels, other bytes");
    expect(savedWords([png, large], true)).toBe("Equal pixels, 4 × larger, PNG and WEBP");
    expect(savedWords([png, png], false)).toBe("Nearly equal");
    expect(savedWords([assetOf({ width: 100 }), assetOf({ width: 96 })], false)).toBe("Cropped");
    expect(sequenceName([assetOf({ name: "walk_01.png" }), assetOf({ name: "walk_08.png" })])).toBe("walk_01 … 08");
  });
});
