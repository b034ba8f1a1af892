// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { renderHook } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { orderOf } from "../../platform/selection";
import { draftOf } from "../../testing/drafts";
import type { ColumnId, Names } from "./cells";
import type { Draft } from "./schema";
import { useWriting } from "./useWriting";

const desk = vi.hoisted(() => ({
  write: vi.fn(),
  undo: vi.fn(),
  sheet: { get: () => new Map<number, { shown: unknown }>() },
}));
const service = vi.hoisted(() => ({ addSeries: vi.fn(), refreshDesk: vi.fn() }));
const loadedNames = vi.hoisted(() => vi.fn());
const told = vi.hoisted(() => ({ announce: vi.fn(), info: vi.fn(), error: vi.fn() }));
vi.mock("./useDrafts", () => ({ desk }));
vi.mock("./api", () => service);
vi.mock("../../data/publishing/series", () => service);
vi.mock("./useQueue", () => ({ loadedNames }));
vi.mock("../../ui/announce", () => ({ announce: told.announce }));
vi.mock("../../ui/toast", () => ({ toast: told }));

const COLUMNS: readonly ColumnId[] = ["picture", "title", "hashtags", "series_id", "when"];
const NAMES: Names = { licences: [{ id: 4, identifier: "CC0-1.0" }], series: [{ id: 8, name: "Sea" }] };
const DRAFTS = [
  draftOf({ id: 1, title: "One", hashtags: ["a"], series_id: 8, due_at: "2026-01-02T00:00:00Z" }),
  draftOf({ id: 2, title: "Two", content_warnings: ["blood"] }),
  draftOf({ id: 3, title: 'Three "3"', content_warnings: ["blood", "spiders"] }),
];

function opened(drafts: readonly Draft[] = DRAFTS, columns = COLUMNS) {
  desk.sheet.get = () => new Map(drafts.map((draft) => [draft.id, { shown: draft }]));
  return renderHook(() => useWriting({ order: orderOf(DRAFTS), columns, names: NAMES })).result.current;
}
const range = (top: number, bottom: number, left = 1, right = left) => ({ top, bottom, left, right });
type Written = [{ id: number; field: string; before: unknown; after: unknown }[]];
const written = () =>
  (desk.write.mock.calls as Written[]).map(([step]) => step.map(({ id, field, after }) => [id, field, after]));
beforeEach(() => {
  vi.resetAllMocks();
  loadedNames.mockResolvedValue(NAMES);
});

describe("texts", () => {
  it("are written as one step, with what was there before", async () => {
    await opened().writeTexts([
      { id: 1, field: "title", text: " New " },
      { id: 2, field: "hashtags", text: "#x y" },
      { id: 9, field: "title", text: "Of no draft" },
    ]);
    expect(desk.write.mock.calls).toEqual([
      [
        [
          { id: 1, field: "title", before: "One", after: "New" },
          { id: 2, field: "hashtags", before: [], after: ["x", "y"] },
        ],
        new Map(),
      ],
    ]);
    expect([loadedNames, service.addSeries, service.refreshDesk, told.error].map(({ mock }) => mock.calls)).toEqual([
      ...[[], [], [], []],
    ]);
  });

  it("say what their cells had when they were opened", async () => {
    await opened().writeTexts([{ id: 1, field: "title", text: "New", seen: "Old" }]);
    expect(desk.write.mock.lastCall?.[1]).toEqual(new Map([[1, { title: "Old" }]]));
  });

  it.each([
    ["license_id", "CC0 1.0", 4],
    ["series_id", "sea", 8],
  ] as const)("that name a %s wait for the names that there are", async (field, text, after) => {
    await opened().writeTexts([{ id: 2, field, text }]);
    expect([written(), loadedNames.mock.calls.length, service.addSeries.mock.calls]).toEqual([
      ...[[[[2, field, after]]], 1, []],
    ]);
  });

  it("make a series that is not there once, for all that name it", async () => {
    service.addSeries.mockResolvedValue({ id: 12 });
    await opened().writeTexts([
      { id: 1, field: "series_id", text: "Fog" },
      { id: 2, field: "series_id", text: "fog" },
      { id: 3, field: "title", text: "X" },
    ]);
    expect(service.addSeries.mock.calls).toEqual([["Fog"]]);
    expect(desk.write.mock.calls).toEqual([
      [
        [
          { id: 3, field: "title", before: 'Three "3"', after: "X" },
          { id: 1, field: "series_id", before: 8, after: 12 },
          { id: 2, field: "series_id", before: null, after: 12 },
        ],
        new Map(),
      ],
    ]);
    expect(service.refreshDesk).toHaveBeenCalledTimes(1);
  });

  it("are written even where a series cannot be made, which is said", async () => {
    service.addSeries.mockResolvedValueOnce({ id: 12 }).mockRejectedValueOnce(new PMDError(409, "Too many series."));
    await opened().writeTexts([
      { id: 1, field: "series_id", text: "Fog" },
      { id: 2, field: "series_id", text: "Rain" },
      { id: 3, field: "title", text: "X" },
    ]);
    expect([written(), told.error.mock.calls, service.refreshDesk.mock.calls.length]).toEqual([
      [
        [
          [3, "title", "X"],
          [1, "series_id", 12],
        ],
      ],
      [["Too many series."]],
      1,
    ]);
  });

  it.each([
    [["x"], "1 cell stays as before: There is no licence “x”."],
    [["x", "y"], "2 cells stay as before: There is no licence “x”."],
  ])("that no cell can take are told: %j", async (texts, words) => {
    await opened().writeTexts(texts.map((text, index) => ({ id: index + 1, field: "license_id", text })));
    expect([told.error.mock.calls, written()]).toEqual([[[words]], [[]]]);
  });
});

it.each([
  ["the first row of a range", range(0, 2), [2, 3], "One"],
  ["the row above one row", range(1, 1), [2], "One"],
  ["its first row, where the range begins further down", range(1, 2), [3], "Two"],
])("fills down %s", (_what, box, ids, title) => {
  opened().fillDown(box);
  expect(written()).toEqual([ids.map((id) => [id, "title", title])]);
  expect(told.announce.mock.calls).toEqual([[ids.length === 1 ? "1 cell filled" : "2 cells filled"]]);
});

it("does not fill the first row, which has none above it", () => {
  opened().fillDown(range(0, 0));
  expect([desk.write.mock.calls, told.announce.mock.calls]).toEqual([[], []]);
});

it("clears what can be written, lists as lists", () => {
  opened().clear(range(0, 1, 0, 4));
  const cleared = (id: number) => [
    [id, "title", null],
    [id, "hashtags", []],
    [id, "series_id", null],
  ];
  expect([written(), told.announce.mock.calls]).toEqual([[[...cleared(1), ...cleared(2)]], [["6 cells cleared"]]]);
});

it("copies a range as it is shown, with the picture's name and the time", () => {
  const withFile = draftOf({ ...DRAFTS[0], file: { name: "one.png" } as Draft["file"] });
  const text = opened([withFile, ...DRAFTS.slice(1)]).copy(range(0, 2, 0, 4));
  expect(text).toBe(
    ["one.png\tOne\t#a\tSea\t2026-01-02T00:00:00Z", "\tTwo\t\t\t", '\t"Three ""3"""\t\t\t'].join("\r\n"),
  );
  expect(opened().copy(range(1, 1, 1, 2))).toBe("Two\t");
});

it("leaves out of a copy what has gone meanwhile", () => {
  expect(opened(DRAFTS.slice(1)).copy(range(0, 1))).toBe("Two");
});

it.each([
  ["One cell", "A", range(0, 0), [[1, "title", "A"]], "1 cell pasted", null],
  [
    "more rows than there are",
    "A\nB",
    range(2, 2),
    [[3, "title", "A"]],
    "1 cell pasted",
    "1 pasted cell had no place: there are no more rows or columns.",
  ],
  [
    "columns that take none",
    "A\t#b\tSea\tnow\tmore",
    range(0, 0),
    [
      [1, "title", "A"],
      [1, "hashtags", ["b"]],
      [1, "series_id", 8],
    ],
    "3 cells pasted",
    "2 pasted cells had no place: there are no more rows or columns.",
  ],
])("pastes %s, and says what had no place", async (_what, text, box, cells, words, left) => {
  await opened().paste(text, box);
  expect([written(), told.announce.mock.calls, told.info.mock.calls]).toEqual([
    ...[[cells], [[words]], left === null ? [] : [[left]]],
  ]);
});

it.each([
  [true, [["spiders"], ["blood", "spiders"], ["blood", "spiders"]]],
  [false, [[], ["blood"], ["blood"]]],
])("sets a warning for several at once: %s", (isOn, after) => {
  opened().setWarnings([1, 2, 3], "spiders", isOn);
  expect(written()).toEqual([after.map((words, index) => [index + 1, "content_warnings", words])]);
});

describe("an undo", () => {
  const cells = [{ id: 1, column: "title" }];
  it.each([
    [false, "Undone: 1 cell"],
    [true, "Redone: 1 cell"],
  ])("says what it did, and gives the cells (redo: %s)", (isRedo, words) => {
    desk.undo.mockReturnValue({ cells, left: 0 });
    expect([opened().undo(isRedo), desk.undo.mock.calls, told.announce.mock.calls, told.info.mock.calls]).toEqual([
      ...[cells, [[isRedo]], [[words]], []],
    ]);
  });

  it.each([
    [1, "1 cell stayed as they are: they were written since."],
    [2, "2 cells stayed as they are: they were written since."],
  ])("says what was written since: %i", (left, words) => {
    desk.undo.mockReturnValue({ cells, left });
    opened().undo(false);
    expect(told.info.mock.calls).toEqual([[words]]);
  });

  it.each([
    [false, "There is nothing to undo."],
    [true, "There is nothing to redo."],
  ])("of nothing says so (redo: %s)", (isRedo, words) => {
    desk.undo.mockReturnValue(null);
    expect([opened().undo(isRedo), told.info.mock.calls, told.announce.mock.calls]).toEqual([null, [[words]], []]);
  });
});
