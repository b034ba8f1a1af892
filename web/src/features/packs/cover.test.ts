import { expect, it } from "vitest";

import { drawnSize, moved, placeOf, zoomsFor } from "./cover";

const BOX = { width: 320, height: 180 };
const usual = { zoom: null };

it("a sprite fits by a whole multiple, and a landscape fills the cover", () => {
  expect(drawnSize({ width: 24, height: 24 }, usual, BOX)).toEqual({ width: 144, height: 144 });
  expect(drawnSize({ width: 64, height: 40 }, usual, BOX)).toEqual({ width: 320, height: 200 });
});

it("a zoom is about 640 pixels, and stays whole on a smaller cover", () => {
  expect(drawnSize({ width: 20, height: 20 }, { zoom: 9 }, { width: 640, height: 360 })).toEqual({
    width: 180,
    height: 180,
  });
  expect(drawnSize({ width: 20, height: 20 }, { zoom: 9 }, BOX)).toEqual({ width: 100, height: 100 });
  expect(drawnSize({ width: 20, height: 20 }, { zoom: 1 }, BOX)).toEqual({ width: 20, height: 20 });
});

it("one of several lies on the mat even if it is a landscape", () => {
  expect(drawnSize({ width: 64, height: 40 }, null, { width: 80, height: 180 })).toEqual({ width: 64, height: 40 });
});

it("a picture is placed by its shares and moved within its room", () => {
  expect(placeOf({ width: 400, height: 100 }, { x: 1, y: 0.5 }, BOX)).toEqual({ left: -80, top: 40 });
  expect(moved(0.5, -40, 400, 320)).toBe(1);
  expect(moved(0.5, 8, 400, 320)).toBeCloseTo(0.4);
  expect(moved(0.5, 8, 320, 320)).toBe(0.5);
});

it("offers multiples about the usual one", () => {
  expect(zoomsFor({ width: 64, height: 40 })).toEqual([9, 10, 11, 13]);
  expect(zoomsFor({ width: 400, height: 400 })).toEqual([1, 2, 3, 5]);
  expect(zoomsFor({ width: 3000, height: 2000 })).toEqual([1, 2, 3, 4]);
});
