import { expect, it } from "vitest";

import { bytesOf, changeOf } from "./results";
import type { Job } from "./schema";

const result = { id: 2, width: 32, height: 32, size_bytes: 1200, file_format: "png" };
const JOB = {
  result,
  result_asset_ids: [2],
  asset_width: 32,
  asset_height: 32,
  asset_size_bytes: 3100,
  asset_format: "png",
} as unknown as Job;
const made = (some: Partial<NonNullable<Job["result"]>>): Job => ({
  ...JOB,
  result: { ...result, ...some } as Job["result"],
});

it("what changed begins with its number", () => {
  expect(changeOf(JOB)).toBe("−61 % bytes");
  expect(changeOf(made({ size_bytes: 6200, file_format: "gif" }))).toBe("+100 % bytes, GIF");
  expect(changeOf(made({ width: 128, height: 128 }))).toBe("×4, 128 × 128 pixels");
  expect(changeOf(made({ width: 20, height: 20 }))).toBe("20 × 20 pixels");
});

it("says nothing where nothing is known or different", () => {
  expect(changeOf(made({ size_bytes: 3110 }))).toBeNull();
  expect(changeOf({ ...JOB, result: null })).toBeNull();
  expect(changeOf({ ...JOB, result_asset_ids: [2, 3] })).toBeNull();
});

it("bytes are compared where one file became one", () => {
  expect(bytesOf(JOB)).toEqual({ before: 3100, after: 1200 });
  expect(bytesOf({ ...JOB, result_asset_ids: [2, 3] })).toBeNull();
});
