import { expect, it } from "vitest";

import { steppedZoom, integerZoom } from "./zoom";

it("gives every pixel the same whole number of the screen's", () => {
  expect(integerZoom(32, 32, 200, 200)).toBe(6);
  expect(integerZoom(64, 16, 200, 200)).toBe(3);
  expect(integerZoom(64, 64, 200, 200, 2)).toBe(3);
  expect(integerZoom(48, 48, 168, 168, 2)).toBe(3.5); // seven of a dense screen's pixels
});

it("shrinks what is larger than its place", () => {
  expect(integerZoom(400, 100, 200, 200)).toBe(0.5);
});

it("steps by whole multiples up and by halves down, and back to where it was", () => {
  expect(steppedZoom(3, 1)).toBe(4);
  expect(steppedZoom(1, -1)).toBe(0.5);
  expect(steppedZoom(0.5, 1)).toBe(1);
  expect(steppedZoom(3.5, -1, 2)).toBe(3);
  expect(steppedZoom(1 / 16, -1)).toBe(1 / 16);
});

it("leaves each step although the density is no exact number", () => {
  const dense = 1.3333333730697632; // at a zoom of 133 % in Chromium
  for (let pixels = 1; pixels < 16; pixels += 1) {
    expect(Math.round(steppedZoom(pixels / dense, 1, dense) * dense)).toBe(pixels + 1);
    expect(Math.round(steppedZoom((pixels + 1) / dense, -1, dense) * dense)).toBe(pixels);
  }
});
