import { expect, it, vi } from "vitest";

import { chooseFrom, fromTransfer, isNobodys, licensesAmong, nameOf } from "./chosen";

const file = (path: string) => ({ path, file: new File(["x"], path.split("/").at(-1) ?? path) });

it("leaves the system's own and half-written files out, and names them", () => {
  const choice = chooseFrom([
    file("pack/.DS_Store"),
    file("pack/.git/HEAD"),
    file("pack/.git/objects/a0"),
    file("pack/Thumbs.db"),
    file("pack/film.mp4.part"),
    file("pack/film.crdownload"),
    file("pack/10.png"),
    file("pack/9.png"),
  ]);
  expect(choice.files.map(({ path }) => path)).toEqual(["pack/9.png", "pack/10.png"]);
  expect(choice.leftOut).toEqual([
    { path: "pack/.DS_Store", size_bytes: 1, left_out: "hidden" },
    { path: "pack/.git", size_bytes: 0, left_out: "hidden" },
    { path: "pack/Thumbs.db", size_bytes: 1, left_out: "hidden" },
    { path: "pack/film.mp4.part", size_bytes: 1, left_out: "unfinished" },
    { path: "pack/film.crdownload", size_bytes: 1, left_out: "unfinished" },
  ]);
});

it("takes names that only look like them", () => {
  expect(["a.tmp.png", "thumbs.db.png", "dots...png", "apart"].filter(isNobodys)).toEqual([]);
});

it("is called what its folder or its only file is called", () => {
  expect(nameOf([file("pack/a.png"), file("pack/b/c.png")])).toBe("pack");
  expect(nameOf([file("a.png")])).toBe("a.png");
  expect(nameOf([file("a.png"), file("b.png")])).toBe("2 files");
});

it("finds the licence of each folder, the outermost first", () => {
  const named = (path: string, size = 9) => ({ path, file: new File(["x".repeat(size)], path) });
  const files = ["arcade/fonts/OFL/LICENSE", "arcade/License.txt", "arcade/licensed.png"].map((path) => named(path));
  expect(licensesAmong(files).map(({ path }) => path)).toEqual(["arcade/License.txt", "arcade/fonts/OFL/LICENSE"]);
  const pack = ["pack/README.md", "pack/LICENSE-CC0.txt", "pack/a/Read me.txt"].map((path) => named(path));
  expect(licensesAmong(pack).map(({ path }) => path)).toEqual(["pack/LICENSE-CC0.txt", "pack/a/Read me.txt"]);
  expect(licensesAmong([named("a/COPYING", 70_000), named("a/unlicense.bin")])).toEqual([]);
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

it("takes what can be read of a dropped folder, and names the rest", async () => {
  const entry = (fullPath: string, content: File | null) => ({
    ...{ fullPath, isFile: true },
    file: (resolve: (file: File) => void, reject: (error: Error) => void) =>
      content ? resolve(content) : reject(new DOMException("", "NotFoundError")),
  });
  const batches = [[entry("/pack/a.png", new File(["x"], "a.png")), entry("/pack/broken.png", null)], []];
  const reader = { readEntries: (resolve: (batch: unknown) => void) => resolve(batches.shift()) };
  const folder = { fullPath: "/pack", isFile: false, createReader: () => reader };
  const transfer = { items: [{ kind: "file", webkitGetAsEntry: () => folder }] } as unknown as DataTransfer;
  const onUnreadable = vi.fn();
  const { files } = await fromTransfer(transfer, onUnreadable);
  expect(files.map(({ path }) => path)).toEqual(["pack/a.png"]);
  expect(onUnreadable).toHaveBeenCalledExactlyOnceWith(["pack/broken.png"]);
});
