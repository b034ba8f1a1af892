import { expect, it } from "vitest";

import { matchChosen } from "./matching";

const chosen = (path: string, text = "abc", lastModified = 5) => ({
  path,
  file: new File([text], path, { lastModified }),
});
const awaited = (id: string, path: string, size = 3, mtime: number | null = 5) => ({
  id,
  path,
  size,
  mtime,
  url: `/${id}`,
});

it("finds files again by path, size and time", () => {
  const { found, missing, others } = matchChosen(
    [awaited("1", "pack/a.png"), awaited("2", "pack/b.png"), awaited("3", "pack/c.png"), awaited("4", "pack/d.png")],
    [chosen("pack/a.png"), chosen("pack/b.png", "longer"), chosen("pack/c.png", "abc", 6), chosen("pack/e.png")],
  );
  expect([...found.keys()]).toEqual(["1"]);
  expect(missing.map(({ id }) => id)).toEqual(["2", "3", "4"]);
  expect(others.map(({ path }) => path)).toEqual(["pack/b.png", "pack/c.png", "pack/e.png"]);
});

it("finds them when a folder above or below is chosen", () => {
  const want = [awaited("1", "pack/red/a.png")];
  expect([...matchChosen(want, [chosen("art/pack/red/a.png")]).found.keys()]).toEqual(["1"]);
  expect([...matchChosen(want, [chosen("red/a.png")]).found.keys()]).toEqual(["1"]);
  expect([...matchChosen(want, [chosen("ed/a.png")]).found.keys()]).toEqual([]);
});

it("guesses nothing where two files would fit", () => {
  const want = [awaited("1", "a.png")];
  expect(matchChosen(want, [chosen("x/a.png"), chosen("y/a.png")]).missing).toHaveLength(1);
});

it("goes by path and size where no time is remembered", () => {
  expect([...matchChosen([awaited("1", "a.png", 3, null)], [chosen("a.png", "abc", 99)]).found.keys()]).toEqual(["1"]);
});
