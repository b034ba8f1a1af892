/** A folder to play with: drawn in the browser, and uploaded as any other is. */
import { newIdempotencyKey } from "@pmd/client";

import { listLicenses } from "../../data/client";
import { hashOf } from "../../features/uploads/hash";
import { startUpload } from "../../features/uploads/startUpload";
import { SAMPLE_FOLDER, SAMPLE_SOURCE } from "../../features/library/sample";
import { allSprites, type Drawn, island, MAP, mapTiles, paint, tileset } from "./sprites";
import { sounds, wavOf } from "./sounds";

const FREE = "CC0-1.0";

export const sampleCounts = { pictures: allSprites().length + 2, sounds: Object.keys(sounds).length };

function pngOf(drawn: Drawn): Promise<Blob> {
  return new Promise((resolve, reject) =>
    paint(drawn).toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error("This browser draws no PNG."))),
      "image/png",
    ),
  );
}

/** As Tiled 1.10 writes it. */
function mapOf(): Blob {
  const rows = Array.from({ length: MAP.height }, (_, y) =>
    mapTiles.slice(y * MAP.width, (y + 1) * MAP.width).join(","),
  );
  const { width, height, tile } = MAP;
  const text = `<?xml version="1.0" encoding="UTF-8"?>
<map version="1.10" orientation="orthogonal" renderorder="right-down" width="${width}" height="${height}" tilewidth="${tile}" tileheight="${tile}" infinite="0">
 <tileset firstgid="1" name="tiles" tilewidth="${tile}" tileheight="${tile}" tilecount="4" columns="4">
  <image source="tiles.png" width="${4 * tile}" height="${tile}"/>
 </tileset>
 <layer id="1" name="ground" width="${width}" height="${height}">
  <data encoding="csv">
${rows.join(",\n")}
</data>
 </layer>
</map>
`;
  return new Blob([text], { type: "application/xml" });
}

async function sampleFiles(): Promise<{ path: string; file: File }[]> {
  const pictures = await Promise.all(
    allSprites().map(async ({ name, drawn }) => ({ path: `sprites/${name}.png`, blob: await pngOf(drawn) })),
  );
  const others = [
    { path: "tiles.png", blob: await pngOf(tileset()) },
    { path: "island.png", blob: await pngOf(island()) },
    { path: "island.tmx", blob: mapOf() },
    ...Object.entries(sounds).map(([name, sound]) => ({ path: `sounds/${name}.wav`, blob: wavOf(sound) })),
  ];
  return [...pictures, ...others].map(({ path, blob }) => ({
    path: `${SAMPLE_FOLDER}/${path}`,
    file: new File([blob], path.split("/").at(-1) ?? path, { type: blob.type, lastModified: 0 }),
  }));
}

/** Begins the upload; resolves to its id. */
export async function addSample(): Promise<string> {
  const files = await sampleFiles();
  const { items } = await listLicenses(new AbortController().signal);
  const license = items.find(({ identifier }) => identifier === FREE);
  const checked = await Promise.all(
    files.map(async (each) => ({
      ...each,
      hash: await hashOf(each.file),
      verdict: "new" as const,
      reason: null,
      isReadable: true,
    })),
  );
  const defaults = {
    provenance: "user_provided" as const,
    source: SAMPLE_SOURCE,
    ...(license && { license_id: license.id }),
  };
  return (await startUpload(checked, [], defaults, newIdempotencyKey())).id;
}
