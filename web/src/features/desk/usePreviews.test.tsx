// @vitest-environment happy-dom
import { renderHook } from "@testing-library/react";
import { expect, it } from "vitest";

import { draftOf } from "../../testing/drafts";
import type { Draft } from "./schema";
import type { Sheet } from "./sheet";
import { usePreviews } from "./usePreviews";

const FILE = { name: "blue_sea.png", folder: "a/pictures" } as Draft["file"];
const DRAFTS = [
  draftOf({ id: 4, file: FILE, due_at: "2026-01-05T23:30:00Z" }),
  draftOf({ id: 2, due_at: null }),
  draftOf({ id: 3 }),
];
const sheet = new Map(DRAFTS.map((shown) => [shown.id, { shown }])) as unknown as Sheet;
const plan = new Map([
  [2, "2026-01-08T12:00:00Z"],
  [4, "2026-01-09T12:00:00Z"],
]);
const options = { sheet, plan, zone: "Europe/Berlin", today: "2026-01-01" };
const made = (pattern: string | null, ids = "4,2,3") => {
  const { result } = renderHook(() => usePreviews(pattern, ids, options));
  return result.current && [...result.current];
};

it.each([null, ""])("is nothing without a pattern: %s", (pattern) => {
  expect(made(pattern)).toBeNull();
});

it.each([
  ["{n} of {count}", ["1 of 3", "2 of 3", "3 of 3"]],
  ["{name}, {folder}", ["blue sea, pictures", ", ", ", "]],
  // Its own day before that of the plan, and today where there is neither.
  ["{date}", ["2026-01-06", "2026-01-08", "2026-01-01"]],
])("says what “%s” makes of each, in their order", (pattern, texts) => {
  expect(made(pattern)).toEqual([4, 2, 3].map((id, index) => [id, texts[index]]));
});
