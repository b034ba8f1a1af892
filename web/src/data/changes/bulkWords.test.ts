import { describe, expect, it } from "vitest";

import type { License } from "../schema";
import { detailOf, outcomeWords, titleOf, undoWords } from "./bulkWords";
import type { BulkChange } from "./schema";

const ended = {
  ...{ request: { action: "hide" }, undo_of_id: null, status: "completed", error_message: null },
  ...{ found_count: 10, done_count: 10, changed_count: 10, skipped_count: 0 },
};
const change = (part: object) => ({ ...ended, ...part }) as unknown as BulkChange;

it.each([
  [{}, "Hide 10 posts"],
  [{ found_count: 1, request: { action: "delete" } }, "Delete 1 post"],
  [{ undo_of_id: 3 }, "Undo: hide 10 posts"],
  [{ request: { action: "polish" } }, "10 posts"],
])("a change with %j is called: %s", (part, said) => {
  expect(titleOf(change(part))).toBe(said);
});

describe("the outcome", () => {
  it.each([
    [{}, "10 posts hidden."],
    [{ changed_count: 1, done_count: 1 }, "1 post hidden."],
    [{ changed_count: 7, skipped_count: 1 }, "7 posts hidden. 2 were already hidden. 1 post was left as it was."],
    [{ changed_count: 8, skipped_count: 2 }, "8 posts hidden. 2 posts were left as they were."],
    [{ changed_count: 0 }, "10 were already hidden."],
    [{ done_count: 0, changed_count: 0 }, "No post was left to change."],
    [{ undo_of_id: 3, changed_count: 8 }, "8 posts visible again."],
    [{ status: "cancelled", done_count: 0, changed_count: 0 }, "Cancelled after 0 of 10 posts."],
    [{ status: "cancelled", done_count: 1, changed_count: 1 }, "Cancelled after 1 of 10 posts. 1 post hidden."],
    [{ status: "failed", error_message: "Broken." }, "Broken."],
    [{ status: "failed" }, "The change failed."],
    [{ request: { action: "polish" }, changed_count: 7 }, "7 posts changed."],
  ])("of %j is told as: %s", (part, said) => {
    expect(outcomeWords(change(part))).toBe(said);
  });
});

describe("beside a change, its undo", () => {
  it.each([
    [{}, "Undone"],
    [{ changed_count: 9 }, "Undone"],
    [{ status: "pending", changed_count: 0 }, "Undoing…"],
    [{ status: "cancelled", changed_count: 4 }, "Undo stopped: 4 of 10 posts as before"],
    [{ status: "failed", found_count: 1, changed_count: 0 }, "Undo stopped: 0 of 1 post as before"],
    [{ changed_count: 8, skipped_count: 2 }, "Undone in part: 8 of 10 posts as before"],
    [{ changed_count: 0, skipped_count: 10 }, "Not undone"],
  ])("of %j is told as: %s", (part, said) => {
    expect(undoWords(change({ undo_of_id: 3, ...part }))).toBe(said);
  });
});

describe("the details", () => {
  const licenses = [{ id: 7, identifier: "CC0-1.0" }] as License[];
  it.each([
    [{ action: "license", license_id: 7 }, "CC0-1.0"],
    [{ action: "license", license_id: 8 }, "No licence"],
    [{ action: "license" }, "No licence"],
    [{ action: "hashtags", add_hashtags: ["a", "b"], remove_hashtags: ["c"] }, "+#a +#b −#c"],
    [{ action: "hide" }, ""],
    [{ action: "polish" }, ""],
    [{ action: "details", content_warnings: [] }, "no warnings"],
    [{ action: "details", content_warnings: ["A", "B"] }, "warnings: A, B"],
    [{ action: "details", ai_disclosure: "assisted" }, "use of AI: assisted"],
  ])("of %j are: %s", (request, said) => {
    expect(detailOf(change({ request }), licenses)).toBe(said);
  });

  const of = (part: object) => detailOf(change({ request: { action: "details", ...part } }), licenses);
  it("are what was set, and nothing of what was left", () => {
    const alone = [
      { alt_text: "A lamp" },
      { content_warnings: ["Flashing"] },
      { ai_opt_out: true },
      { ai_opt_out: null },
    ];
    const told = [...alone, { ai_opt_out: false }, { ai_disclosure: null }, {}].map(of);
    expect(told).toEqual([
      "alt text “A lamp” where there was none",
      "warnings: Flashing",
      "not for training AI",
      "training AI: the default",
      "for training AI",
      "use of AI: not said",
      "",
    ]);
    const all = of({ ...alone[0], ...alone[1], ...alone[2] });
    expect(all).toBe(told.slice(0, 3).join(" · "));
  });
});
