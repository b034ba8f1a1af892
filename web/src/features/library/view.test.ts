import { describe, expect, it } from "vitest";

import { drawnSize, FIT, fitZoom, held, oneToOne, panned, zoomByKey, zoomedAt } from "./view";

const photo = { width: 2400, height: 1600 };
const room = { width: 1200, height: 800 };

describe("looking at a picture", () => {
  it("begins with all of it, small art by whole pixels", () => {
    expect(fitZoom(photo, room, 1)).toBe(0.5);
    expect(fitZoom({ width: 64, height: 64 }, room, 1)).toBe(12);
  });

  it("stays in sight however thin it is", () => {
    const thin = { width: 1, height: 20_000 };
    expect(drawnSize(thin, fitZoom(thin, room, 2), 2)).toEqual({ width: 0.5, height: 800 });
    expect(drawnSize(photo, 0.5, 1)).toEqual({ width: 1200, height: 800 });
  });

  it("is 1:1 where one of its pixels is one of the device's", () => {
    expect(oneToOne(1)).toBe(1);
    expect(oneToOne(2)).toBe(0.5);
    expect(zoomByKey("=", 3, 2)).toBe(0.5);
  });

  it("goes up by whole multiples and down by halves", () => {
    expect([zoomByKey("+", 1, 1), zoomByKey("+", 2.5, 1), zoomByKey("-", 3, 1), zoomByKey("-", 1, 1)]).toEqual([
      2, 3, 2, 0.5,
    ]);
  });

  it("keeps what is under the pointer where it is", () => {
    const before = { zoom: 0.5, x: 0.5, y: 0.5 };
    const at = { x: 300, y: -200 };
    const after = zoomedAt(before, 2, 0.5, photo, at);
    const seen = (view: typeof before) => ({
      x: view.x * photo.width + at.x / view.zoom,
      y: view.y * photo.height + at.y / view.zoom,
    });
    expect(seen({ ...after, zoom: after.zoom ?? 0 })).toEqual(seen(before));
  });

  it("never leaves its room, and what is smaller stands in the middle", () => {
    expect(held({ zoom: 1, x: 0, y: 1 }, photo, room)).toEqual({ zoom: 1, x: 0.25, y: 0.75 });
    expect(held({ zoom: 0.25, x: 0, y: 0 }, photo, room)).toMatchObject({ x: 0.5, y: 0.5 });
    expect(held({ zoom: null, x: 0, y: 0 }, photo, room)).toEqual(FIT);
  });

  it("follows a finger", () => {
    expect(panned({ zoom: 1, x: 0.5, y: 0.5 }, 1, photo, { x: 240, y: 0 }).x).toBeCloseTo(0.4);
  });
});
