// PixiJS's reader of TexturePacker's JSON: what it makes of a sheet, sprite by sprite.
import { readFileSync } from "node:fs";

import { BaseTexture } from "@pixi/core";
import { Spritesheet } from "@pixi/spritesheet";

const data = JSON.parse(readFileSync(process.argv[2], "utf-8"));
const { w: width, h: height } = data.meta.size;
const sheet = new Spritesheet(new BaseTexture(null, { width, height }), data);
await sheet.parse();
const box = ({ x, y, width, height }) => [x, y, width, height];
const read = Object.entries(sheet.textures).map(([name, { frame, orig, trim, rotate }]) => ({
  name,
  frame: box(frame),
  size: [orig.width, orig.height],
  trim: trim ? box(trim) : null,
  rotate,
}));
console.log(JSON.stringify(read));
