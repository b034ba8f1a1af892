// @vitest-environment happy-dom
import { renderHook } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";

import type { Choice } from "./chosen";
import { dismissOffer, offer, offerChosen, useOffered } from "./offered";

const resumeWith = vi.hoisted(() => vi.fn());
const toast = vi.hoisted(() => ({ success: vi.fn(), info: vi.fn() }));
vi.mock("./sender", () => ({ resumeWith }));
vi.mock("../../ui/toast", () => ({ toast }));

const choiceOf = (paths: readonly string[], leftOut: readonly string[] = []): Choice => ({
  files: paths.map((path) => ({ path, file: new File(["x"], path) })),
  leftOut: leftOut.map((path) => ({ path, size_bytes: 1, left_out: "hidden" })),
});
const offered = () => renderHook(() => useOffered()).result.current;
beforeEach(() => {
  vi.resetAllMocks();
  resumeWith.mockImplementation((others: Choice["files"]) => ({ resumed: 0, others }));
  const left = offered();
  if (left) dismissOffer(left);
});

it.each([
  [1, "Resuming 1 file."],
  [2, "Resuming 2 files."],
])("resumes what was waited for (%i), and asks about the rest", (resumed, words) => {
  const choice = choiceOf(["a", "b", "c"], [".x"]);
  const others = choice.files.slice(resumed);
  resumeWith.mockReturnValue({ resumed, others });
  offer(choice);
  expect([resumeWith.mock.calls, offered(), toast.success.mock.calls]).toEqual([
    ...[[[choice.files]], { files: others, leftOut: choice.leftOut }, [[words]]],
  ]);
});

it("asks about all where none was waited for, and about none where all were", () => {
  const choice = choiceOf(["a"]);
  offer(choice);
  expect([offered(), toast.success.mock.calls]).toEqual([choice, []]);
  dismissOffer(offered() ?? choice);
  resumeWith.mockReturnValue({ resumed: 1, others: [] });
  offer(choice);
  expect([offered(), toast.info.mock.calls]).toEqual([null, []]);
});

it.each([
  [[], "There are no files to upload in it."],
  [[".git", ".x"], "There are no files to upload in it. “.git” and the like are hidden or unfinished, and left out."],
])("says that there is nothing to upload beside %j", (leftOut, words) => {
  offer(choiceOf([], leftOut));
  expect([toast.info.mock.calls, offered()]).toEqual([[[words]], null]);
});

it("is dismissed, but not one that was dropped since", () => {
  offer(choiceOf(["a"]));
  const first = offered();
  offer(choiceOf(["b"]));
  if (first) dismissOffer(first);
  expect(offered()?.files[0]?.path).toBe("b");
});

it("takes what a field has, which can have the same again", () => {
  const target = { files: [new File(["x"], "a.png")] as unknown as FileList, value: "a.png" } as HTMLInputElement;
  offerChosen({ target });
  expect([offered()?.files.map(({ path }) => path), target.value]).toEqual([["a.png"], ""]);
  resumeWith.mockClear();
  offerChosen({ target: { files: [] as unknown as FileList, value: "" } as HTMLInputElement });
  offerChosen({ target: { files: null, value: "" } as HTMLInputElement });
  expect([resumeWith.mock.calls, toast.info.mock.calls]).toEqual([[], []]);
});
