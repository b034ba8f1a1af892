// @vitest-environment happy-dom
import { beforeEach, expect, it, vi } from "vitest";

import { addSample, sampleCounts } from "./sample";

vi.mock("../../data/config", async () => (await import("../../testing/config")).asModule);
const uploads = vi.hoisted(() => ({ startUpload: vi.fn(), hashOf: vi.fn(), listLicenses: vi.fn() }));
vi.mock("../../features/uploads/startUpload", () => ({ startUpload: uploads.startUpload }));
vi.mock("../../features/uploads/hash", () => ({ hashOf: uploads.hashOf }));
vi.mock("../../data/client", () => ({ listLicenses: uploads.listLicenses }));

interface Sent {
  path: string;
  file: File;
  hash: string;
  verdict: string;
  isReadable: boolean;
}
beforeEach(() => {
  vi.resetAllMocks();
  uploads.startUpload.mockResolvedValue({ id: "u7" });
  uploads.hashOf.mockImplementation((file: File) => Promise.resolve(`hash of ${file.name}`));
  uploads.listLicenses.mockResolvedValue({
    items: [
      { id: 1, identifier: "CC-BY-4.0" },
      { id: 2, identifier: "CC0-1.0" },
    ],
  });
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(null);
  vi.spyOn(HTMLCanvasElement.prototype, "toBlob").mockImplementation((done) =>
    done(new Blob(["png"], { type: "image/png" })),
  );
});
const sent = () => uploads.startUpload.mock.calls[0] as [Sent[], unknown[], object, string];

it("is uploaded as a folder of pictures, sounds and a map, free for anything", async () => {
  expect(await addSample()).toBe("u7");
  const [files, leftOut, defaults, key] = sent();
  const of = (folder: RegExp) => files.filter(({ path }) => folder.test(path));
  const pictures = of(/^Small island\/(sprites\/)?[^/]+\.png$/);
  const heard = of(/^Small island\/sounds\/\w+\.wav$/);
  expect([pictures.length, heard.length, files.length]).toEqual([
    sampleCounts.pictures,
    sampleCounts.sounds,
    sampleCounts.pictures + sampleCounts.sounds + 1,
  ]);
  expect([leftOut, Boolean(key), defaults]).toEqual([
    [],
    true,
    { provenance: "user_provided", source: "Sample: Small island", license_id: 2 },
  ]);
  const map = files.find(({ path }) => path === "Small island/island.tmx");
  expect([map?.file.name, map?.hash, map?.verdict, map?.isReadable]).toEqual([
    ...["island.tmx", "hash of island.tmx", "new", true],
  ]);
  const rows = ((await map?.file.text()) ?? "").match(/^[\d,]+$/gm) ?? [];
  expect(rows.map((row) => row.replace(/,$/, "").split(",").length)).toEqual(Array(8).fill(12));
  expect(rows.map((row) => row.endsWith(","))).toEqual([...Array<boolean>(7).fill(true), false]);
});

it("has no licence where the site does not know that one", async () => {
  uploads.listLicenses.mockResolvedValue({ items: [] });
  await addSample();
  expect(sent()[2]).not.toHaveProperty("license_id");
});

it("is not uploaded where the browser draws no picture", async () => {
  vi.spyOn(HTMLCanvasElement.prototype, "toBlob").mockImplementation((done) => done(null));
  await expect(addSample()).rejects.toThrow("This browser draws no PNG.");
  expect(uploads.startUpload).not.toHaveBeenCalled();
});
