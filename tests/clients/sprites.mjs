// PixiJS's reader of TexturePacker's JSON: what it makes of sheets, sprite by sprite.
import { readFileSync } from "node:fs";

import { BaseTexture } from "@pixi/core";
import { Spritesheet } from "@pixi/spritesheet";

const box = ({ x, y, width, height }) => [x, y, width, height];

async function readSheet(path) {
  const data = JSON.parse(readFileSync(path, "utf-8"));
  const { w: width, h: height } = data.meta.size;
  const sheet = new Spritesheet(new BaseTexture(null, { width, height }), data);
  await sheet.parse();
  return Object.entries(sheet.textures).map(([name, { frame, orig, trim, rotate }]) => ({
    name,
    frame: box(frame),
    size: [orig.width, orig.height],
    trim: trim ? box(trim) : null,
    rotate,
  }));
}

console.log(JSON.stringify(await Promise.all(process.argv.slice(2).map(readSheet))));
