import { expect, it } from "vitest";

import { coverOf, drawnSize, moved, placeOf, zoomsFor } from "./cover";

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

it.each([
  ["a landscape is 5 to 4 or wider", { width: 50, height: 40 }, usual, { width: 350, height: 280 }],
  ["a picture that is less wide lies on the mat", { width: 49, height: 40 }, usual, { width: 147, height: 120 }],
  ["larger art than the cover is made smaller", { width: 400, height: 400 }, usual, { width: 154.8, height: 154.8 }],
  ["a photograph fills it by any measure", { width: 3000, height: 2000 }, usual, { width: 320, height: 640 / 3 }],
  ["a photograph's zoom is any measure", { width: 1500, height: 1500 }, { zoom: 1 }, { width: 750, height: 750 }],
  ["an unknown size takes what the mat leaves", { width: null, height: null }, usual, { width: 275.2, height: 154.8 }],
])("%s", (_what, picture, cover, drawn) => {
  const { width, height } = drawnSize(picture, cover, BOX);
  expect(width).toBeCloseTo(drawn.width);
  expect(height).toBeCloseTo(drawn.height);
});

it.each([
  [{ width: 160, height: 90 }, [3, 4, 5, 7]],
  [{ width: 90, height: 160 }, [1, 2, 3, 5]],
  [{ width: 16, height: 16 }, [18, 19, 20, 22]],
  [{ width: null, height: 16 }, [1, 2, 3, 4]],
])("offers multiples of %j about what a cover of 16 to 9 shows of it", (picture, zooms) => {
  expect(zoomsFor(picture)).toEqual(zooms);
});

it("is moved to the edge and no farther, and not where it has no room", () => {
  expect([moved(0.5, 999, 200, 320), moved(0.5, -999, 200, 320)]).toEqual([1, 0]);
  expect([moved(0.25, 30, 200, 320), moved(0.25, 30, 319.5, 320)]).toEqual([0.5, 0.25]);
});

it("is in the middle of its cover until it is moved", () => {
  expect(coverOf(7)).toEqual({ asset_id: 7, zoom: null, x: 0.5, y: 0.5, mat: "auto" });
  expect(placeOf({ width: 100, height: 80 }, coverOf(7), BOX)).toEqual({ left: 110, top: 50 });
});
