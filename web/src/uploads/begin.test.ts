import { expect, it, vi } from "vitest";

import type { Looked } from "./check";

const announced: object[] = [];
vi.mock("../ui/toast", () => ({ toast: {} }));
vi.mock("./sender", () => ({ send: () => Promise.resolve() }));
vi.mock("./api", () => ({
  announce: (body: object) => {
    announced.push(body);
    return Promise.resolve({ id: "upload" });
  },
  announcePage: () => Promise.resolve({ id: "upload" }),
  refreshUploads: () => undefined,
}));

const { begin } = await import("./begin");

const looked = (path: string, isReadable = true): Looked => ({
  ...{ path, file: new File(["x"], path), hash: null },
  ...{ verdict: "new", reason: null, isReadable },
});
const files = (count: number) => Array.from({ length: count }, (_, index) => looked(`${String(index)}.png`));

it("says how many files there will be only where they come in pages: older servers refuse what they do not know", async () => {
  await begin(files(512), {}, "key");
  await begin([...files(513), looked("locked.png", false)], {}, "key");
  const [whole, paged] = announced;
  expect(whole).not.toHaveProperty("total_files");
  expect(paged).toHaveProperty("total_files", 513);
});
