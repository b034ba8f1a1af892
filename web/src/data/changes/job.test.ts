import { describe, expect, it } from "vitest";

import { PMDError } from "@pmd/client";
import { aPost } from "../../testing/posts";
import { applyChange, type Change, onlyOf, planSteps, planUndo, type Step } from "./changes";
import { doneIds, type Job, jobDone, jobTotal, newJob, pendingChanges, runJob, touchedIds, withoutGone } from "./job";

const hide: Change = { kind: "hide" };
const ids = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const hiding = (count: number) => newJob(hide, planSteps(hide, ids(count)));
const sizes = (steps: readonly Step[]) => steps.map((step) => step.ids.length);

describe("chunks", () => {
  it("hold at most 128 posts, each post once and in order", () => {
    const steps = planSteps(hide, ids(300));
    expect(sizes(steps)).toEqual([128, 128, 44]);
    expect(steps.flatMap((step) => step.ids)).toEqual(ids(300));
    expect(sizes(planSteps(hide, ids(128)))).toEqual([128]);
    expect(planSteps(hide, [])).toEqual([]);
  });
});

/** A service that refuses the requests with these numbers. */
function service(...refused: number[]) {
  const sent: Step[] = [];
  let number = 0;
  const send = (step: Step) => {
    number += 1;
    if (refused.includes(number)) return Promise.reject(new PMDError(503, "Not now."));
    sent.push(step);
    return Promise.resolve();
  };
  return { sent, send };
}

function running(send: (step: Step) => Promise<void>, report: (job: Job) => void = () => undefined) {
  return { send, report, isStopped: () => false };
}

describe("a job", () => {
  it("reports each confirmed step and ends with all of them", async () => {
    const { sent, send } = service();
    const told: number[] = [];
    const job = await runJob(
      hiding(300),
      running(send, (now) => told.push(jobDone(now))),
    );
    expect(sizes(sent)).toEqual([128, 128, 44]);
    expect(told).toEqual([0, 128, 256, 300]);
    expect(job.status).toBe("running");
    expect(doneIds(job)).toEqual(ids(300));
  });

  it("stops at the first failure, and goes on from there without repeating what is done", async () => {
    const { sent, send } = service(2);
    const paused = await runJob(hiding(300), running(send));
    expect(paused.status).toBe("paused");
    expect(paused.error?.message).toBe("Not now.");
    expect([jobDone(paused), jobTotal(paused)]).toEqual([128, 300]);
    const ended = await runJob(paused, running(send));
    expect(jobDone(ended)).toBe(300);
    expect(sent.flatMap((step) => step.ids)).toEqual(ids(300));
  });

  it("can be stopped between two requests, and is done as far as it was confirmed", async () => {
    const { sent, send } = service();
    const job = await runJob(hiding(300), {
      ...running(send),
      isStopped: () => sent.length === 2,
    });
    expect([job.status, jobDone(job)]).toEqual(["running", 256]);
    expect(sizes(sent)).toEqual([128, 128]);
  });

  it("counts the request without an answer among what the service may have done", () => {
    const job: Job = { ...hiding(300), stepsDone: 1 };
    expect(doneIds(job)).toHaveLength(128);
    expect(touchedIds(job)).toEqual(ids(256));
  });

  it("shows as changed what is under way, and nothing more once it has stopped", async () => {
    const { send } = service(2);
    const shown: number[] = [];
    const job = await runJob(
      hiding(200),
      running(send, (now) => shown.push(pendingChanges(now).size)),
    );
    expect(shown).toEqual([200, 72, 0]);
    expect(pendingChanges(job).size).toBe(0);
    expect(pendingChanges(null).size).toBe(0);
  });

  it("leaves out what is gone, but only of what is still to do", () => {
    const job: Job = { ...hiding(300), stepsDone: 1, status: "paused" };
    const rest = withoutGone(job, (id) => id > 10 && id <= 256);
    expect(sizes(rest.steps)).toEqual([128, 128]);
    expect(jobTotal(rest)).toBe(256);
  });
});

describe("undo", () => {
  const before = [
    aPost(1, { hashtags: ["old", "sea"] }),
    aPost(2, { hidden_by_user: true, content_warnings: ["Blood"], ai_opt_out: true }),
    aPost(3, { hidden_by_mod: true, license_identifier: "CC0-1.0" }),
  ];
  const edit: Change = {
    kind: "edit",
    edit: { title: "New", addHashtags: ["sea", "sky"], removeHashtags: ["old"] },
  };
  const details: Change = {
    kind: "edit",
    edit: {
      details: { content_warnings: ["Blood"], ai_disclosure: "none", ai_opt_out: null },
      ...{ addHashtags: [], removeHashtags: [] },
    },
  };
  const cc0 = { id: 1, identifier: "CC0-1.0", title: "CC0", url: null };
  const by = { id: 2, identifier: "CC-BY-4.0", title: "BY", url: null };
  const undo = (change: Change, byModerator = false) => planUndo(change, before, byModerator, [cc0, by]);

  it("shows again only what was not hidden before, by the flag of whoever acts", () => {
    expect(undo(hide)).toEqual([{ change: { kind: "unhide" }, ids: [1, 3] }]);
    expect(undo(hide, true)).toEqual([{ change: { kind: "unhide" }, ids: [1, 2] }]);
    expect(undo({ kind: "unhide" })).toEqual([{ change: { kind: "hide" }, ids: [2] }]);
  });

  it("restores everything that was deleted, and deletes again what was restored", () => {
    expect(undo({ kind: "delete" })).toEqual([{ change: { kind: "restore" }, ids: [1, 2, 3] }]);
    expect(undo({ kind: "restore" })).toEqual([{ change: { kind: "delete" }, ids: [1, 2, 3] }]);
  });

  it("gives each post its own licence back", () => {
    expect(undo({ kind: "license", license: by })).toEqual([
      { change: { kind: "license", license: null }, ids: [1, 2] },
      { change: { kind: "license", license: cc0 }, ids: [3] },
    ]);
    expect(undo({ kind: "license", license: cc0 })).toEqual([
      { change: { kind: "license", license: null }, ids: [1, 2] },
    ]);
  });

  it("takes back only what was done", () => {
    expect(onlyOf(undo({ kind: "delete" }), new Set([2, 3]))).toEqual([{ change: { kind: "restore" }, ids: [2, 3] }]);
    expect(onlyOf(undo({ kind: "delete" }), new Set())).toEqual([]);
  });

  it("brings every post back to what it was", () => {
    const sorted = (posts: typeof before) => posts.map((post) => ({ ...post, hashtags: post.hashtags.toSorted() }));
    for (const byModerator of [false, true]) {
      for (const change of [
        hide,
        { kind: "unhide" },
        { kind: "license", license: by },
        edit,
        details,
      ] satisfies Change[]) {
        const steps = [...planSteps(change, [1, 2, 3]), ...planUndo(change, before, byModerator, [cc0, by])];
        const after = before.map((post) =>
          steps.reduce(
            (now, step) => (step.ids.includes(post.id) ? (applyChange(step.change, now, byModerator) ?? now) : now),
            post,
          ),
        );
        expect(sorted(after)).toEqual(sorted(before));
      }
    }
  });
});
