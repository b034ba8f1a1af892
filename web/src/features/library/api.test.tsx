// @vitest-environment happy-dom
import { focusManager, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, renderHook, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { assetOf } from "../../testing/assets";
import { settled } from "../../testing/settled";
import * as api from "./api";
import { fileFinder } from "./finder";
import * as ordering from "./ordering";
import { rememberedPlace, rememberPlace } from "./place";
import { ReasonField } from "./Reason";
import { hasSample, isInSample, removeSample } from "./sample";
import { tokenText } from "./tokens";
import { savingBeforeUnload } from "./unsaved";

interface Options {
  query?: object;
  body?: { asset_ids: number[] };
  idempotencyKey?: string;
}
const service = vi.hoisted(() => ({
  ...{ answer: vi.fn(), remove: vi.fn(), write: vi.fn(), patch: vi.fn(), go: vi.fn(), moderates: false },
  sent: [] as unknown[][],
}));
vi.mock("../../data/client", () => ({
  remove: service.remove,
  request: (_schema: unknown, method: string, path: string, { query, body, idempotencyKey }: Options = {}) => {
    const key = idempotencyKey === undefined ? {} : { idempotencyKey };
    const said = body ?? query;
    service.sent.push([method, path, ...(said ? [{ ...said, ...key }] : [])]);
    return Promise.resolve(service.answer(said) as unknown);
  },
  allOf: async (pageAt: (cursor: string | null) => Promise<{ items: unknown[] }>) => [
    ...(await pageAt(null)).items,
    ...(await pageAt("next")).items,
  ],
}));
vi.mock("../../data/config", () => ({
  get moderates() {
    return service.moderates;
  },
}));
vi.mock("../../data/seen", () => ({ writeSeen: service.write, patchSeen: service.patch }));
vi.mock("../../data/assets/urls", () => ({
  previewUrl: ({ id }: { id: number }, size: number) => `/preview/${id}/${size}`,
}));
vi.mock("../../platform/address", () => ({ go: service.go }));

const { signal } = new AbortController();
const ids = (count: number, from = 1) => Array.from({ length: count }, (_, index) => from + index);
beforeEach(() => {
  vi.resetAllMocks();
  service.sent = [];
  service.moderates = false;
  sessionStorage.clear();
});
afterEach(cleanup);
const wrapper = ({ children }: { children: ReactNode }) => (
  <QueryClientProvider client={new QueryClient()}>{children}</QueryClientProvider>
);

describe("the calls", () => {
  it.each([
    [() => api.listAssets({ q: "sea" }, 5, 10), "/assets", { q: "sea", limit: "10", offset: "5" }],
    [() => api.countAssets({ q: "sea" }, signal), "/assets/counts", { q: "sea" }],
    [() => api.listAlike(null, signal), "/assets/alike", {}],
    [() => api.listAlike("c", signal), "/assets/alike", { cursor: "c" }],
    [() => api.listKeptBoth(null, signal), "/assets/kept-both", {}],
    [() => api.listKeptBoth("c", signal), "/assets/kept-both", { cursor: "c" }],
    [() => api.listSequences(null, signal), "/assets/sequences", {}],
    [() => api.listSequences("c", signal), "/assets/sequences", { cursor: "c" }],
    [() => api.getAssetDetails(7, signal), "/assets/7", undefined],
    [() => api.getWaveform(7, signal), "/assets/7/preview", { form: "waveform" }],
  ])("that read have this address: %#", async (ask, path, query) => {
    await ask();
    expect(service.sent).toEqual([["GET", `/api/pmd${path}`, ...(query ? [query] : [])]]);
  });

  it("for folders ask until there are no more", async () => {
    service.answer.mockReturnValue({ items: ["a"] });
    expect(await api.listFolders({ q: "sea" }, signal)).toEqual(["a", "a"]);
    expect(service.sent.map(([, , query]) => query)).toEqual([{ q: "sea" }, { q: "sea", cursor: "next" }]);
  });

  it("that change many files are sent in batches, each told when it is done", async () => {
    const onDone = vi.fn();
    await api.act("approve", ids(130), onDone);
    expect(service.sent).toEqual([
      ["POST", "/api/pmd/assets/action", { action: "approve", asset_ids: ids(128) }],
      ["POST", "/api/pmd/assets/action", { action: "approve", asset_ids: [129, 130] }],
    ]);
    expect(onDone.mock.calls.map(([part]) => part as unknown)).toEqual([ids(128), [129, 130]]);
    await api.act("approve", [1]);
    await api.act("approve", []);
    expect(service.sent).toHaveLength(3);
  });

  it("that edit say everything, as an empty list where nothing was said", async () => {
    await api.edit([1], { add_hashtags: ["sea"] });
    expect(service.sent).toEqual([
      ["POST", "/api/pmd/assets/edit", { set: {}, add_hashtags: ["sea"], remove_hashtags: [], asset_ids: [1] }],
    ]);
    expect(api.fileOf(7).url).toBe("/api/pmd/assets/7");
  });

  it("that publish answer for all batches", async () => {
    service.answer.mockImplementation(({ asset_ids: [first] }: { asset_ids: number[] }) => ({ items: [first] }));
    expect(await api.publish(ids(129), true, "keep")).toEqual([1, 129]);
    expect(service.sent).toEqual([
      ["POST", "/api/pmd/assets/publish", { asset_ids: ids(128), hidden: true, marks: "keep" }],
      ["POST", "/api/pmd/assets/publish", { asset_ids: [129], hidden: true, marks: "keep" }],
    ]);
  });

  it("for what files disclose are not made for none, and are put together for many", async () => {
    service.answer.mockImplementation(({ asset_ids: { length } }: { asset_ids: number[] }) => ({ items: [length] }));
    const { result, rerender } = renderHook((asked: number[]) => api.useDisclosures(asked), {
      wrapper,
      initialProps: [] as number[],
    });
    await settled();
    expect(service.sent).toEqual([]);
    rerender(ids(10_001));
    await settled();
    expect([result.current.data, service.sent.map(([method, path]) => `${String(method)} ${String(path)}`)]).toEqual([
      [10_000, 1],
      Array(2).fill("POST /api/pmd/assets/disclosures"),
    ]);
  });
});

describe("a moderator's reason", () => {
  it("is asked for and sent with each change, and not in one's own library", async () => {
    render(<ReasonField />);
    expect(screen.queryByLabelText(/^Reason, for the record/)).toBeNull();
    cleanup();
    service.moderates = true;
    render(<ReasonField />);
    await api.act("trash", [1]);
    const field = screen.getByLabelText<HTMLInputElement>(/^Reason, for the record/);
    fireEvent.change(field, { target: { value: " Stolen " } });
    expect([field.value, field.maxLength]).toEqual([" Stolen ", 500]);
    await api.act("trash", [1]);
    service.answer.mockReturnValue({ items: [] });
    await api.publish([1], false, "strip");
    service.moderates = false;
    await api.act("trash", [1]);
    expect(service.sent.map(([, , body]) => (body as { reason?: string }).reason)).toEqual([
      undefined,
      "Stolen",
      "Stolen",
      undefined,
    ]);
  });
});

describe("smart folders and tags", () => {
  const hooked = async <T,>(use: () => T) => {
    const { result } = renderHook(use, { wrapper });
    const before = result.current;
    await settled();
    return [before, result.current];
  };

  it("are none until they are known, and by name then", async () => {
    service.answer.mockReturnValue({ items: [{ name: "b" }, { name: "a" }] });
    expect(await hooked(ordering.useSmartFolders)).toEqual([[], [{ name: "a" }, { name: "b" }]]);
    service.answer.mockReturnValue({ items: ["sea"] });
    expect(await hooked(ordering.useTags)).toEqual([[], ["sea", "sea"]]);
    expect(service.sent).toEqual([
      ["GET", "/api/pmd/smart-folders"],
      ["GET", "/api/pmd/tags", {}],
      ["GET", "/api/pmd/tags", { cursor: "next" }],
    ]);
  });

  it("are read again when the page is looked at: another tab may have changed one", async () => {
    const client = new QueryClient({
      defaultOptions: { queries: { refetchOnWindowFocus: false, staleTime: Infinity } },
    });
    service.answer.mockReturnValue({ items: [] });
    renderHook(ordering.useSmartFolders, {
      wrapper: ({ children }) => <QueryClientProvider client={client}>{children}</QueryClientProvider>,
    });
    await settled();
    focusManager.setFocused(false);
    focusManager.setFocused(true);
    await settled();
    focusManager.setFocused(undefined);
    expect(service.sent.length).toBe(2);
  });

  it("are made, edited and deleted by these calls", async () => {
    const search = { filter: {}, sort: "path", order: null };
    expect(ordering.namedOf({ id: 3, name: "Sea", ...search } as never)).toEqual({ name: "Sea", search });
    await ordering.makeSmartFolder({ name: "Sea" } as never, "key");
    service.write.mockImplementation((_of, edit, write: (now: unknown, options: object) => unknown) =>
      write({}, edit as object),
    );
    await ordering.editSmartFolder(3, { seen: {}, to: { name: "Sky", search } } as never);
    await ordering.editSmartFolder(3, { seen: {}, to: { name: "Sky" } });
    await ordering.deleteSmartFolder(3);
    await ordering.colorTag({ name: "a/b", color: null } as never, "red");
    expect(service.sent).toEqual([
      ["POST", "/api/pmd/smart-folders", { name: "Sea", idempotencyKey: "key" }],
      ["PATCH", "/api/pmd/smart-folders/3", { name: "Sky", ...search }],
      ["PATCH", "/api/pmd/smart-folders/3", { name: "Sky" }],
    ]);
    expect([service.write.mock.calls[0]?.[0], service.remove.mock.calls]).toMatchObject([
      { url: "/api/pmd/smart-folders/3" },
      [["/api/pmd/smart-folders/3"]],
    ]);
    expect(service.patch.mock.calls).toMatchObject([
      [{ url: "/api/pmd/tags/a%2Fb" }, { seen: { color: null }, to: { color: "red" } }],
    ]);
  });

  it("of many files are renamed by as many calls as it takes", async () => {
    const counts = [[3, 2], [2, 0], [9, 0]]; // prettier-ignore
    service.answer.mockImplementation(() => {
      const [affected_count, remaining_count] = counts.shift() ?? [];
      return { affected_count, remaining_count };
    });
    const onDone = vi.fn();
    expect(await ordering.renameTags(["sea"], null, onDone)).toBe(5);
    expect([onDone.mock.calls, service.sent]).toEqual([
      [
        [3, 2],
        [5, 0],
      ],
      Array(2).fill(["POST", "/api/pmd/tags/rename", { tags: ["sea"], new_tag: null }]),
    ]);
  });
});

describe("the sample", () => {
  const of = (id: number, source: string | null = "Sample: Small island") => assetOf({ id, source });

  it.each([
    ["Small island", true],
    ["Small island/props", true],
    ["Small islands", false],
    ["", false],
  ])("is in this folder: %s, %s", (folder, isIn) => {
    expect(isInSample(folder)).toBe(isIn);
  });

  it.each([
    [[of(1, null), of(2)], true],
    [[of(1, null)], false],
    [[], false],
  ])("is there where a file says so: %#", async (items, isThere) => {
    service.answer.mockReturnValue({ items });
    expect([await hasSample(signal), service.sent]).toEqual([
      isThere,
      [["GET", "/api/pmd/assets", { folder: "Small island", limit: "128" }]],
    ]);
  });

  it("goes with what is in the trash, and nothing else of its folder", async () => {
    service.answer.mockImplementation((said: { state?: string }) => ({
      items: said.state === "trash" ? [of(3)] : [of(1), of(2, null)],
    }));
    expect(await removeSample()).toBe(2);
    const asked = { folder: "Small island", limit: "512", offset: "0" };
    expect(service.sent).toEqual([
      ["GET", "/api/pmd/assets", asked],
      ["GET", "/api/pmd/assets", { ...asked, state: "trash" }],
      ["POST", "/api/pmd/assets/action", { action: "trash", asset_ids: [1, 3] }],
      ["POST", "/api/pmd/assets/action", { action: "purge", asset_ids: [1, 3] }],
    ]);
  });
});

it("finds files for the palette, with their pictures where they have some", async () => {
  service.answer.mockReturnValue({ items: [assetOf({ id: 1 }), assetOf({ id: 2, type: "audio" })] });
  const found = await fileFinder.find("he", signal);
  found[1]?.open();
  expect(found.map(({ id, words, note, picture }) => [id, words, note, picture])).toEqual([
    ["asset-1", "hero.png", "612 B", "/preview/1/64"],
    ["asset-2", "hero.png", "612 B", undefined],
  ]);
  expect([service.sent[0]?.[2], service.go.mock.calls]).toEqual([
    { q: "he", limit: "5", offset: "0" },
    [["library", { asset: 2 }]],
  ]);
});

it("remembers the place of the file that was opened last, and of no other", () => {
  expect(rememberedPlace(7)).toBe(null);
  rememberPlace(7, 0);
  expect([rememberedPlace(7), rememberedPlace(8)]).toEqual([0, null]);
  rememberPlace(7, -1);
  expect(rememberedPlace(7)).toBe(null);
});

it("asks before the page is left while anything is being saved", async () => {
  const leave = () => !window.dispatchEvent(new Event("beforeunload", { cancelable: true }));
  const ends: ((error?: Error) => void)[] = [];
  const save = () => new Promise<void>((resolve, reject) => ends.push((error) => (error ? reject(error) : resolve())));
  const seen = [leave()];
  const both = [savingBeforeUnload(save), savingBeforeUnload(save)];
  seen.push(leave());
  ends[0]?.();
  await both[0];
  seen.push(leave());
  ends[1]?.(new Error("Away."));
  await both[1]?.catch(() => undefined);
  expect([...seen, leave()]).toEqual([false, true, true, false]);
});

it.each([
  [{ folder: "a/b" }, "in: a/b"],
  [{ type: "image" }, "images"],
  [{ type: "new kind" }, "new kind"],
  [{ theme: "sea" }, "theme: sea"],
  [{ hashtag: "sea" }, "#sea"],
  [{ provenance: "enhanced" }, "task result"],
  [{ license: "none" }, "no licence"],
  [{ license: "MIT" }, "licence: MIT"],
  [{ upload_id: "5" }, "from one upload"],
  [{ rating: "3" }, "3 stars or more"],
  [{ label: "8" }, "label: green"],
  [{ q: "sea", state: "new", theme: "" }, undefined],
])("says what a filter is: %j", (filters, words) => {
  expect(tokenText(filters as never).map((token) => token.words)[0]).toBe(words);
});
