import { expect, it } from "vitest";

import { noFilters } from "./filterValues";
import { beforeText, beginOf, hasWord, numberOf, takeFilters, termsOf, withToggledWord } from "./language";

const terms = (text: string) =>
  termsOf(text).map(({ name, value, isNot }) => `${isNot ? "-" : ""}${name === "text" ? "" : `${name}:`}${value}`);
const taken = (text: string, isDone = false) => takeFilters({ ...noFilters, q: text }, isDone);

it("knows words, phrases, what is not wanted, and names with values", () => {
  expect(terms('sea -rain "odd orbit" tag:forest licence: CC0 -tag:"old key"')).toEqual([
    "sea",
    "-rain",
    "odd orbit",
    "tag:forest",
    "licence:CC0",
    "-tag:old key",
  ]);
});

it("takes what phones and word processors write for quotation marks", () => {
  expect(terms("“odd orbit” „old key“ »dusk & dawn« -tag:“old key” „begun")).toEqual([
    "odd orbit",
    "old key",
    "dusk & dawn",
    "-tag:old key",
    "begun",
  ]);
});

it("asks for no sign that stands between words, but for one that stands alone", () => {
  expect(terms("rock & roll — 2")).toEqual(["rock", "roll", "2"]);
  expect(terms("sea OR & rain")).toEqual(["sea", "rain"]);
  expect(terms("rock &")).toEqual(["rock"]);
  expect(terms("&")).toEqual(["&"]);
});

it("takes a name without its value for one that is still being typed", () => {
  expect(terms("sea tag:")).toEqual(["sea"]);
});

it("takes the word hidden for what it asks, and finds it in titles as a phrase", () => {
  expect(terms("hidden")).toEqual(["hidden:yes"]);
  expect(terms('"hidden"')).toEqual(["hidden"]);
  expect(terms("hiddenness")).toEqual(["hiddenness"]);
});

it("makes a filter of a name and value once something stands behind it, or the field is left", () => {
  expect(taken("tag:Forest")).toMatchObject({ q: "tag:Forest", tag: "" });
  expect(taken("tag:Forest ")).toMatchObject({ q: "", tag: "forest" });
  expect(taken("sea tag: #forest rain", true)).toMatchObject({ q: "sea rain", tag: "forest" });
  expect(taken("hidden:mod", true)).toMatchObject({ q: "", status: "moderated" });
  expect(taken("before:2026-11 after:2026 ")).toMatchObject({ q: "", from: "2026-01-01", to: "2026-10-31" });
});

it("leaves as text what is no value, what is not wanted, and the second of a name", () => {
  expect(taken("before:soon ")).toMatchObject({ q: "before:soon ", to: "" });
  expect(taken("before:2026-13 ")).toMatchObject({ q: "before:2026-13 ", to: "" });
  expect(taken("-tag:sea ")).toMatchObject({ q: "-tag:sea ", tag: "" });
  expect(taken("tag:sea tag:sky ")).toMatchObject({ q: "tag:sea ", tag: "sky" });
});

it("writes a bound as it was typed", () => {
  expect(beforeText("2026-10-31")).toBe("2026-11");
  expect(beforeText("2026-10-05")).toBe("2026-10-06");
});

it("knows numbers and alternatives", () => {
  const [views, size, width] = termsOf("views>100 size<2MB width: 64");
  expect(views).toMatchObject({ name: "views", op: ">", value: "100" });
  expect(size).toMatchObject({ name: "size", op: "<", value: "2MB" });
  expect(width).toMatchObject({ name: "width", op: "=", value: "64" });
  expect(termsOf("sea OR lake rain OR").map(({ value, isAlternative }) => [value, isAlternative])).toEqual([
    ["sea", false],
    ["lake", true],
    ["rain", false],
  ]);
  expect(terms("OR sea views> width>=")).toEqual(["sea"]);
  expect(["64", "300kB", "2.5mb", "x", ""].map(numberOf)).toEqual([64, 300_000, 2_500_000, null, null]);
  expect(taken("tag:sea OR tag:sky ", true)).toMatchObject({ q: "tag:sea OR tag:sky ", tag: "" });
});

it.each([
  ["TAG:Sea License:CC0", ["tag:Sea", "licence:CC0"]],
  ["Hidden", ["hidden:yes"]],
  ["-HIDDEN", ["-hidden:yes"]],
  ["Views>5", ["views:5"]],
  ['tag:"half open', ["tag:half open"]],
  ['"" sea', ["sea"]],
  ["or sea", ["or", "sea"]],
])("reads %s alike, however it is written", (text, found) => {
  expect(terms(text)).toEqual(found);
});

it.each([
  ["hidden:no", "visible"],
  ["hidden:FALSE", "visible"],
  ["hidden:nobody", "hidden"],
  ["hidden:Moderator", "moderated"],
  ["hidden:yes", "hidden"],
  ["hidden", "hidden"],
])("finds posts that are hidden or not: %s", (text, status) => {
  expect(taken(text, true)).toMatchObject({ q: "", status });
});

it.each([
  ["format:PNG", { format: "png" }],
  ["tag:#Sea", { tag: "sea" }],
  ["license:CC0", { licence: "CC0" }],
  ["after:2026-2-3", { from: "2026-02-03" }],
  ["before:2026-03-01", { to: "2026-02-28" }],
  ["before:2026", { to: "2025-12-31" }],
])("makes a filter of %s", (text, filter) => {
  expect(taken(text, true)).toMatchObject({ ...filter, q: "" });
});

it.each(["views", "width", "height", "frames", "size", "alt", "warning", "reported"])(
  "leaves %s as text, for which there is no filter, even of a value that could be a year",
  (name) => {
    const text = `${name}:2026 `;
    expect(taken(text, true)).toEqual({ ...noFilters, q: text });
  },
);

it.each(["2026-02-30", "2026-00", "26", "2026-1-2-3", ""])("takes %s for no day", (period) => {
  expect(beginOf(period)).toBeNull();
});

it.each([
  ["1k", 1000],
  ["1KB", 1000],
  ["2g", 2_000_000_000],
  [".5M", 500_000],
  ["12 b", 12],
  ["1kk", null],
])("reads %s as a number: %s", (value, number) => {
  expect(numberOf(value)).toBe(number);
});

it("leaves a filter that is set as it is, and the words as they were typed", () => {
  const set = { ...noFilters, tag: "sky", q: "tag:sea  rain" };
  expect(takeFilters(set, true)).toBe(set);
});

it("puts a word to the search and takes it out again", () => {
  expect([hasWord("sea hidden", "hidden"), hasWord("sea hiddenness", "hidden"), hasWord("", "sea")]).toEqual([
    ...[true, false, false],
  ]);
  expect(withToggledWord(" sea  rain", "hidden")).toBe("sea rain hidden");
  expect(withToggledWord("sea hidden rain", "hidden")).toBe("sea rain");
  expect(withToggledWord("", "hidden")).toBe("hidden");
});

it("says no bound where there is none", () => {
  expect([beforeText(""), beforeText("2026-12-31"), beforeText("2026-02-27")]).toEqual(["", "2027-01", "2026-02-28"]);
});
