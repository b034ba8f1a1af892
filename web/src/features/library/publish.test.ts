import { expect, it } from "vitest";

import { assetOf } from "../../testing/assets";
import { helpedAlike, sortForPublishing } from "./publish";
import type { Asset } from "../../data/assets/schema";

const rules = {
  can_publish: true,
  post_formats: ["png", "gif"],
  post_max_bytes: 1000,
  post_max_canvas: 256,
  picture_max_bytes: 0,
  library_max_bytes: 0,
  library_max_files: 0,
  pack_max_bytes: 0,
  upload_max_files: 512,
  trash_ttl_days: 30,
};
let last = 0;
const asset = (values: Partial<Asset>) => assetOf({ id: ++last, width: 64, height: 64, size_bytes: 500, ...values });

it("says of each file beforehand why it cannot be a post, and which task would help", () => {
  const all = [
    asset({}),
    asset({ post_id: 7 }),
    asset({ type: "audio", file_format: "mp3" }),
    asset({ file_format: "tiff" }),
    asset({ height: 257 }),
    asset({ size_bytes: 1001 }),
  ];
  const { fit, already, unfit } = sortForPublishing(all, rules);
  expect(fit).toEqual([all[0]]);
  expect(already).toEqual([all[1]]);
  expect(unfit.map(({ reason, help }) => [reason, help?.words ?? null])).toEqual([
    ["Only images can be posts.", null],
    ["Posts must be PNG, GIF. This is TIFF.", "convert to PNG"],
    ["Posts can be up to 256 × 256 pixels.", "scale down to 64 × 256"],
    ["Posts can be up to 1.0 kB.", "keep 32 colours"],
  ]);
});

it("puts those together that the same task would make fit", () => {
  const large = { width: 600, height: 300 };
  const all = [asset(large), asset({ file_format: "tiff", ...large, frame_count: 4 }), asset(large)];
  const groups = helpedAlike(sortForPublishing(all, rules).unfit);
  expect(groups.map(({ help, assets }) => [help.words, assets.length])).toEqual([
    ["scale down to 256 × 128", 2],
    ["scale down to 256 × 128 and convert to GIF", 1],
  ]);
  expect(groups[1]?.help.params).toEqual({ longest_side: 256, scaling: "nearest", format: "gif" });
});
