// @vitest-environment happy-dom
import { expect, it, vi } from "vitest";

import { allSprites, type Drawn, island, MAP, mapTiles, paint, sprite, tileset } from "./sprites";

const rowsOf = ({ width, height, pixels }: Drawn, signs: Readonly<Record<string, string>>) =>
  Array.from({ length: height }, (_, y) =>
    pixels
      .slice(y * width, (y + 1) * width)
      .map((color) => (color === null ? "." : (signs[color] ?? "?")))
      .join(""),
  );

it("draws a shape in its palette, in the middle of a square", () => {
  const signs = { "#3a0f1d": "o", "#ff8a80": "a", "#d5374b": "b", "#8c1f3c": "c", "#ffffff": "w" };
  expect(rowsOf(sprite("heart", "red"), signs)).toEqual([
    ...Array<string>(4).fill("................"),
    "....ooo.ooo.....",
    "...oaabobbbo....",
    "...oawabbbbo....",
    "...oaabbbbco....",
    "....oabbbco.....",
    ".....obbco......",
    "......oco.......",
    ".......o........",
    ...Array<string>(4).fill("................"),
  ]);
});

it("draws nothing but white in a palette that there is not", () => {
  const colors = new Set(sprite("heart", "plaid").pixels);
  expect(colors).toEqual(new Set([null, "#ffffff"]));
});

it("has every shape in every palette, all of them different", () => {
  const all = allSprites();
  const [first] = all;
  expect([all.length, first?.name, all.at(-1)?.name]).toEqual([42, "heart red", "chest grey"]);
  expect(new Set(all.map(({ drawn }) => drawn.pixels.join())).size).toBe(42);
  for (const { drawn } of all) expect([drawn.width, drawn.height, drawn.pixels.length]).toEqual([16, 16, 256]);
});

it("makes an island with a wood in its middle, and water all around", () => {
  const rows = Array.from({ length: MAP.height }, (_, y) =>
    mapTiles.slice(y * MAP.width, (y + 1) * MAP.width).join(""),
  );
  expect(rows).toEqual([
    "111111111111",
    "111122321111",
    "112333333211",
    "122334433211",
    "113344443321",
    "112333333211",
    "111122321111",
    "111111111111",
  ]);
});

it("draws the map of its tiles, each as in the tile set", () => {
  const [all, map] = [tileset(), island()];
  expect([all.width, all.height, map.width, map.height]).toEqual([64, 16, 192, 128]);
  const tileAt = ({ width, pixels }: Drawn, left: number, top: number) =>
    Array.from({ length: 256 }, (_, at) => pixels[(top + Math.floor(at / 16)) * width + left + (at % 16)]).join();
  for (const [place, tile] of mapTiles.entries()) {
    const [x, y] = [place % MAP.width, Math.floor(place / MAP.width)];
    expect(tileAt(map, x * 16, y * 16)).toBe(tileAt(all, (tile - 1) * 16, 0));
  }
});

it("weaves two shades of one colour into each tile", () => {
  const shades = [0, 16, 32, 48].map((left) => {
    const colors = rowsOf(tileset(), {}).flatMap((_, y) => tileset().pixels.slice(y * 64 + left, y * 64 + left + 16));
    return [...new Set(colors)].map((color) => [color, colors.filter((each) => each === color).length]);
  });
  expect(shades.map((each) => each.length)).toEqual([2, 2, 2, 2]);
  for (const tile of shades) for (const [, count] of tile) expect(count).toBeGreaterThan(16);
  expect(tileset().pixels[0]).toBe("#3f86c8");
});

it("paints each pixel at its place, and leaves out what is transparent", () => {
  const painted: unknown[] = [];
  const context = {
    fillStyle: "",
    fillRect(...place: number[]) {
      painted.push([this.fillStyle, ...place]);
    },
  };
  const canvas = document.createElement("canvas");
  vi.spyOn(canvas, "getContext").mockReturnValue(context as never);
  const done = paint({ width: 2, height: 2, pixels: ["red", null, null, "blue"] }, canvas);
  expect([done === canvas, canvas.width, canvas.height, painted]).toEqual([
    ...[true, 2, 2],
    [
      ["red", 0, 0, 1, 1],
      ["blue", 1, 1, 1, 1],
    ],
  ]);
});
