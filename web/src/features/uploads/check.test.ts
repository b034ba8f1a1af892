import { expect, it } from "vitest";

import { byReason, checkRequests, checkedFiles, refusalOf, summary, tally, tooMany } from "./check";
import type { Checked } from "./schema";

const chosen = (path: string, size = 3) => ({ path, file: new File(["x".repeat(size)], path) });
const answer = (path: string, verdict: Checked["verdict"], message: string | null = null) => ({
  path,
  verdict,
  asset_id: null,
  code: null,
  message,
});

it("asks for 512 files at a time, with hashes where there are any", () => {
  const files = Array.from({ length: 1025 }, (_, n) => chosen(`${n}.png`));
  const hashes = files.map((_, n) => (n === 0 ? "ab" : null));
  const requests = checkRequests(files, hashes);
  expect(requests.map((request) => request.files.length)).toEqual([512, 512, 1]);
  expect(requests[0]?.files[0]).toEqual({ path: "0.png", size_bytes: 3, sha256: "ab" });
  expect(requests[0]?.files[1]).toEqual({ path: "1.png", size_bytes: 3 });
});

it("says in one line what would happen", () => {
  const files = ["new.png", "there.png", "trash.png", "page.html", "gone.png"].map((path) => chosen(path));
  const all = checkedFiles(files, ["1", "2", "3", "4", null], new Set([4]), [
    answer("new.png", "new"),
    answer("there.png", "already_there"),
    answer("trash.png", "in_trash"),
    answer("page.html", "refused", "Web pages cannot be used."),
    answer("gone.png", "new"),
  ]);
  expect(all.map(({ verdict }) => verdict)).toEqual(["new", "already_there", "in_trash", "refused", "refused"]);
  expect(all[3]?.reason).toBe("Web pages cannot be used.");
  expect(all[4]?.reason).toMatch(/cannot read/);
  expect(summary(tally(all))).toBe("1 new · 1 already in your library · 1 restored from the trash · 2 cannot be used");
  expect(summary({ fresh: 212, twice: 20, there: 20, trashed: 0, refused: 8, bytes: 0 })).toBe(
    "212 new · 20 duplicates · 20 already in your library · 8 cannot be used",
  );
});

it("a verdict that is newer than this page leaves no file out unsaid", () => {
  const files = ["a.png", "b.png"].map((path) => chosen(path));
  const newer = "quarantined" as Checked["verdict"];
  const all = checkedFiles(files, ["1", "2"], new Set(), [
    answer("a.png", newer),
    answer("b.png", newer, "It is odd."),
  ]);
  expect(all.map(({ verdict, reason }) => [verdict, reason])).toEqual([
    ["refused", "quarantined"],
    ["refused", "It is odd."],
  ]);
});

it("counts the same content once", () => {
  const files = [chosen("a.png", 5), chosen("copy of a.png", 5), chosen("unhashed.png", 7), chosen("other.png", 2)];
  const all = checkedFiles(
    files,
    ["h", "h", null, null],
    new Set(),
    files.map(({ path }) => answer(path, "new")),
  );
  expect(tally(all)).toMatchObject({ fresh: 3, twice: 1, bytes: 14 });
});

it("says before the work what does not fit, in people's words", () => {
  const counts = { fresh: 3, twice: 0, there: 0, trashed: 0, refused: 0, bytes: 12_000 };
  expect(refusalOf(counts, { left_bytes: 12_000, left_files: 3 })).toBeNull();
  expect(refusalOf(counts, { left_bytes: 11_000, left_files: 3 })).toMatch(
    /need 12.0 kB, but your library has only 11/,
  );
  expect(refusalOf(counts, { left_bytes: 12_000, left_files: 2 })).toMatch(
    /3 new files, but your library has room for only 2/,
  );
  expect(tooMany(512, 512)).toBeNull();
  expect(tooMany(120_000, 100_000)).toMatch(/up to 100,000 files; you chose 120,000/);
});

it("says each reason once, the one with the most files first", () => {
  const files = [
    { path: "a.exe", why: "A program." },
    { path: "cut.png", why: "Damaged." },
    { path: "b.exe", why: "A program." },
    { path: "odd", why: null },
  ];
  const groups = byReason(files, ({ why }) => why);
  expect(groups.map(({ reason, items }) => [reason, items.map(({ path }) => path)])).toEqual([
    ["A program.", ["a.exe", "b.exe"]],
    ["Damaged.", ["cut.png"]],
    ["It was left out.", ["odd"]],
  ]);
});
