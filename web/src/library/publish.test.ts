import { expect, it } from "vitest";

import { sortForPublishing } from "./publish";
import type { Asset } from "./schema";

const rules = {
  can_publish: true,
  post_formats: ["png", "gif"],
  post_max_bytes: 1000,
  post_max_canvas: 256,
  upload_max_files: 512,
  trash_ttl_days: 30,
};
let last = 0;
const asset = (values: Partial<Asset>) =>
  ({
    id: ++last,
    type: "image",
    file_format: "png",
    width: 64,
    height: 64,
    size_bytes: 500,
    post_id: null,
    ...values,
  }) as Asset;

it("says of each file beforehand why it cannot be a post, and whether a task would help", () => {
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
  expect(unfit.map(({ reason, helps }) => [reason, helps])).toEqual([
    ["Only pictures can be posts.", false],
    ["Posts are PNG, GIF; this is TIFF.", true],
    ["A post has at most 256 × 256 pixels.", true],
    ["A post has at most 1.0 kB.", true],
  ]);
});
