/** The sample's pictures, drawn by code: shapes in four shades, each in several palettes. */

/** Outline, light, middle and dark; `w` is white, a dot is nothing. */
type Shade = "o" | "a" | "b" | "c" | "w";
type Palette = Readonly<Record<Exclude<Shade, "w">, string>>;

const SHAPES = {
  heart: `
.ooo.ooo.
oaabobbbo
oawabbbbo
oaabbbbco
.oabbbco.
..obbco..
...oco...
....o....`,
  gem: `
...ooo...
..oawao..
.oawabbo.
oaaabbbco
.oabbbco.
..obbco..
...oco...
....o....`,
  mushroom: `
...oooo...
.oobbbboo.
obawbbbabo
obbbbawbbo
obbabbbbbo
.oooooooo.
...owao...
...owao...
..owwaao..
...oooo...`,
  potion: `
...oooo..
...owao..
....oo...
...owao..
..oaaabo.
.oawabbbo
.oaabbbco
.oabbbbco
..obbcco.
...oooo..`,
  slime: `
....oooo....
..ooabbboo..
.oaawbbbbbo.
.oaobbbobbo.
oabobbbobbbo
oabbbbbbbbco
obbbooobbbco
obbbbbbbbcco
.oooooooooo.`,
  chest: `
.oooooooooo.
oaaaaaaaaabo
oabbbbbbbbco
oooooooooooo
obbbbowwobco
obbbboaaobco
obbbbboobbco
occcccccccco
.oooooooooo.`,
} as const;
export type Shape = keyof typeof SHAPES;

const PALETTES: Readonly<Record<string, Palette>> = {
  red: { o: "#3a0f1d", a: "#ff8a80", b: "#d5374b", c: "#8c1f3c" },
  gold: { o: "#3d2405", a: "#ffe27a", b: "#e0a128", c: "#96620f" },
  green: { o: "#10301f", a: "#a6e57f", b: "#4c9f4a", c: "#266339" },
  teal: { o: "#0b2f38", a: "#8cf0e0", b: "#2f9fa8", c: "#1b6076" },
  blue: { o: "#101f4a", a: "#9ccbff", b: "#4673d8", c: "#2a4396" },
  violet: { o: "#26104a", a: "#d5b3ff", b: "#8b54d6", c: "#582f96" },
  grey: { o: "#1d2230", a: "#dfe5f0", b: "#8d98ad", c: "#5a6478" },
};

const WHITE = "#ffffff";

export interface Drawn {
  readonly width: number;
  readonly height: number;
  /** The colours, row by row; null is transparent. */
  readonly pixels: readonly (string | null)[];
}

/** A shape in a palette, in the middle of a square of 16 pixels. */
export function sprite(shape: Shape, palette: string): Drawn {
  const rows = SHAPES[shape].trim().split("\n");
  const colors = PALETTES[palette];
  const side = 16;
  const top = Math.floor((side - rows.length) / 2);
  const left = Math.floor((side - (rows[0]?.length ?? 0)) / 2);
  const colorAt = (x: number, y: number): string | null => {
    const sign = rows[y - top]?.[x - left];
    if (sign === "w") return WHITE;
    return sign === "o" || sign === "a" || sign === "b" || sign === "c" ? (colors?.[sign] ?? null) : null;
  };
  return { width: side, height: side, pixels: cells(side, side, colorAt) };
}

function cells<T>(width: number, height: number, at: (x: number, y: number) => T): T[] {
  return Array.from({ length: width * height }, (_, index) => at(index % width, Math.floor(index / width)));
}

/** Every shape in every palette: "heart red" and so on. */
export function allSprites(): { name: string; drawn: Drawn }[] {
  const shapes = Object.keys(SHAPES) as Shape[];
  return shapes.flatMap((shape) =>
    Object.keys(PALETTES).map((palette) => ({ name: `${shape} ${palette}`, drawn: sprite(shape, palette) })),
  );
}

/** Water, sand, grass and wood, in this order. */
const GROUND = [
  ["#2f6fb0", "#3f86c8"],
  ["#e5cf94", "#d8bd7c"],
  ["#5fae4f", "#74c25f"],
  ["#2f7a41", "#24633a"],
] as const;
export const MAP = { width: 12, height: 8, tile: 16 } as const;

/** The numbers of the tiles, from 1 as Tiled counts them: an island with a wood in its middle. */
export const mapTiles: readonly number[] = cells(MAP.width, MAP.height, (x, y) => {
  const far = Math.hypot((x - 5.5) / 5.2, (y - 3.5) / 3.4) + ((x * 7 + y * 13) % 5) / 30;
  if (far > 0.95) return 1;
  if (far > 0.75) return 2;
  return far > 0.38 ? 3 : 4;
});

/** A tile has two shades of its colour, in the pattern of a weave. */
function groundAt(tile: number, x: number, y: number): string {
  const [plain, other] = GROUND[tile - 1] ?? GROUND[0];
  return (x * 5 + y * 3 + (x ^ y)) % 7 === 0 ? other : plain;
}

export function tileset(): Drawn {
  const width = GROUND.length * MAP.tile;
  return {
    width,
    height: MAP.tile,
    pixels: cells(width, MAP.tile, (x, y) => groundAt(Math.floor(x / MAP.tile) + 1, x % MAP.tile, y)),
  };
}

/** The whole map as a picture. */
export function island(): Drawn {
  const [width, height] = [MAP.width * MAP.tile, MAP.height * MAP.tile];
  return {
    width,
    height,
    pixels: cells(width, height, (x, y) => {
      const tile = mapTiles[Math.floor(y / MAP.tile) * MAP.width + Math.floor(x / MAP.tile)] ?? 1;
      return groundAt(tile, x % MAP.tile, y % MAP.tile);
    }),
  };
}

export function paint({ width, height, pixels }: Drawn, canvas = document.createElement("canvas")): HTMLCanvasElement {
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  for (const [index, color] of pixels.entries()) {
    if (!context || color === null) continue;
    context.fillStyle = color;
    context.fillRect(index % width, Math.floor(index / width), 1, 1);
  }
  return canvas;
}
