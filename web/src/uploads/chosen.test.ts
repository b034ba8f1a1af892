import { expect, it } from "vitest";

import { chooseFrom, isNobodys, licenseAmong, nameOf } from "./chosen";

const file = (path: string) => ({ path, file: new File(["x"], path.split("/").at(-1) ?? path) });

it("leaves the system's own and half-written files out, and counts them", () => {
  const choice = chooseFrom([
    file("pack/.DS_Store"),
    file("pack/.git/HEAD"),
    file("pack/Thumbs.db"),
    file("pack/film.mp4.part"),
    file("pack/film.crdownload"),
    file("pack/10.png"),
    file("pack/9.png"),
  ]);
  expect(choice.files.map(({ path }) => path)).toEqual(["pack/9.png", "pack/10.png"]);
  expect(choice.skipped).toBe(5);
});

it("takes names that only look like them", () => {
  expect(["a.tmp.png", "thumbs.db.png", "dots...png", "apart"].filter(isNobodys)).toEqual([]);
});

it("is called what its folder or its only file is called", () => {
  expect(nameOf([file("pack/a.png"), file("pack/b/c.png")])).toBe("pack");
  expect(nameOf([file("a.png")])).toBe("a.png");
  expect(nameOf([file("a.png"), file("b.png")])).toBe("2 files");
});

it("finds the licence of a folder, the outermost of several", () => {
  const named = (path: string, size = 9) => ({ path, file: new File(["x".repeat(size)], path) });
  const files = ["arcade/fonts/OFL/LICENSE", "arcade/License.txt", "arcade/licensed.png"].map((path) => named(path));
  expect(licenseAmong(files)?.path).toBe("arcade/License.txt");
  expect(licenseAmong([named("a/COPYING", 70_000), named("a/unlicense.bin")])).toBeNull();
});

it("calls files as the service will keep them, so that they are found again", () => {
  const names = ["cafe\u0301.png", "tab\there.png", "\u202egnp.png", "back\\slash.png", "\ud800.png", "🐉.png"];
  const { files } = chooseFrom(names.map((name) => file(`pack/${name}`)));
  expect(new Set(files.map(({ path }) => path))).toEqual(
    new Set(
      ["caf\u00e9.png", "tab_here.png", "_gnp.png", "back/slash.png", "_.png", "🐉.png"].map((name) => `pack/${name}`),
    ),
  );
});
