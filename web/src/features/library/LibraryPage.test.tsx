// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { PMDError } from "@pmd/client";
import type { Asset } from "../../data/assets/schema";
import type { Order } from "../../platform/selection";
import { assetOf } from "../../testing/assets";
import { settled } from "../../testing/settled";
import LibraryPage from "./LibraryPage";

type Given = Record<string, unknown>;
/** What the parts of the page were given when they were last drawn. */
const drawn = vi.hoisted(() => new Map<string, Given>());
const part = vi.hoisted(() => (name: string) => (props: Given) => {
  drawn.set(name, props);
  return <p>{name}</p>;
});
const address = vi.hoisted((): { now: Record<string, unknown>; place: number | null } => ({ now: {}, place: null }));
const done = vi.hoisted(() => ({
  ...{ openOverlay: vi.fn(), closeOverlay: vi.fn(), setParameters: vi.fn(), go: vi.fn(), rememberPlace: vi.fn() },
  ...{ openShared: vi.fn(), requestFiles: vi.fn(), noteRequested: vi.fn(), refreshDownloads: vi.fn() },
  ...{ makeDrafts: vi.fn(), getAssetDetails: vi.fn(), success: vi.fn(), error: vi.fn(), useActions: vi.fn() },
}));
const library = vi.hoisted(() => ({ now: {}, asked: vi.fn() }));
vi.mock("./LightTable", () => ({ LightTable: part("table") }));
vi.mock("./Viewer", () => ({ Viewer: part("viewer") }));
vi.mock("./Alike", () => ({ Alike: part("alike") }));
vi.mock("./EditDialog", () => ({ EditDialog: part("edit") }));
vi.mock("./PublishDialog", () => ({ PublishDialog: part("publish") }));
vi.mock("./useActions", () => ({ useActions: done.useActions }));
vi.mock("./useLibrary", () => ({
  useLibrary: (...asked: unknown[]) => {
    library.asked(...asked);
    return library.now;
  },
}));
vi.mock("./api", () => ({ getAssetDetails: done.getAssetDetails }));
vi.mock("./place", () => ({ rememberedPlace: () => address.place, rememberPlace: done.rememberPlace }));
vi.mock("../../platform/address", () => ({
  ...{ openOverlay: done.openOverlay, closeOverlay: done.closeOverlay, setParameters: done.setParameters, go: done.go },
  queryParam: (name: string) => address.now[name],
  useCloseOnBack: () => undefined,
  useParameters: () => address.now,
}));
vi.mock("../../platform/parameters", () => ({
  readParameters: (_page: string, _search: string, names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, ""])),
}));
vi.mock("../../data/client", () => ({ requestFiles: done.requestFiles }));
vi.mock("../../data/dialogs", () => ({ openShared: done.openShared }));
vi.mock("../../data/downloads", () => ({ noteRequested: done.noteRequested }));
vi.mock("../../data/queries", () => ({ refreshDownloads: done.refreshDownloads }));
vi.mock("../../data/drafts", () => ({ makeDrafts: done.makeDrafts, madeWords: () => "2 drafts made." }));
vi.mock("../../ui/toast", () => ({ toast: { success: done.success, error: done.error } }));

const actions = { change: vi.fn(), perform: vi.fn(), edit: vi.fn() };
const freeze = vi.fn();
const want = vi.fn();
const ensure = vi.fn();
const refresh = vi.fn();
let files: Asset[];
let known: Map<number, Asset>;
beforeEach(() => {
  vi.resetAllMocks();
  drawn.clear();
  address.now = { sort: "", look: "grid", asset: 0, compare: "", q: "", state: "new" };
  address.place = null;
  files = [1, 2, 3].map((id) => assetOf({ id, size_bytes: id * 1000 }));
  known = new Map(files.map((file) => [file.id, file]));
  refresh.mockResolvedValue(undefined);
  done.useActions.mockReturnValue(actions);
  done.noteRequested.mockReturnValue(true);
});
afterEach(cleanup);

const client = new QueryClient();
function show(now: Given = {}) {
  Object.assign(address.now, now);
  const windows = { items: files };
  const list = { known, freeze, want, ensure, windows: { get: () => windows } };
  library.now = { list, windows, refresh };
  const page = () => (
    <QueryClientProvider client={client}>
      <LibraryPage />
    </QueryClientProvider>
  );
  const { rerender, unmount } = render(page());
  return {
    unmount,
    /** As the address was changed to. */
    turn: (next: Given) => {
      drawn.clear();
      Object.assign(address.now, next);
      rerender(page());
    },
  };
}
const given = (name: string) => drawn.get(name) ?? {};
const idsViewed = () => {
  const ids = given("viewer")["ids"] as Order;
  return Array.from({ length: ids.length }, (_, at) => ids.at(at));
};
const call = (name: string, prop: string, ...args: unknown[]) =>
  act(() => (given(name)[prop] as (...args: unknown[]) => void)(...args));
const ask = async (about: string, assets: readonly Asset[] = files.slice(0, 2)) => {
  call("table", "onAsk", about, assets);
  await settled();
};
const inList = { places: [0, 1, 2], isList: true, compared: [] };

describe("what is opened", () => {
  it("from the list is stepped through, at its address, and remembered at its place", () => {
    const { turn } = show();
    call("table", "onOpen", inList, 2);
    expect(done.openOverlay.mock.calls).toEqual([["asset", 2, { compare: "" }]]);
    turn({ asset: 2 });
    expect([idsViewed(), given("viewer")["first"], given("viewer")["compared"]]).toEqual([[1, 2, 3], 2, []]);
    call("viewer", "onAt", 3, 2);
    expect([done.openOverlay.mock.lastCall, done.rememberPlace.mock.calls, want.mock.calls]).toEqual([
      ["asset", 3],
      [[3, 2]],
      [[2, 2]],
    ]);
    call("viewer", "onAt", null, 3);
    expect([done.openOverlay.mock.calls.length, want.mock.calls.length]).toEqual([2, 1]);
    turn({ asset: 0 });
    expect(given("table")["lastViewed"]).toBe(null);
  });

  it("fetches the two dozen files after the one that is shown", () => {
    files = Array.from({ length: 40 }, (_, index) => assetOf({ id: index + 1 }));
    const { turn } = show();
    call("table", "onOpen", { ...inList, places: files.map((_, index) => index) }, 5);
    turn({ asset: 5 });
    call("viewer", "onAt", 5, 4);
    expect(want.mock.calls).toEqual([[4, 27]]);
    call("table", "onReturned");
    expect(given("table")["lastViewed"]).toBe(null);
  });

  it("stays closed once “back” has closed it", () => {
    const { turn } = show();
    call("table", "onOpen", inList, 2);
    turn({ asset: 2 });
    address.now["asset"] = "";
    call("viewer", "onAt", 3, 2);
    expect(done.openOverlay).toHaveBeenCalledTimes(1);
  });

  it("follows the list where that changes; a selection stays as it was", () => {
    const { turn } = show();
    call("table", "onOpen", inList, 2);
    call("table", "onListed", [1, 2]);
    turn({ asset: 2 });
    expect(idsViewed()).toEqual([2, 3]);
    call("table", "onOpen", { ids: [1, 2], compared: [1, 2] }, 2);
    call("table", "onListed", [2]);
    expect([given("viewer")["ids"], given("viewer")["compared"]]).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(done.openOverlay.mock.lastCall).toEqual(["asset", 2, { compare: "1,2" }]);
    call("viewer", "onAt", 1, 0);
    expect([want.mock.calls, done.rememberPlace.mock.calls]).toEqual([[], []]);
  });

  it("by a link is alone, beside its original if the link says so", async () => {
    show({ asset: 9, compare: "original" });
    await settled();
    expect([given("viewer")["ids"], given("viewer")["isComparing"], done.getAssetDetails.mock.calls]).toEqual([
      [9],
      true,
      [],
    ]);
    const find = given("viewer")["known"] as (id: number) => Asset | null;
    expect([find(1), find(9)]).toEqual([files[0], null]);
  });

  it.each([
    ["onClose", [], [["details"], ["asset", "compare"]], 0],
    ["onOpen", [7], [["details"]], 1],
  ] as const)("closes the details with it: %s", (name, args, closed, opened) => {
    show({ asset: 9 });
    call("viewer", name, ...args);
    expect([done.closeOverlay.mock.calls, done.openOverlay.mock.calls.length]).toEqual([closed, opened]);
  });

  it("names what is put beside each other in the address", () => {
    show({ asset: 9 });
    call("viewer", "onCompared", [9, 2]);
    expect(done.setParameters.mock.calls).toEqual([["library", { compare: "9,2" }]]);
  });
});

describe("after a reload", () => {
  it("a file that was opened from the list is stepped through from its place", async () => {
    address.place = 1;
    show({ asset: 2 });
    await settled();
    expect([ensure.mock.calls[0], idsViewed()]).toEqual([
      [1, 1],
      [1, 2, 3],
    ]);
  });

  it("its stack is open, and others are closed", async () => {
    files = [
      assetOf({ id: 1 }),
      assetOf({ id: 2, parent_asset_id: 1 }),
      assetOf({ id: 3 }),
      assetOf({ id: 4, parent_asset_id: 3 }),
    ];
    known = new Map(files.map((file) => [file.id, file]));
    address.place = 1;
    const { unmount } = show({ asset: 2 });
    await settled();
    expect(idsViewed()).toEqual([1, 2, 3]);
    unmount();
    show({ asset: 2, sort: "-path" });
    await settled();
    expect(idsViewed()).toEqual([1, 2, 3, 4]);
  });

  it("what was compared is beside each other again, also what the list does not know", async () => {
    const far = assetOf({ id: 9 });
    done.getAssetDetails.mockResolvedValue({ asset: far });
    show({ asset: 9, compare: "9,2" });
    expect(given("viewer")["isComparing"]).toBe(false);
    await settled();
    expect([given("viewer")["ids"], given("viewer")["compared"], known.get(9)]).toEqual([[9, 2], [9, 2], far]);
    expect(done.getAssetDetails.mock.calls).toEqual([[9, expect.any(AbortSignal)]]);
  });

  it("a file is alone where one of the compared ones is gone, and nothing is asked after leaving", async () => {
    done.getAssetDetails.mockRejectedValue(new PMDError(404, "Gone."));
    const { unmount } = show({ asset: 2, compare: "9,2" });
    await settled();
    expect(given("viewer")["ids"]).toEqual([2]);
    unmount();
    expect((done.getAssetDetails.mock.lastCall as [number, AbortSignal])[1].aborted).toBe(true);
  });
});

it("keeps the list as it is while a file is looked at, and refreshes it afterwards", async () => {
  refresh.mockRejectedValue(new Error("Away."));
  const { turn } = show({ asset: 9 });
  expect([freeze.mock.calls, refresh.mock.calls]).toEqual([[[true]], []]);
  turn({ asset: 0 });
  await settled();
  expect([freeze.mock.lastCall, refresh.mock.calls.length]).toEqual([[false], 1]);
});

it("shows similar files over the list, and compares some of them closely", () => {
  const { turn } = show({ look: "alike" });
  const far = assetOf({ id: 9 });
  call("alike", "onCompare", [far, files[0]], far);
  expect([known.get(9), done.openOverlay.mock.calls]).toEqual([far, [["asset", 9, { compare: "9,1" }]]]);
  call("alike", "onClose");
  expect(done.closeOverlay.mock.calls).toEqual([["look"]]);
  turn({ asset: 9 });
  expect([drawn.has("alike"), given("viewer")["compared"]]).toEqual([false, [9, 1]]);
  turn({ asset: 0, look: "list" });
  expect([drawn.has("alike"), drawn.has("viewer"), given("table")["look"]]).toEqual([false, false, "list"]);
});

it("asks for the files of the address, in its order", () => {
  show({ sort: "-size" });
  expect(library.asked.mock.lastCall).toEqual([address.now, { sort: "size", isDescending: true }]);
  expect([given("table")["sort"], given("table")["isDescending"], given("table")["look"]]).toEqual([
    "size",
    true,
    "grid",
  ]);
  expect(done.useActions.mock.lastCall?.[0]).toMatchObject({ state: "new" });
});

describe("what is asked for", () => {
  it("is a task or a pack in their own dialogs, with all bytes", async () => {
    show();
    await ask("task");
    await ask("pack");
    expect(done.openShared.mock.calls).toEqual([
      [{ about: "task", assets: files.slice(0, 2) }],
      [{ about: "pack", assetIds: [1, 2], bytes: 3000 }],
    ]);
  });

  it("is drafts, with a way to them", async () => {
    show();
    await ask("drafts");
    const [words, { action }] = done.success.mock.lastCall as [
      string,
      { action: { label: string; onClick: () => void } },
    ];
    action.onClick();
    expect([done.makeDrafts.mock.calls, words, action.label, done.go.mock.calls]).toEqual([
      [[[1, 2]]],
      "2 drafts made.",
      "Open",
      [["publish", { tab: "drafts" }]],
    ]);
  });

  it("is one download, by one key until it is accepted", async () => {
    done.requestFiles.mockRejectedValueOnce(new PMDError(503, "Away."));
    done.requestFiles.mockResolvedValue({ id: "b1", message: "It is being made." });
    show();
    await ask("download");
    expect([done.error.mock.calls, done.noteRequested.mock.calls, done.refreshDownloads.mock.calls.length]).toEqual([
      [["Away."]],
      [],
      1,
    ]);
    await ask("download");
    call("table", "onDownload", "sprites");
    await settled();
    const [first, second, third] = done.requestFiles.mock.calls as [unknown, string][];
    expect([first?.[0], second?.[0], third?.[0]]).toEqual([
      { asset_ids: [1, 2] },
      { asset_ids: [1, 2] },
      { folder: "sprites" },
    ]);
    expect([first?.[1] === second?.[1], second?.[1] === third?.[1]]).toEqual([true, false]);
    expect([done.noteRequested.mock.calls, done.success.mock.lastCall]).toEqual([
      [["b1"], ["b1"]],
      ["It is being made."],
    ]);
    expect(done.refreshDownloads).toHaveBeenCalledTimes(3);
  });

  it("is an edit of these files", async () => {
    show();
    await ask("edit");
    call("edit", "onApply", { set: {} }, "seen");
    expect([given("edit")["assets"], actions.edit.mock.calls]).toEqual([
      files.slice(0, 2),
      [[{ set: {} }, files.slice(0, 2), "seen"]],
    ]);
    call("edit", "onClose");
    expect(screen.queryByText("edit")).toBeNull();
  });

  it("is publishing them: the list learns their posts, and a task takes the dialog's place", async () => {
    show();
    await ask("publish");
    call("publish", "onDone", [
      { asset_id: 1, post_id: 7 },
      { asset_id: 2, post_id: null },
    ]);
    const [ids, change] = actions.change.mock.lastCall as [Iterable<number>, (asset: Asset) => Asset];
    expect([...ids]).toEqual([1, 2]);
    expect([1, 2, 3].map((id) => change(assetOf({ id, post_id: 5 })).post_id)).toEqual([7, 5, 5]);
    call("publish", "onTask", [files[0]], { words: "", params: { colours: 32 } });
    expect(done.openShared.mock.calls).toEqual([
      [{ about: "task", assets: [files[0]], suggestion: { kind: "export", params: { colours: 32 } } }],
    ]);
    expect(screen.queryByText("publish")).toBeNull();
    await ask("publish");
    call("publish", "onClose");
    expect(screen.queryByText("publish")).toBeNull();
  });

  it("is deleting them for good, once that is confirmed", async () => {
    show();
    await ask("purge");
    const dialog = document.querySelector("dialog");
    expect([dialog?.querySelector("h2")?.textContent, dialog?.querySelector("p")?.textContent]).toEqual([
      "Delete 2 files permanently?",
      "This cannot be undone. It frees up to 3.0 kB. Copies that a post or a built pack uses are kept.",
    ]);
    expect(actions.perform).not.toHaveBeenCalled();
    fireEvent.submit(document.querySelector("form") ?? document.body);
    await settled();
    expect([actions.perform.mock.calls, document.querySelector("dialog")]).toEqual([
      [["purge", files.slice(0, 2)]],
      null,
    ]);
  });
});
