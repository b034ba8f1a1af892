/** Persists the running bulk change in sessionStorage, so that a reload can resume or undo it. */
import { t } from "@lingui/core/macro";
import * as v from "valibot";

import { config } from "../config";
import { readStored, writeStored } from "../../platform/stored";
import { Post } from "../schema";
import type { Step } from "./changes";
import type { Job } from "./job";

const KEY = `pmd.job.${config.viewer.sqid}.${config.subject.sqid}`;

const Tags = v.array(v.string());
const Text = v.optional(v.nullable(v.string()));
const Texts = v.object({ title: Text, description: Text });
const Details = v.object({
  alt_text: Text,
  content_warnings: v.optional(Tags),
  ai_disclosure: v.optional(Post.entries.ai_disclosure),
  ai_opt_out: v.optional(v.nullable(v.boolean())),
});
const Change = v.variant("kind", [
  v.object({ kind: v.picklist(["hide", "unhide", "delete", "restore"]), reason: v.optional(v.string()) }),
  v.object({ kind: v.literal("license"), license: v.nullable(v.object({ id: v.number(), identifier: v.string() })) }),
  v.object({
    kind: v.literal("edit"),
    edit: v.object({
      ...Texts.entries,
      details: v.optional(Details),
      addHashtags: Tags,
      removeHashtags: Tags,
    }),
  }),
]);
const Steps = v.array(
  v.object({ change: Change, ids: v.array(v.number()), seen: v.optional(v.string()), from: v.optional(Texts) }),
);
const Stored = v.object({
  change: Change,
  steps: Steps,
  stepsDone: v.pipe(v.number(), v.integer(), v.minValue(0)),
  undo: Steps,
  isUndo: v.boolean(),
});

export interface StoredRun {
  job: Job;
  undo: readonly Step[];
  isUndo: boolean;
}

export function readRun(): StoredRun | null {
  const stored = readStored(sessionStorage, KEY, Stored);
  if (stored === null) return null;
  const { change, steps, stepsDone, undo, isUndo } = stored as v.InferOutput<typeof Stored> &
    Pick<Job, "change" | "steps">;
  const error = { message: t`The page was closed before this finished.`, isPassing: true, retryAt: null };
  return { job: { change, steps, stepsDone, status: "paused", error }, undo: undo as Step[], isUndo };
}

/** Null: none is running. */
export function writeRun(run: StoredRun | null): void {
  const stored = run && { ...partsOf(run.job), undo: run.undo, isUndo: run.isUndo };
  writeStored(sessionStorage, KEY, stored);
}

const partsOf = ({ change, steps, stepsDone }: Job) => ({ change, steps, stepsDone });
