/** Imports for tests. */
import type { Import, ImportCount } from "../data/imports/schema";
import { at, MINUTE } from "./service";

export const countOf = (kind: ImportCount["kind"], outcome: ImportCount["outcome"], count: number): ImportCount => ({
  ...{ kind, outcome, count, reason: null },
});

const report = { counts: [], forms: ["takeout"], licenses: {}, hashtags: {}, warnings: {}, columns: {} };

/** Read, and not yet started. */
export function importOf({ report: told = {}, ...part }: Partial<Omit<Import, "report">> & { report?: object } = {}) {
  return {
    ...{ id: 5, name: "All.zip", asset_id: 7, has_archive: true, stage: "report", status: "completed", progress: 100 },
    form: "takeout",
    choices: { posts_as: "posts", is_hidden: false, licenses: {}, hashtags: {}, warnings: {} },
    ...{ item_count: 9, made_count: 0, failed_count: 0, error_message: null },
    ...{ created_at: at(-5 * MINUTE), completed_at: at(-4 * MINUTE) },
    report: { ...report, counts: [countOf("post", "make", 3), countOf("file", "make", 2)], ...told },
    ...part,
  } as Import;
}
