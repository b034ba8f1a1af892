import { expect, it } from "vitest";

import { groupJobs } from "./groups";
import { isFound, isUnder, sorted } from "./listing";
import { bytesOf, changeOf, headlineOf } from "./results";
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

const job = (id: number, some: Partial<Job>): Job =>
  ({
    ...{ id, kind: "upscale", group_id: null, status: "completed", progress: 100, step: null, started_at: null },
    ...{ result: null, result_asset_ids: [], unchanged_reason: null, asset_ids: [], asset_name: "hero.png" },
    ...{ pack_name: null, created_at: `2026-11-0${id}T10:00:00Z` },
    ...some,
  }) as Job;

it("a state that is newer than this page stands in its own words", () => {
  const [group] = groupJobs([job(1, { status: "being_weighed" as Job["status"] })]);
  expect(group?.status).toBe("being_weighed");
  expect(group && headlineOf(group)).toBe("being weighed");
});

it("says how many of a group have ended, in whatever way", () => {
  const headline = (...states: Job["status"][]) => {
    const [group] = groupJobs(states.map((status, place) => job(place + 1, { status, group_id: "g" })));
    return group && headlineOf(group);
  };
  expect(headline("completed", "failed", "cancelled", "running", "pending")).toBe("Running: 3 of 5");
  expect(headline("cancelled", "pending")).toBe("Running: 1 of 2");
  expect(headline("pending", "pending")).toBe("Waiting");
  expect(headline("running", "pending")).toBe("Running: 0 of 2");
  expect([headline("running"), headline("pending")]).toEqual(["Running", "Waiting"]);
});

it("tasks are found by words, stand under their tabs, and in the chosen order", () => {
  const groups = groupJobs([
    job(1, { result: { state: "new" } as Job["result"], result_asset_ids: [9] }),
    job(2, { result: { state: "approved" } as Job["result"], result_asset_ids: [9], asset_name: "Café 10.png" }),
    job(3, { kind: "denoise_audio", status: "failed", asset_name: "café 9.wav" }),
    job(4, { kind: "export_pack", status: "running", asset_name: null, pack_name: "Dragons" }),
  ]);
  const idsOf = (some: readonly { jobs: readonly Job[] }[]) => some.map(({ jobs: [first] }) => first?.id);
  const under = (["", "unfinished", "new", "failed", "kept"] as const).map((tab) =>
    idsOf(groups.filter((group) => isUnder(group, tab))),
  );
  expect(under).toEqual([[4, 3, 2, 1], [4], [1], [3], [2]]);
  const found = ["cafe", "SOUND 9", "dragons", "enlarge café", "dragons hero"].map((text) =>
    idsOf(groups.filter((group) => isFound(group, text))),
  );
  expect(found).toEqual([[3, 2], [3], [4], [2], []]);
  expect(idsOf(sorted(groups, "file"))).toEqual([3, 2, 4, 1]);
  expect(idsOf(sorted(groups, "kind"))).toEqual([4, 3, 2, 1]);
});
