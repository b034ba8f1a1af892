// Written by “make types” from /api/openapi.json.
import type { Schema } from "@pmd/client";
import * as v from "valibot";

const time = v.pipe(v.string(), v.isoTimestamp());
const whole = v.pipe(v.number(), v.integer());

/** How many items of a kind have this outcome for this reason. */
export const ImportCount = v.object({
  kind: v.string() as v.GenericSchema<unknown, "draft" | "file" | "lost" | "pack" | "post" | "series" | "setting">,
  outcome: v.string() as v.GenericSchema<unknown, "change" | "double" | "lose" | "make" | "present" | "skip">,
  reason: v.nullable(v.string()),
  count: whole,
});
export type ImportCount = v.InferOutput<typeof ImportCount>;

/** A report's sums, and what can be mapped at the start. */
const ImportReport = v.object({
  counts: v.optional(v.array(ImportCount), []),
  forms: v.optional(v.array(v.string()), []),
  licenses: v.optional(v.record(v.string(), v.nullable(whole)), {}),
  hashtags: v.optional(v.record(v.string(), whole), {}),
  warnings: v.optional(v.record(v.string(), whole), {}),
  columns: v.optional(v.record(v.string(), v.nullable(v.string())), {}),
});

/** What an import makes of the archive; the keys of the mappings are as the archive has them, null leaves out. */
const ImportChoices = v.object({
  posts_as: v.optional(v.string() as v.GenericSchema<unknown, "drafts" | "files" | "posts">, "posts"),
  is_hidden: v.optional(v.boolean(), false),
  licenses: v.optional(v.record(v.string(), v.nullable(whole)), {}),
  hashtags: v.optional(v.record(v.string(), v.nullable(v.string())), {}),
  warnings: v.optional(v.record(v.string(), v.nullable(v.string())), {}),
});

/** An import. A report that is `completed` waits to be started; nothing has been made until then. */
export const Import = v.object({
  id: whole,
  name: v.string(),
  asset_id: whole,
  has_archive: v.boolean(),
  stage: v.string() as v.GenericSchema<unknown, "import" | "report" | "undo">,
  status: v.string() as v.GenericSchema<unknown, "cancelled" | "completed" | "failed" | "pending" | "running">,
  progress: v.number(),
  form: v.nullable(v.string()),
  report: ImportReport,
  choices: ImportChoices,
  item_count: whole,
  made_count: whole,
  failed_count: whole,
  error_message: v.nullable(v.string()),
  created_at: time,
  completed_at: v.nullable(time),
});
export type Import = v.InferOutput<typeof Import>;

/** One page, newest first; `next_cursor` is null on the last one. */
export const ImportPage = v.object({
  items: v.array(Import),
  next_cursor: v.nullable(v.string()),
});
export type ImportPage = v.InferOutput<typeof ImportPage>;

/** A row of the report; `item` is as the archive describes it, `message` why it was not made. */
export const ImportedItem = v.object({
  number: whole,
  kind: v.string() as v.GenericSchema<unknown, "draft" | "file" | "lost" | "pack" | "post" | "series" | "setting">,
  title: v.string(),
  outcome: v.string() as v.GenericSchema<unknown, "change" | "double" | "lose" | "make" | "present" | "skip">,
  reason: v.nullable(v.string()),
  state: v.string() as v.GenericSchema<unknown, "failed" | "made" | "planned" | "present" | "undone">,
  made_kind: v.nullable(v.string() as v.GenericSchema<unknown, "draft" | "file" | "pack" | "post" | "series" | "setting">),
  made_id: v.nullable(whole),
  message: v.nullable(v.string()),
  item: v.record(v.string(), v.unknown()),
});
export type ImportedItem = v.InferOutput<typeof ImportedItem>;

/** One page of a report, in the archive's order; `next_cursor` is null on the last one. */
export const ItemPage = v.object({
  items: v.array(ImportedItem),
  next_cursor: v.nullable(v.string()),
});
export type ItemPage = v.InferOutput<typeof ItemPage>;

/** The body of POST /api/pmd/imports. */
export type ImportRequest = Schema<"ImportRequest">;

/** What an import makes of the archive; the keys of the mappings are as the archive has them, null leaves out. */
export type Choices = Schema<"ImportChoices">;


export const formTitles: Readonly<Record<string, string>> = {
  "takeout": "A takeout",
  "pixelfed": "A Pixelfed export with its pictures",
  "mastodon": "A Mastodon archive",
  "instagram": "An Instagram export in the format JSON",
  "table": "A folder with a CSV",
  "gallery_dl": "A folder of gallery-dl",
  "side_files": "A folder with side files"
};

export const archiveEndings: readonly string[] = [
  ".zip",
  ".tar.gz",
  ".tgz"
];
