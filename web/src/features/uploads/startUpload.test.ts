import { expect, it, vi } from "vitest";

import type { CheckedFile } from "./check";

const announced: object[] = [];
vi.mock("../../ui/toast", () => ({ toast: {} }));
vi.mock("./sender", () => ({ send: () => Promise.resolve() }));
vi.mock("./api", () => ({
  announce: (body: object) => {
    announced.push(body);
    return Promise.resolve({ id: "upload" });
  },
  announcePage: () => Promise.resolve({ id: "upload" }),
  refreshUploads: () => undefined,
}));

const { startUpload } = await import("./startUpload");

const checkedFiles = (path: string, isReadable = true): CheckedFile => ({
  ...{ path, file: new File(["x"], path), hash: null },
  ...{ verdict: "new", reason: null, isReadable },
});
const files = (count: number) => Array.from({ length: count }, (_, index) => checkedFiles(`${String(index)}.png`));

it("says how many files there will be only where they come in pages: older servers refuse what they do not know", async () => {
  await startUpload(files(512), [], {}, "key");
  await startUpload([...files(513), checkedFiles("locked.png", false)], [], {}, "key");
  const [whole, paged] = announced;
  expect(whole).not.toHaveProperty("total_files");
  expect(paged).toHaveProperty("total_files", 513);
});

it("names what is left out, so that the report has it", async () => {
  const hidden = { path: "pack/.DS_Store", size_bytes: 6148, left_out: "hidden" } as const;
  await startUpload(files(1), [hidden], {}, "key");
  expect(announced.at(-1)).toMatchObject({ files: [{ path: "0.png", size_bytes: 1 }, hidden] });
});
