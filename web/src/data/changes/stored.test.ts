// @vitest-environment happy-dom
import { expect, it, vi } from "vitest";

import type { PostDetails } from "../client";
import type { Change } from "./changes";
import { newJob } from "./job";
import { readRun, writeRun } from "./stored";

vi.mock("../config", () => ({ config: { viewer: { sqid: "me" }, subject: { sqid: "me" } } }));

const details: Partial<PostDetails> = {
  alt_text: "A lamp",
  content_warnings: ["Flashing"],
  ai_disclosure: "assisted",
  ai_opt_out: true,
};
const changes: Change[] = [
  { kind: "hide", reason: "Asked for" },
  { kind: "unhide" },
  { kind: "delete", reason: "Spam" },
  { kind: "restore" },
  { kind: "license", license: { id: 2, identifier: "CC-BY-4.0" } },
  { kind: "license", license: null },
  { kind: "edit", edit: { title: "Lamp", description: null, details, addHashtags: ["sea"], removeHashtags: ["land"] } },
  { kind: "edit", edit: { details: { alt_text: null, ai_opt_out: null }, addHashtags: [], removeHashtags: [] } },
];

it.each(changes)("goes on after a reload as it was asked for: $kind", (change) => {
  const steps = [
    { change, ids: [1, 2], seen: '"7"' },
    { change, ids: [3] },
  ];
  const run = { job: { ...newJob(change, steps), stepsDone: 1 }, undo: [{ change, ids: [1] }], isUndo: true };
  writeRun(run);
  const { job, ...others } = readRun() ?? {};
  expect(others).toEqual({ undo: run.undo, isUndo: true });
  expect(job).toMatchObject({ status: "paused", error: { isPassing: true } });
  expect({ ...job, status: "running", error: null }).toEqual(run.job);
  writeRun(null);
  expect(readRun()).toBeNull();
});

it("reads nothing of what another version has left", () => {
  sessionStorage.setItem("pmd.job.me.me", JSON.stringify({ change: { kind: "burn" }, steps: [], stepsDone: -1 }));
  expect(readRun()).toBeNull();
});
