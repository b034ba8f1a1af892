import { describe, expect, it } from "vitest";

import { assetOf } from "../../testing/assets";
import { changedSearch, queryOf, readParameters } from "../../platform/parameters";
import { undoOfEdit } from "./edits";
import { howMade } from "./facts";
import { countFilters, FILTERS, noFilters, parametersOf } from "./filters";
import { isPixelArt } from "../../data/assets/pixelArt";
import { columnsFor } from "./layout";
import { judge, nextOutgoing, refused, startReview, step, takeBack } from "./review";
import { undoOf } from "./states";
import { columnsOf, pathOf } from "./waveform";

describe("filters", () => {
  it("go into the address and come back from it", () => {
    const filters = { ...noFilters, state: "set_aside" as const, theme: "red dragons", q: "fire & ice" };
    const search = changedSearch("", queryOf("library", filters));
    expect(readParameters("library", search, FILTERS)).toEqual(filters);
    expect(countFilters(filters)).toBe(2);
  });

  it("that a stranger wrote there are none, and bounded", () => {
    expect(readParameters("library", "?state=evil&foo=bar", FILTERS)).toEqual(noFilters);
    const long = readParameters("library", `?q=${"a".repeat(5000)}`, FILTERS);
    expect(parametersOf(long)["q"]).toHaveLength(100);
  });

  it("ask the service only for what is set", () => {
    expect(parametersOf({ ...noFilters, state: "new", q: "  " })).toEqual({ state: "new" });
  });
});

describe("undo", () => {
  it("brings each file back to where it was, and leaves those alone that were there already", () => {
    const before = [
      { id: 1, state: "new" as const },
      { id: 2, state: "set_aside" as const },
      { id: 3, state: "approved" as const },
    ];
    expect(undoOf("approve", before)).toEqual([
      { action: "unapprove", ids: [1] },
      { action: "set_aside", ids: [2] },
    ]);
    expect(undoOf("trash", [...before, { id: 4, state: "trash" as const }])).toEqual([
      { action: "restore", ids: [1, 2, 3] },
    ]);
    expect(undoOf("restore", [{ id: 4, state: "trash" as const }])).toEqual([{ action: "trash", ids: [4] }]);
    expect(undoOf("purge", before)).toEqual([]);
  });
});

describe("undo of an edit", () => {
  const file = assetOf({ license_id: 1, hashtags: ["sea"] });

  it("gives each file its own back, and those alike together", () => {
    const before = [file, { ...file, id: 2 }, { ...file, id: 3, theme: "cats", license_id: 3, hashtags: [] }];
    const edit = { set: { theme: "dragons", license_id: 3 }, add_hashtags: ["sea"], remove_hashtags: [] };
    expect(undoOfEdit(edit, before)).toEqual([
      { edit: { set: { theme: null, license_id: 1 }, add_hashtags: [], remove_hashtags: [] }, ids: [1, 2] },
      { edit: { set: { theme: "cats" }, add_hashtags: [], remove_hashtags: ["sea"] }, ids: [3] },
    ]);
  });

  it("gives warnings back where they were others", () => {
    const before = [
      { ...file, content_warnings: ["Blood"] },
      { ...file, id: 2, content_warnings: ["Spiders"] },
    ];
    expect(undoOfEdit({ set: { content_warnings: ["Spiders"], alt_text: null } }, before)).toEqual([
      { edit: { set: { content_warnings: ["Blood"] }, add_hashtags: [], remove_hashtags: [] }, ids: [1] },
    ]);
  });

  it("leaves alone what the edit did not change", () => {
    expect(undoOfEdit({ set: { license_id: 1 }, add_hashtags: ["sea"], remove_hashtags: ["sky"] }, [file])).toEqual([]);
    const street = assetOf({ hashtags: ["strasse"] });
    expect(undoOfEdit({ add_hashtags: ["straße"] }, [street])).toEqual([]);
    expect(undoOfEdit({ remove_hashtags: ["straße"] }, [street])).toMatchObject([
      { edit: { add_hashtags: ["strasse"], remove_hashtags: [] } },
    ]);
    expect(undoOfEdit({ remove_hashtags: ["sea"] }, [file])).toEqual([
      { edit: { set: {}, add_hashtags: ["sea"], remove_hashtags: [] }, ids: [1] },
    ]);
  });
});

describe("review", () => {
  it("judges, goes on, and takes back in order", () => {
    const ids = [7, 8, 9];
    let review = startReview(ids, 8);
    expect(review.at).toBe(1);
    review = judge(review, ids, { id: 8, before: "new", action: "approve" });
    review = judge(review, ids, { id: 9, before: "set_aside", action: "approve" });
    expect(review.at).toBe(3);
    const back = takeBack(review, ids);
    expect(back?.undo).toEqual({ id: 9, before: "set_aside", action: "set_aside" });
    expect(back?.review.at).toBe(2);
    const further = back && takeBack(back.review, ids);
    expect(further?.undo).toEqual({ id: 8, before: "new", action: "unapprove" });
    expect(further && takeBack(further.review, ids)).toBeNull();
  });

  it("stays within its files, and forgets what was refused", () => {
    const ids = [7, 8];
    const review = startReview(ids, 7);
    expect(step(review, ids, -1).at).toBe(0);
    expect(step(review, ids, 99).at).toBe(2);
    expect(refused(judge(review, ids, { id: 7, before: "new", action: "approve" }), 7).judged).toEqual([]);
  });

  it("sends runs of one action, and an undo never overtakes what it undoes", () => {
    const of = (id: number, action: "approve" | "set_aside" | "unapprove") => ({ id, before: "new" as const, action });
    const waiting = [of(1, "approve"), of(2, "approve"), of(2, "unapprove"), of(3, "approve")];
    expect(nextOutgoing(waiting, 128)).toEqual({ action: "approve", ids: [1, 2] });
    expect(nextOutgoing(waiting.slice(2), 128)).toEqual({ action: "unapprove", ids: [2] });
    expect(nextOutgoing([of(1, "approve"), of(2, "approve")], 1)).toEqual({ action: "approve", ids: [1] });
    expect(nextOutgoing([], 128)).toBeNull();
  });
});

describe("layout", () => {
  it("fills the width with tiles of at least the size asked for", () => {
    expect(columnsFor(1000, 176)).toEqual({ columns: 5, tile: 192 });
    expect(columnsFor(100, 384)).toEqual({ columns: 1, tile: 100 });
  });

  it("small pictures are pixel art", () => {
    expect([isPixelArt(64, 512), isPixelArt(64, 513), isPixelArt(null, 1)]).toEqual([true, false, false]);
  });
});

it("how a file was made is told in the words of the machine and task by task", () => {
  const task = { asset_id: 7, made_at: "2026-01-01T00:00:00Z", engine: "upscale", version: "1.0.0" };
  const steps = [
    { ...task, task: "upscale", params: { factor: 4, method: "auto" } },
    { ...task, task: "pack_sprites", params: {}, version: null },
  ];
  const words = { marks: ["generation settings (ComfyUI)"], prompt: "a\ndragon", negative_prompt: null };
  const generation = { ...words, model: "pixelXL", seed: "1", settings: { Steps: "20", Sampler: "Euler a" } };
  expect(Object.fromEntries(howMade({ generation, steps }))).toEqual({
    Prompt: "a\ndragon",
    "Negative prompt": null,
    Model: "pixelXL",
    Seed: "1",
    Settings: "Steps 20, Sampler Euler a",
    Tasks: "upscale: factor 4, method auto · 1.0.0\npack sprites",
  });
  expect(howMade({ generation: null, steps: [] }).every(([, value]) => !value)).toBe(true);
});

describe("waveform", () => {
  const wave = { version: 2, channels: 2, sample_rate: 8, samples_per_pixel: 2, bits: 8, length: 4 };
  const data = [0, 0, -64, 64, 0, 0, 0, 128, -1, 1, -1, 1, 0, 0, 0, 0];

  it("shows the loudest of all channels", () => {
    expect(columnsOf({ ...wave, data }, 4)).toEqual([0.5, 1, 1 / 128, 0]);
    expect(columnsOf({ ...wave, data }, 2)).toEqual([1, 1 / 128]);
  });

  it("goes straight between the points of a sound that has fewer than there are columns", () => {
    const short = columnsOf({ ...wave, length: 2, data: [-64, 64, 0, 0] }, 5);
    expect(short).toEqual([0.5, 0.375, 0.25, 0.125, 0]);
  });

  it("draws silence as a line", () => {
    expect(pathOf([0, 1], 10)).toBe("M0 4.5L1 0.0L1 10.0L0 5.5z");
  });
});
