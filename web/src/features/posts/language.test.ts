import { expect, it } from "vitest";

import { noFilters } from "./filterValues";
import { beforeText, numberOf, takeFilters, termsOf } from "./language";

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
