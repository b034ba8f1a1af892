// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { assetOf } from "../../testing/assets";
import { settled } from "../../testing/settled";
import { AddFiles } from "./AddFiles";

const api = vi.hoisted(() => ({ countFiles: vi.fn(), listFiles: vi.fn(), listFolders: vi.fn() }));
const makeDrafts = vi.hoisted(() => vi.fn());
const toast = vi.hoisted(() => ({ success: vi.fn() }));
vi.mock("./api", () => api);
vi.mock("../../data/client", () => ({
  allOf: async (page: (cursor: string | null) => Promise<{ items: object[]; next_cursor: string | null }>) => {
    const first = await page(null);
    const rest = first.next_cursor === null ? [] : (await page(first.next_cursor)).items;
    return [...first.items, ...rest];
  },
}));
vi.mock("../../data/drafts", () => ({ makeDrafts, madeWords: (made: number) => `${made} made.` }));
vi.mock("../../data/assets/SmallPreview", () => ({ SmallPreview: () => null }));
vi.mock("../../platform/address", () => ({ useCloseOnBack: () => undefined }));
vi.mock("../../ui/toast", () => ({ toast }));

const does = { onMade: vi.fn(), onClose: vi.fn() };
beforeEach(() => {
  vi.resetAllMocks();
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
  api.listFolders.mockResolvedValue([{ folder: "", count: 1 }, { folder: "sea", count: 2 }]); // prettier-ignore
  api.listFiles.mockResolvedValue({ items: [assetOf({ id: 1, name: "a" }), assetOf({ id: 2, name: "b" })], next_cursor: null }); // prettier-ignore
  api.countFiles.mockResolvedValue({ total_count: 300 });
  makeDrafts.mockImplementation((ids: number[]) => Promise.resolve(ids.length));
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});
async function show(client = new QueryClient({ defaultOptions: { queries: { retry: false } } })) {
  render(
    <QueryClientProvider client={client}>
      <AddFiles {...does} />
    </QueryClientProvider>,
  );
  await settled();
}
const confirm = () => document.querySelector<HTMLButtonElement>("button[type=submit]") ?? document.createElement("button"); // prettier-ignore
async function submit() {
  fireEvent.submit(confirm());
  await settled();
}
const words = () => [confirm().textContent.trim(), [...document.querySelectorAll("p.muted")].at(-1)?.textContent];
const asked = () => (api.listFiles.mock.calls as [Record<string, string>, number][]).map(([query, limit]) => [query, limit]); // prettier-ignore

it("shows the library's pictures, and takes all that are found", async () => {
  await show();
  expect([asked(), api.countFiles.mock.calls.map(([query]) => query as object)]).toEqual([
    ...[[[{ type: "image" }, 200]], [{ type: "image" }]],
  ]);
  expect(screen.getAllByRole("listitem").map((item) => item.textContent.trim())).toEqual(["a", "b"]);
  expect(words()).toEqual([
    ...["Make 300 drafts", "Tick some, or take all 300 files that are found. Each becomes a draft."],
  ]);
  api.listFiles.mockResolvedValueOnce({ items: [{ id: 7 }], next_cursor: "c" });
  api.listFiles.mockResolvedValueOnce({ items: [{ id: 8 }], next_cursor: null });
  await submit();
  expect([asked().slice(1), makeDrafts.mock.calls]).toEqual([
    [[{ type: "image" }, 512], [{ type: "image", cursor: "c" }, 512]], // prettier-ignore
    [[[7, 8]]],
  ]);
  expect([toast.success.mock.calls, does.onMade.mock.calls.length, does.onClose.mock.calls.length]).toEqual([
    ...[[["2 made."]], 1, 1],
  ]);
});

it("takes only those that are ticked", async () => {
  await show();
  const [first, second] = screen.getAllByRole("checkbox");
  fireEvent.click(first ?? document.body);
  expect(words()).toEqual(["Make 1 draft", "1 file ticked. Each becomes a draft."]);
  fireEvent.click(second ?? document.body);
  fireEvent.click(first ?? document.body);
  expect(screen.getAllByRole<HTMLInputElement>("checkbox").map(({ checked }) => checked)).toEqual([false, true]);
  await submit();
  expect([makeDrafts.mock.calls, asked().length]).toEqual([[[[2]]], 1]);
});

it("finds by a folder and by words, and shows what it had until the answer comes", async () => {
  await show();
  expect([...screen.getByRole<HTMLSelectElement>("combobox").options].map(({ value, text }) => [value, text])).toEqual([
    ...[
      ["", "The whole library"],
      ["", "No folder (1)"],
      ["sea", "sea (2)"],
    ],
  ]);
  api.listFiles.mockReturnValue(new Promise(() => undefined));
  api.countFiles.mockReturnValue(new Promise(() => undefined));
  fireEvent.change(screen.getByRole("combobox"), { target: { value: "sea" } });
  fireEvent.change(screen.getByRole("searchbox"), { target: { value: " blue " } });
  await settled();
  expect(asked().at(-1)).toEqual([{ type: "image", folder: "sea", q: "blue" }, 200]);
  expect([screen.getAllByRole("listitem").length, words()[0]]).toEqual([2, "Make 300 drafts"]);
});

it("says that there is no picture, once that is known", async () => {
  api.countFiles.mockResolvedValue({ total_count: 0 });
  let go: (files: object) => void = () => undefined;
  api.listFiles.mockReturnValue(new Promise((resolve) => (go = resolve)));
  await show();
  expect(screen.queryByText("There is no picture here.")).toBeNull();
  go({ items: [], next_cursor: null });
  await settled();
  expect([screen.queryByText("There is no picture here.") !== null, confirm().disabled]).toEqual([true, true]);
});

it("says why none could be made, and stays", async () => {
  makeDrafts.mockRejectedValue(new PMDError(409, "Too many drafts."));
  await show();
  await submit();
  expect([screen.queryByText("Too many drafts.") !== null, does.onMade.mock.calls, does.onClose.mock.calls]).toEqual([
    ...[true, [], []],
  ]);
});

it("reads the library again each time: it may have others by now", async () => {
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
  await show(client);
  cleanup();
  api.countFiles.mockResolvedValue({ total_count: 5 });
  await show(client);
  const calls = [api.listFolders, api.listFiles, api.countFiles].map(({ mock }) => mock.calls.length);
  expect([calls, words()[0]]).toEqual([[2, 2, 2], "Make 5 drafts"]);
});
