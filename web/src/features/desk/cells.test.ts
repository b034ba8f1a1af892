import { describe, expect, it } from "vitest";

import { isSame } from "../../ui/edits";
import { type Names, textOf, valueOf } from "./cells";
import { patterned } from "./pattern";
import { boxOf, filledTo, moved, repeats, sourceRow, stepped } from "./range";
import { formatTsv, parseTsv } from "./tsv";
import { filledStep, pastedTexts, writtenTexts } from "./write";
import { orderOf } from "../../platform/selection";
import { draftOf } from "../../testing/drafts";

const names: Names = {
  licences: [
    { id: 1, identifier: "CC-BY-4.0" },
    { id: 2, identifier: "CC-BY-NC-SA-4.0" },
  ],
  series: [{ id: 3, name: "Forest" }],
};

describe("a cell's text", () => {
  it("is what it shows, and can be read back", () => {
    const draft = draftOf({
      ...{ title: "Imp", hashtags: ["sea", "imp"], content_warnings: ["Blood", "Jump scare"] },
      ...{ license_id: 1, series_id: 3, alt_text: "A red\nimp" },
    });
    for (const field of ["title", "hashtags", "alt_text", "content_warnings", "license_id", "series_id"] as const) {
      expect(valueOf(field, textOf(field, draft, names), names)).toEqual({ value: draft[field] });
    }
    expect(textOf("hashtags", draft, names)).toBe("#sea #imp");
    expect(textOf("license_id", draft, names)).toBe("CC BY");
  });

  it("takes hashtags with and without their sign, each once", () => {
    expect(valueOf("hashtags", " sea, #imp  ##sea ", names)).toEqual({ value: ["sea", "imp"] });
  });

  it("is no value where nothing is left of it", () => {
    expect(valueOf("title", "  ", names)).toEqual({ value: null });
    expect(valueOf("title", "two\n lines", names)).toEqual({ value: "two lines" });
    expect(valueOf("license_id", "", names)).toEqual({ value: null });
  });

  it("names a licence by its short name or its identifier, and a series that is to be made", () => {
    expect(valueOf("license_id", "cc by nc sa 4.0", names)).toEqual({ value: 2 });
    expect(valueOf("license_id", "BY-NC-SA", names)).toEqual({ value: 2 });
    expect(valueOf("license_id", "mine", names)).toEqual({ fault: "There is no licence “mine”." });
    expect(valueOf("series_id", "forest", names)).toEqual({ value: 3 });
    expect(valueOf("series_id", "Shop", names)).toEqual({ series: "Shop" });
  });

  it("is equal by what it says", () => {
    expect(isSame(["a"], ["a"])).toBe(true);
    expect(isSame(["a"], ["b"])).toBe(false);
    expect(isSame(null, undefined)).toBe(false);
  });
});

const order = orderOf([{ id: 11 }, { id: 12 }, { id: 13 }, { id: 14 }]);
const columns = ["picture", "title", "alt_text", "when"] as const;

describe("the cursor", () => {
  const at = { id: 12, column: "title" } as const;

  it("goes to the next cell and stays within the grid", () => {
    expect(moved("ArrowDown", at, order, columns, 2)).toEqual({ id: 13, column: "title" });
    expect(moved("ArrowLeft", at, order, columns, 2)).toEqual({ id: 12, column: "picture" });
    expect(moved("PageDown", at, order, columns, 9)).toEqual({ id: 14, column: "title" });
    expect(moved("ArrowRight", { id: 12, column: "when" }, order, columns, 2)).toEqual({ id: 12, column: "when" });
    expect(moved("Home", at, order, columns, 2, true)).toEqual({ id: 11, column: "picture" });
    expect(moved("ArrowDown", at, order, columns, 2, true)).toEqual({ id: 14, column: "title" });
    expect(moved("x", at, order, columns, 2)).toBeNull();
  });

  it("goes on by Tab to the next row, and out past the last cell", () => {
    expect(stepped({ id: 12, column: "when" }, 1, order, columns)).toEqual({ id: 13, column: "picture" });
    expect(stepped({ id: 12, column: "picture" }, -1, order, columns)).toEqual({ id: 11, column: "when" });
    expect(stepped({ id: 14, column: "when" }, 1, order, columns)).toBeNull();
    expect(stepped({ id: 11, column: "picture" }, -1, order, columns)).toBeNull();
  });

  it("draws a range from where it began, in any direction", () => {
    const range = { anchor: { id: 13, column: "alt_text" }, cursor: { id: 11, column: "title" } } as const;
    expect(boxOf(range, order, columns)).toEqual({ top: 0, bottom: 2, left: 1, right: 2 });
    expect(boxOf({ ...range, cursor: { id: 99, column: "title" } }, order, columns)).toBeNull();
  });
});

describe("filling", () => {
  const drafts = new Map(
    [11, 12, 13, 14].map((id) => [
      id,
      draftOf({ id, title: `T${id}`, alt_text: id === 11 ? "A" : id === 12 ? "B" : null }),
    ]),
  );
  const find = (id: number) => drafts.get(id);
  const idAt = (row: number) => order.at(row);

  it("repeats its rows, downwards and upwards", () => {
    expect([2, 3, 4, 5].map((row) => sourceRow(row, 2, 2))).toEqual([0, 1, 0, 1]);
    expect([1, 0].map((row) => sourceRow(row, 2, 2))).toEqual([1, 0]);
    const source = { top: 0, bottom: 1, left: 2, right: 2 };
    const step = filledStep(source, { top: 0, bottom: 3 }, idAt, columns, find);
    expect(step.map(({ id, after }) => [id, after])).toEqual([
      [13, "A"],
      [14, "B"],
    ]);
  });

  it("goes from the range to the handle, and is never less than the range", () => {
    const box = { top: 2, bottom: 4, left: 1, right: 3 };
    const filled = [0, 2, 3, 4, 7].map((row) => filledTo(box, row));
    expect(filled.map(({ top, bottom }) => [top, bottom])).toEqual([
      [0, 4],
      [2, 4],
      [2, 4],
      [2, 4],
      [2, 7],
    ]);
    expect(new Set(filled.map(({ left, right }) => `${left} ${right}`))).toEqual(new Set(["1 3"]));
  });

  it("leaves pictures and days alone", () => {
    const source = { top: 0, bottom: 0, left: 0, right: 3 };
    const step = filledStep(source, { top: 0, bottom: 1 }, idAt, columns, find);
    expect(step.map(({ field }) => field)).toEqual(["title", "alt_text"]);
  });

  it("pastes a block once, or as often as it goes into the range, and counts what has no place", () => {
    expect([repeats(2, 6), repeats(2, 5), repeats(3, 2)]).toEqual([3, 1, 1]);
    const one = pastedTexts([["x"]], { top: 0, bottom: 2, left: 1, right: 1 }, idAt, columns);
    expect(one.cells.map(({ id, text }) => [id, text])).toEqual([
      [11, "x"],
      [12, "x"],
      [13, "x"],
    ]);
    const block = [
      ["a", "b", "c", "d"],
      ["e", "f", "g", "h"],
    ];
    const out = pastedTexts(block, { top: 3, bottom: 3, left: 1, right: 1 }, idAt, columns);
    expect(out.cells).toEqual([
      { id: 14, field: "title", text: "a" },
      { id: 14, field: "alt_text", text: "b" },
    ]);
    expect(out.left).toBe(6);
  });

  it("names what cannot be written, and series to be made once for all their cells", () => {
    const texts = [
      { id: 11, field: "license_id", text: "mine" },
      { id: 12, field: "series_id", text: "Shop" },
      { id: 13, field: "series_id", text: "shop" },
      { id: 14, field: "title", text: "New" },
      { id: 99, field: "title", text: "Nobody" },
    ] as const;
    const { step, missing, faults } = writtenTexts(texts, find, names);
    expect(step).toEqual([{ id: 14, field: "title", before: "T14", after: "New" }]);
    expect([...missing].map(([name, rows]) => [name, rows.map(({ id }) => id)])).toEqual([["Shop", [12, 13]]]);
    expect(faults).toHaveLength(1);
  });
});

describe("a pattern", () => {
  const file = { name: "old_key.png", folder: "props/shop" };

  it("puts number, name, folder and day into a text", () => {
    const row = { n: 2, count: 4, file, date: "2026-11-27" };
    expect(patterned("Shop item {n} of {count}: {name}", row)).toBe("Shop item 2 of 4: old key");
    expect(patterned("{folder} {date} {else}", row)).toBe("shop 2026-11-27 {else}");
  });

  it("writes numbers as long as the last, and nothing for a file that is gone", () => {
    expect(patterned("{n}", { n: 7, count: 200, file, date: "" })).toBe("007");
    expect(patterned("{name}{folder}!", { n: 1, count: 1, file: null, date: "" })).toBe("!");
    expect(patterned("{name}", { n: 1, count: 1, file: { name: ".png", folder: "" }, date: "" })).toBe(".png");
  });

  it("does not read what it has put in", () => {
    const row = { n: 1, count: 9, file: { name: "{n} {date}.png", folder: "" }, date: "2026-11-27" };
    expect(patterned("{name}", row)).toBe("{n} {date}");
  });
});

describe("a block of a spreadsheet", () => {
  it("comes back as it was copied", () => {
    const rows = [
      ["plain", 'says "hi"', ""],
      ["two\nlines", "a\ttab", " space "],
    ];
    expect(parseTsv(formatTsv(rows))).toEqual(rows);
  });

  it("ends without the line that spreadsheets add, and has rows of one length", () => {
    expect(parseTsv("a\tb\r\nc\r\n")).toEqual([
      ["a", "b"],
      ["c", ""],
    ]);
    expect(parseTsv("a\nb\tc\n\nd\te\tf")).toEqual([
      ["a", "", ""],
      ["b", "c", ""],
      ["", "", ""],
      ["d", "e", "f"],
    ]);
    expect(parseTsv("")).toEqual([[""]]);
    expect(parseTsv("a\n\nb")).toEqual([["a"], [""], ["b"]]);
  });

  it("takes a quote that does not end for a letter", () => {
    expect(parseTsv('"an inch\tb')).toEqual([['"an inch', "b"]]);
    expect(parseTsv('5" x 3"\tb')).toEqual([['5" x 3"', "b"]]);
  });
});
