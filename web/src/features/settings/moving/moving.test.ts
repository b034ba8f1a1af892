import { expect, test } from "vitest";

import type { Import, ImportCount } from "../../../data/imports/schema";
import { choicesOf, draftOf } from "./choices";
import { itemsOf, readItems, sortedCounts } from "./items";
import {
  accountWords,
  adviceOf,
  countWords,
  draftWords,
  formTitle,
  goneWords,
  itemWords,
  listed,
  newWords,
  packWords,
  plannedOf,
  reasonWords,
  stateWords,
  stepsOf,
  sumsOf,
} from "./words";

const NOW = Date.parse("2026-11-25T12:00:00Z");
const counts: ImportCount[] = [
  { kind: "lost", outcome: "lose", reason: "other_people", count: 4 },
  { kind: "post", outcome: "skip", reason: "posts_are_made_elsewhere", count: 2 },
  { kind: "file", outcome: "make", reason: null, count: 12 },
  { kind: "post", outcome: "change", reason: "license_unknown", count: 1 },
];

const read: Import = {
  id: 5,
  name: "Everything.zip",
  asset_id: 7,
  has_archive: true,
  stage: "report",
  status: "completed",
  progress: 100,
  form: "takeout",
  report: {
    counts,
    licenses: { "CC-BY-4.0": 2, Elsewhere: null },
    hashtags: { sea: 3, wip: 1 },
    warnings: { blood: 1 },
    columns: {},
    forms: ["takeout", "mastodon"],
  },
  choices: { posts_as: "posts", is_hidden: false, licenses: {}, hashtags: {}, warnings: {} },
  item_count: 19,
  made_count: 0,
  failed_count: 0,
  error_message: null,
  created_at: "2026-11-25T11:00:00Z",
  completed_at: "2026-11-25T11:00:01Z",
};

test("each state of an import offers what the service allows then", () => {
  const steps = (change: Partial<Import>) => stepsOf({ ...read, ...change }, NOW);
  expect(steps({})).toEqual(["start"]);
  expect(steps({ report: { ...read.report, counts: [] } })).toEqual([]);
  expect(steps({ status: "failed" })).toEqual(["readAgain"]);
  expect(steps({ stage: "import", status: "running" })).toEqual(["cancel"]);
  expect(steps({ stage: "import", status: "completed", made_count: 3 })).toEqual(["undo"]);
  expect(steps({ stage: "import", status: "completed" })).toEqual([]);
  expect(steps({ stage: "import", status: "failed", made_count: 3 })).toEqual(["goOn", "undo"]);
  expect(steps({ stage: "undo", status: "cancelled" })).toEqual(["undo"]);
  expect(steps({ stage: "undo", status: "completed" })).toEqual(["readAgain"]);
});

test("an import cannot be undone after 30 days", () => {
  const old = { ...read, stage: "import", made_count: 3, completed_at: "2026-10-20T11:00:00Z" } as const;
  expect(stepsOf(old, NOW)).toEqual([]);
});

test("posts that are made elsewhere count where they become files", () => {
  expect(plannedOf(read, false)).toBe(13);
  expect(plannedOf(read, true)).toBe(15);
  expect(newWords(read)).toBe("1 post and 12 files");
  expect(listed(["a", "b", "c"])).toBe("a, b and c");
});

test("the numbers above a report add up by outcome", () => {
  expect(sumsOf(read).map(({ label, value }) => [label, value])).toEqual([
    ["new", 12],
    ["new, with a change", 1],
    ["here already", 0],
    ["twice", 0],
    ["left out", 2],
    ["lost", 4],
  ]);
});

test("the start sends only what differs from the report", () => {
  const draft = draftOf(read, true);
  expect(choicesOf(draft, read)).toEqual(read.choices);
  const changed = {
    ...draft,
    licenses: { ...draft.licenses, Elsewhere: 3, "CC-BY-4.0": null },
    hashtags: { sea: " #ocean ", wip: "" },
    warnings: { blood: " " },
  };
  expect(choicesOf(changed, read)).toMatchObject({
    licenses: { Elsewhere: 3, "CC-BY-4.0": null },
    hashtags: { sea: "ocean", wip: null },
    warnings: { blood: null },
  });
});

test("posts become files where the site does not publish", () => {
  expect(draftOf(read, false).postsAs).toBe("files");
  expect(choicesOf({ ...draftOf(read, true), postsAs: "drafts" }, read)).toMatchObject({ posts_as: "drafts" });
});

test("choices that were started with are shown again", () => {
  const again = { ...read, choices: { ...read.choices, licenses: { Elsewhere: 3 }, hashtags: { wip: null } } };
  expect(draftOf(again, true)).toMatchObject({ licenses: { "CC-BY-4.0": 2, Elsewhere: 3 }, hashtags: { wip: "" } });
});

test("the address names rows of a report, and nothing else", () => {
  for (const count of counts) {
    const { kind, outcome, reason } = count;
    expect(readItems(itemsOf(count))).toEqual({ kind, outcome, ...(reason !== null && { reason }) });
  }
  expect(readItems("failed")).toEqual({ state: "failed" });
  for (const text of ["", "nothing", "post.", "post.eat", "post.make.a b"]) {
    expect(readItems(text)).not.toHaveProperty("reason");
  }
  expect(readItems("post.eat")).toEqual({});
  expect(sortedCounts(counts).map(({ outcome }) => outcome)).toEqual(["make", "change", "skip", "lose"]);
});

test("a form or reason that this page does not know has words", () => {
  expect(formTitle("a_new_form")).toBe("a new form");
  expect(reasonWords("too_new")).toBe("too new");
  expect(counts.map(countWords)).toEqual(["things lost", "posts left out", "new files", "new post, with a change"]);
  const item = { number: 1, kind: "post", title: "", made_kind: null, made_id: null, message: null, item: {} } as const;
  expect(itemWords({ ...item, outcome: "change", reason: "too_new", state: "planned" })).toBe(
    "new, with a change: too new",
  );
  expect(itemWords({ ...item, outcome: "make", reason: null, state: "failed", message: "No room." })).toBe("No room.");
  expect(stateWords({ ...read, report: { ...read.report, counts: [] } })).toBe("Read; nothing in it is new here");
  expect(stateWords({ ...read, stage: "import", made_count: 1, failed_count: 2 })).toBe("Done: 1 thing is here, 2 not");
});

test("what is newer than this page is said in its own words", () => {
  const newer = { ...read, stage: "merge", status: "under_review" } as unknown as Import;
  expect([stepsOf(newer, NOW), stateWords(newer), adviceOf(newer)]).toEqual([[], "under review", ""]);
  expect(stateWords({ ...newer, stage: "report" })).toBe("under review");
  const comments = [...counts, { kind: "comment", outcome: "make", reason: null, count: 2 }] as ImportCount[];
  expect(newWords({ report: { ...read.report, counts: comments } })).toBe("1 post, 12 files and 2 things");
});

test("what there is none of is not counted", () => {
  const none = {
    ...{ post_count: 0, file_count: 0, pack_count: 0, edition_count: 0, draft_count: 0, scheduled_count: 0 },
    ...{ series_count: 0, key_count: 0, webhook_count: 0, post_bytes: 0, file_bytes: 0, edition_bytes: 0 },
  };
  const one = { ...none, pack_count: 1, draft_count: 1, key_count: 1, file_count: 1, file_bytes: 18_000 };
  expect([packWords(none), draftWords(none), accountWords(none)]).toEqual(["none", "none", "settings"]);
  expect(goneWords(none)).toBe("What will be gone: your settings, 0 B in all.");
  expect([packWords(one), draftWords(one), accountWords(one)]).toEqual([
    "1 pack, never built",
    "1 draft",
    "settings, 1 key without its secret",
  ]);
  expect(packWords({ ...one, pack_count: 2, edition_count: 1 })).toBe("2 packs with 1 edition");
  expect(goneWords(one)).toMatch(/^What will be gone: 1 file, 1 pack, 1 draft, 1 key and your settings, /);
});
