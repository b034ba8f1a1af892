// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { LiveEvent } from "../../data/live/messages";
import { assetOf } from "../../testing/assets";
import { settled } from "../../testing/settled";
import { noFilters, type Sort } from "./filters";
import {
  ALIKE,
  useAlike,
  useAssetDetails,
  useAssets,
  useFolderTree,
  useKeptBoth,
  useLibrary,
  useSequences,
} from "./useLibrary";

const api = vi.hoisted(() => ({
  listAssets: vi.fn(),
  countAssets: vi.fn(),
  listFolders: vi.fn(),
  listAlike: vi.fn(),
  listSequences: vi.fn(),
  listKeptBoth: vi.fn(),
  getAssetDetails: vi.fn(),
}));
const stream = vi.hoisted((): { connection: string; tell: (event: unknown, isReplayed: boolean) => void } => ({
  connection: "live",
  tell: () => undefined,
}));
vi.mock("./api", () => api);
vi.mock("./ordering", () => ({ FOLDERS: "folders" }));
vi.mock("../../data/queries", () => ({
  byCursor: { initialPageParam: null, getNextPageParam: (page: { next_cursor: string | null }) => page.next_cursor },
}));
vi.mock("../../data/live/live", () => ({
  useConnection: () => stream.connection,
  usePMDSSE: (kind: string, onEvent: (event: unknown, isReplayed: boolean) => void) => {
    if (kind === "asset") stream.tell = onEvent;
  },
}));
vi.mock("../../platform/parameters", () => ({
  readParameters: (_page: string, _search: string, names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, ""])),
}));

const found = (...ids: number[]) => ({
  items: ids.map((id) => assetOf({ id })),
  next_cursor: null as string | null,
  did_you_mean: null,
});
beforeEach(() => {
  vi.useRealTimers();
  vi.resetAllMocks();
  stream.connection = "live";
  api.listAssets.mockResolvedValue(found(1, 2));
  api.countAssets.mockResolvedValue({ total_count: 2, facets: {} });
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});
let client: QueryClient;
function hooked<T, P>(use: (props: P) => T, initialProps: P) {
  client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  return renderHook(use, { wrapper, initialProps });
}
const update: LiveEvent = { type: "update", id: "1", data: {} } as unknown as LiveEvent;
const tell = (event: object = update, isReplayed = false) => act(() => stream.tell(event, isReplayed));

describe("the files that match", () => {
  const sorted = (sort: Sort, isDescending = false) => ({ sort, isDescending });
  const opened = () => {
    const given = { filters: { ...noFilters, q: "sea" }, sorted: sorted("name") };
    return { given, ...hooked((now: typeof given) => useLibrary(now.filters, now.sorted), given) };
  };
  const listings = () =>
    (api.listAssets.mock.calls as [object, number, number][]).map(([query, from]) => [query, from]);
  /** Nobody waits a second for what is fetched again after one. */
  const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));

  it("are fetched in the order that was asked for, and shown", async () => {
    const { result } = opened();
    await settled();
    expect([listings(), result.current.windows.items.map((asset) => asset?.id)]).toEqual([
      [[{ q: "sea", sort: "name", order: "asc" }, 0]],
      [1, 2],
    ]);
  });

  it("are fetched anew in another order, and known from before", async () => {
    const { result, rerender, given } = opened();
    await settled();
    rerender({ ...given, sorted: sorted("size", true) });
    expect([result.current.list.known.has(1), result.current.windows.items]).toEqual([true, []]);
    await settled();
    expect(listings().at(-1)).toEqual([{ q: "sea", sort: "size", order: "asc" }, 0]);
  });

  it("are others under other filters", async () => {
    const { result, rerender, given } = opened();
    await settled();
    rerender({ ...given, filters: noFilters });
    expect(result.current.list.known.size).toBe(0);
  });

  it("are fetched once more a second after they change, and once for many changes", async () => {
    vi.useFakeTimers();
    opened();
    await pass(0);
    tell(update, true);
    await pass(5000);
    expect(listings()).toHaveLength(1);
    tell(); // the stream's first may be newer than the list
    tell({ type: "live" });
    await pass(600);
    tell();
    await pass(399);
    expect(listings()).toHaveLength(1);
    await pass(1);
    expect(listings()).toHaveLength(2);
    await pass(5000);
    expect(listings()).toHaveLength(2);
    tell();
    await pass(1000);
    expect(listings()).toHaveLength(3);
  });

  it("are fetched once more only after a slow answer, which a change meanwhile does not stop", async () => {
    vi.useFakeTimers();
    opened();
    await pass(0);
    tell();
    let answer: (page: object) => void = () => undefined;
    api.listAssets.mockImplementationOnce(() => new Promise((resolve) => (answer = resolve)));
    tell();
    await pass(1000);
    tell();
    await pass(5000);
    expect(listings()).toHaveLength(2);
    answer(found(1, 2));
    await pass(0);
    expect(listings()).toHaveLength(3);
  });

  it("are not fetched for what is no change, nor once the list is gone", async () => {
    vi.useFakeTimers();
    const { unmount } = opened();
    await pass(0);
    for (const type of ["live", "listed", "live"]) tell({ type });
    await pass(5000);
    tell();
    tell();
    unmount();
    await pass(5000);
    expect(listings()).toHaveLength(1);
  });

  it("are asked for every ten seconds while the stream is away, and no more once it is back", async () => {
    vi.useFakeTimers();
    stream.connection = "lost";
    const { rerender, given } = opened();
    await pass(0);
    await pass(9_999);
    expect(listings()).toHaveLength(1);
    await pass(1);
    await pass(10_000);
    expect(listings()).toHaveLength(3);
    stream.connection = "live";
    rerender({ ...given });
    await pass(30_000);
    expect(listings()).toHaveLength(3);
  });

  it("bring the folders' counts with them, what is similar, and the details of the open file", async () => {
    const { result } = opened();
    const invalidated = vi.spyOn(client, "invalidateQueries");
    await act(() => result.current.refresh());
    expect(invalidated.mock.calls).toEqual(
      ["folders", "alike", "kept-both", "sequences", "asset-details"].map((key) => [{ queryKey: [key] }]),
    );
  });
});

it("counts the folders again when the page is opened again", async () => {
  api.listFolders.mockResolvedValue([{ folder: "a", count: 1 }]);
  const use = () => {
    useLibrary(noFilters, { sort: "name", isDescending: false });
    return useFolderTree(noFilters);
  };
  const first = hooked(use, undefined);
  await settled();
  expect(api.listFolders).toHaveBeenCalledOnce();
  first.unmount();
  api.listFolders.mockResolvedValue([{ folder: "b", count: 1 }]);
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  client.setDefaultOptions({ queries: { staleTime: Infinity } });
  const { result } = renderHook(use, { wrapper });
  await settled();
  expect(result.current.map(({ folder }) => folder)).toEqual(["b"]);
});

it("counts each folder under the filters, but for the folder that is chosen", async () => {
  api.listFolders.mockImplementation((query: object) =>
    Promise.resolve("q" in query ? [{ folder: "a", count: 1 }] : ["a", "b"].map((folder) => ({ folder, count: 9 }))),
  );
  const filters = { ...noFilters, q: "sea", folder: "a" };
  const { result } = hooked(() => useFolderTree(filters), undefined);
  await settled();
  const asked = api.listFolders.mock.calls.map(([query]: unknown[]) => query);
  expect([asked, result.current]).toMatchObject([
    [{}, { q: "sea" }],
    [
      { folder: "a", count: 1 },
      { folder: "b", count: 0 },
    ],
  ]);
  expect(asked).toEqual([{}, { q: "sea" }]);
});

describe("similar files", () => {
  const group = (id: number) => ({ items: [assetOf({ id }), assetOf({ id: id + 1 })], is_equal: false });
  const pages = (...groups: number[][]) =>
    void api.listAlike.mockImplementation((cursor: string | null) => {
      const at = Number(cursor ?? 0);
      const next = at + 1 < groups.length ? String(at + 1) : null;
      return Promise.resolve({ groups: (groups[at] ?? []).map(group), examined_count: 100, next_cursor: next });
    });
  const cursors = () => api.listAlike.mock.calls.map(([cursor]: unknown[]) => cursor);

  it.each([
    [1, [null], 1, 100, false],
    [2, [null, "1", "2"], 3, 300, false],
    [9, [null, "1", "2", "3"], 3, 400, true],
  ])("are searched for until %i groups are there", async (wanted, asked, count, checked, isWhole) => {
    pages([1], [], [3, 5], []);
    const { result } = hooked(() => useAlike(wanted), undefined);
    for (let turn = 0; turn < 5; turn += 1) await settled();
    const { groups, checkedCount, isSearching } = result.current;
    expect([cursors(), groups.length, checkedCount, result.current.isWhole, isSearching]).toEqual([
      ...[asked, count, checked, isWhole, false],
    ]);
  });

  it("are searched for no further after an error, until asked", async () => {
    api.listAlike.mockRejectedValue(new Error("Away."));
    const { result } = hooked(() => useAlike(3), undefined);
    await settled();
    expect([cursors().length, result.current.error?.message, result.current.isWhole]).toEqual([1, "Away.", false]);
    pages([1, 3, 5]);
    act(() => result.current.more());
    await settled();
    expect([result.current.groups.length, result.current.error, result.current.isWhole]).toEqual([3, null, true]);
  });

  it("that are decided about leave the list, and no request is made for it", async () => {
    pages([1, 5]);
    const { result } = hooked(() => useAlike(2), undefined);
    await settled();
    const [first] = result.current.groups;
    act(() => {
      result.current.drop(first ? [first] : []);
    });
    await settled();
    expect([result.current.groups.map(({ items }) => items[0]?.id), cursors().length]).toEqual([[5], 1]);
    expect(client.getQueryData(ALIKE)).toMatchObject({ pages: [{ examined_count: 100, next_cursor: null }] });
    await act(() => result.current.refresh());
    expect(cursors()).toHaveLength(2);
  });

  it("that are decided about do not come back with what was asked for before", async () => {
    pages([1, 5]);
    const { result } = hooked(() => useAlike(2), undefined);
    await settled();
    const [first] = result.current.groups;
    let refreshed = Promise.resolve();
    await act(async () => {
      refreshed = result.current.refresh();
      result.current.drop(first ? [first] : []);
      await refreshed;
    });
    await settled();
    expect(result.current.groups.map(({ items }) => items[0]?.id)).toEqual([5]);
  });
});

it.each([
  ["sequences", useSequences, api.listSequences, (id: number) => ({ id })],
  ["pairs that were kept", useKeptBoth, api.listKeptBoth, (id: number) => ({ items: [{ id }] })],
] as const)("lists %s by pages, as far as asked", async (_what, use, list, item) => {
  list
    .mockResolvedValueOnce({ items: [item(1)], next_cursor: "x" })
    .mockResolvedValueOnce({ items: [item(2)], next_cursor: null });
  const { result } = hooked(() => use(), undefined);
  const count = () => ("pairs" in result.current ? result.current.pairs : result.current.sequences).length;
  expect([count(), result.current.isWhole]).toEqual([0, false]);
  await settled();
  expect([count(), result.current.isWhole]).toEqual([1, false]);
  act(() => result.current.more());
  await settled();
  expect([count(), result.current.isWhole, list.mock.calls.map(([cursor]: unknown[]) => cursor)]).toEqual([
    2,
    true,
    [null, "x"],
  ]);
});

it("asks for the details of a file, and of none for none", async () => {
  api.getAssetDetails.mockResolvedValue({ asset: { id: 3 } });
  const { result, rerender } = hooked((id: number | null) => useAssetDetails(id), null as number | null);
  await settled();
  expect([api.getAssetDetails.mock.calls, result.current.data]).toEqual([[], undefined]);
  rerender(3);
  await settled();
  expect([api.getAssetDetails.mock.calls.map(([id]: unknown[]) => id), result.current.data]).toEqual([
    [3],
    { asset: { id: 3 } },
  ]);
});

it("reads files that are compared, and each of them again once they have changed", async () => {
  api.getAssetDetails.mockImplementation((id: number) => Promise.resolve({ asset: { id, rating: 0 } }));
  const compared = [3, 5];
  const { result, rerender } = hooked(() => useAssets(compared), null);
  await settled();
  const before = result.current;
  rerender(null);
  expect([before, result.current === before]).toEqual([compared.map((id) => ({ id, rating: 0 })), true]);
  api.getAssetDetails.mockImplementation((id: number) => Promise.resolve({ asset: { id, rating: id } }));
  await act(() => client.invalidateQueries({ queryKey: ["asset-details"] }));
  await settled();
  expect(result.current).toEqual(compared.map((id) => ({ id, rating: id })));
});
