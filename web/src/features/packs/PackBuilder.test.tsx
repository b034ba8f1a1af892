// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Command } from "../../commands/commands";
import { settled } from "../../testing/settled";
import { PackBuilder } from "./PackBuilder";
import type { Pack } from "./schema";

type Props = Record<string, unknown>;
const api = vi.hoisted(() => ({
  ...{ changePack: vi.fn(), exportPack: vi.fn(), fillPack: vi.fn(), refreshPacks: vi.fn() },
  ...{ usePack: vi.fn(), usePackCheck: vi.fn() },
}));
const shell = vi.hoisted(() => ({ announce: vi.fn(), go: vi.fn(), openMenu: vi.fn(), info: vi.fn(), error: vi.fn() }));
/** What the last drawing gave to each part that is not drawn here, and to the commands. */
const drawn: { parts: Record<string, Props>; lists: Command[]; page: Command[]; list: Props } = vi.hoisted(() => ({
  ...{ parts: {}, lists: [], page: [], list: {} },
}));
const part = vi.hoisted(() => (name: string) => ({
  [name]: (props: Props) => {
    drawn.parts[name] = props;
    return null;
  },
}));
vi.mock("./api", () => api);
vi.mock("./BuilderBar", () => ({ BuilderBar: part("bar")["bar"] }));
vi.mock("./BuilderDialog", () => ({ BuilderDialog: part("dialog")["dialog"] }));
vi.mock("./CoverPane", () => ({ CoverPane: part("cover")["cover"] }));
vi.mock("./PackChecks", () => ({ PackChecks: part("checks")["checks"] }));
vi.mock("./PackPublish", () => ({ PackPublish: part("publish")["publish"] }));
vi.mock("./Editions", () => ({ Editions: part("editions")["editions"] }));
vi.mock("../../commands/SelectionBar", () => ({ SelectionBar: part("selection")["selection"] }));
vi.mock("../../commands/StatusBar", () => ({
  StatusText: ({ children }: { children: ReactNode }) => <p data-testid="foot">{children}</p>,
}));
vi.mock("../../commands/commands", () => ({ useCommands: (page: Command[]) => Object.assign(drawn, { page }) }));
vi.mock("../../commands/list/useListCommands", () => ({
  useListCommands: (list: Props, lists: Command[]) => Object.assign(drawn, { list, lists }),
}));
vi.mock("../../commands/menu", () => shell);
vi.mock("../../data/assets/AssetPicture", () => ({ ArtOnMat: () => null }));
vi.mock("../../data/assets/SmallPreview", () => ({
  hasPicture: ({ has_preview: has }: { has_preview: boolean }) => has,
}));
vi.mock("../../platform/address", () => ({ go: shell.go, isPlainClick: () => true, pageHref: () => "#" }));
vi.mock("../../ui/announce", () => shell);
vi.mock("../../ui/toast", () => ({ toast: shell }));

const file = (id: number, folder: string, change: object = {}) => ({
  ...{
    asset_id: id,
    name: `${String(id)}.png`,
    rel_path: `assets/${folder}${String(id)}.png`,
    notes: null,
    path: null,
  },
  ...{ type: "image", has_preview: true, size_bytes: 1000, frame_count: 1, is_new: false, provenance: "user_provided" },
  ...change,
});
const FILES = [file(1, ""), file(2, "a/", { is_new: true }), file(3, "a/"), file(4, "a/b/", { has_preview: false })];
const PACK = {
  ...{
    id: 7,
    name: "Dragons",
    edition: 2,
    updated_at: "T1",
    export: null,
    seen_by: "owner",
    cover: null,
    marks: "keep",
  },
} as unknown as Pack;
const CHECK = { conflicts: [], readme: "Hello.", license_text: null };
const [refetch, recheck, onBack] = [vi.fn(), vi.fn(), vi.fn()];
let query: Props;
let check: Props;
beforeEach(() => {
  vi.resetAllMocks();
  Object.assign(drawn, { parts: {}, lists: [], page: [], list: {} });
  query = { data: { pack: PACK, assets: FILES, editions: ["edition"] }, error: null, refetch };
  check = { data: CHECK, error: null, isFetching: false, refetch: recheck };
  for (const each of [api.changePack, api.exportPack, api.fillPack]) each.mockResolvedValue(undefined);
});
afterEach(cleanup);
function show(live: Partial<Pack> | null = {}) {
  api.usePack.mockReturnValue(query);
  api.usePackCheck.mockReturnValue(check);
  const client = new QueryClient();
  const builder = (pack: Partial<Pack> | null) => (
    <QueryClientProvider client={client}>
      <PackBuilder id={7} live={pack && { ...PACK, ...pack }} onBack={onBack} />
    </QueryClientProvider>
  );
  const { rerender } = render(builder(live));
  return (pack: Partial<Pack> | null) => rerender(builder(pack));
}
const given = (name: string) => drawn.parts[name] ?? {};
const call = async (of: unknown, ...values: unknown[]) => {
  let did: unknown;
  act(() => {
    did = (of as (...all: unknown[]) => unknown)(...values);
  });
  await settled();
  return did;
};
const command = (name: string) => [...drawn.lists, ...drawn.page].find((each) => (each.name ?? each.label) === name);
const run = (name: string, key = "") => call(command(name)?.run, key);
const tile = (id: number) => document.getElementById(`packed-${String(id)}`);
const press = (id: number, keys = {}) => fireEvent.click(tile(id) ?? document.body, keys);
const tiles = () => screen.queryAllByRole("option").map(({ dataset }) => Number(dataset["id"]));
const active = () => screen.getByRole("listbox").getAttribute("aria-activedescendant");
const filled = () =>
  (api.fillPack.mock.calls as [number, object, { asset_id: number; path?: string }[]][]).map(([, , to]) =>
    to.map(({ asset_id: id, path }) => (path === undefined ? id : `${String(id)} ${path}`)),
  );
const foot = () => screen.getByTestId("foot").textContent;

describe("until it is known", () => {
  it.each([
    [{}, "Dragons"],
    [null, "Pack"],
  ])("has the name that is known: %j", async (live, name) => {
    Object.assign(query, { data: undefined, error: new Error("Not now.") });
    show(live);
    expect(screen.queryByRole("region", { name })).not.toBeNull();
    fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    fireEvent.click(screen.getByRole("link", { name: "Packs" }));
    await settled();
    expect([refetch.mock.calls.length, onBack.mock.calls.length]).toEqual([1, 1]);
  });

  it.each([
    [null, ""],
    [{}, "T1 2  owner"],
    [{ export: { status: "running" } as Pack["export"] }, "T1 2 running owner"],
  ])("is read anew whenever it has changed: %j", (live, version) => {
    show(live);
    expect([api.usePack.mock.lastCall, api.usePackCheck.mock.lastCall]).toEqual([
      [7, version],
      [7, version],
    ]);
  });
});

describe("its files", () => {
  it("stand by folder, all of them, with how many there are", () => {
    show(null);
    expect([tiles(), foot()]).toEqual([[1, 2, 3, 4], "4 files in the pack"]);
    expect(given("bar")["counts"]).toEqual({ all: 4, new: 1, todo: 0 });
    expect([screen.queryByText(/^No file is in it yet/), given("editions")["editions"]]).toEqual([null, ["edition"]]);
    expect(screen.getAllByRole("treeitem").map(({ textContent: text }) => text)).toEqual([
      ...["Top folder1", "a+13", "b1"],
    ]);
  });

  it("are none at first", () => {
    query["data"] = { pack: PACK, assets: [], editions: [] };
    show();
    expect([screen.queryByText(/^No file is in it yet/) !== null, foot()]).toEqual([true, "0 files in the pack"]);
  });

  it("of the first edition none is new", async () => {
    show({ edition: 0 });
    expect(given("bar")["counts"]).toMatchObject({ new: 0 });
    await call(given("bar")["setTab"], "new");
    expect(tiles()).toEqual([]);
  });

  const conflict = { code: "not_approved", asset_id: 3, file: "3.png", message: "" };
  it.each([
    ["all", "", [1, 2, 3, 4]],
    ["new", "", [2]],
    ["todo", "", [3]],
    ["all", " A/ ", [2, 3, 4]],
    ["all", "3.PNG", [3]],
    ["new", "3", []],
  ])("under %s are found by %j", async (tab, text, found) => {
    check["data"] = { ...CHECK, conflicts: [conflict, { ...conflict, asset_id: null }] };
    show();
    expect(given("bar")["counts"]).toMatchObject({ todo: 1 });
    await call(given("bar")["setTab"], tab);
    await call(given("bar")["setText"], text);
    expect(tiles()).toEqual(found);
  });

  const MANY = Array.from({ length: 16 }, (_, index) => file(index + 1, "", { is_new: true }));
  it.each([
    ["at first", () => Promise.resolve(), 13],
    ["that are searched", () => call(given("bar")["setText"], "p"), 16],
    ["under a tab", () => call(given("bar")["setTab"], "new"), 16],
    ["that are asked for", () => call(() => fireEvent.click(screen.getByText("more"))), 16],
    ["of a closed folder", () => call(() => fireEvent.click(screen.getAllByText("Top folder").at(-1) as Element)), 0],
  ])("%s of sixteen stand there: %#", async (_, does, count) => {
    query["data"] = { pack: PACK, assets: MANY, editions: [] };
    show();
    await does();
    expect(tiles()).toHaveLength(count);
  });

  it("have a cursor by a press, and are selected by Ctrl and Shift", async () => {
    show();
    press(2);
    expect([active(), given("selection")["count"]]).toEqual(["packed-2", 0]);
    press(3, { ctrlKey: true });
    press(1, { shiftKey: true });
    expect([active(), given("selection")["count"]]).toEqual(["packed-1", 3]);
    await call(given("selection")["onClear"]);
    expect(given("selection")["count"]).toBe(0);
  });

  it("are opened in the library, and moved over by as many as stand beside each other", () => {
    show();
    (drawn.list["onOpen"] as (id: number) => void)(3);
    expect(shell.go.mock.calls).toEqual([["library", { asset: 3 }]]);
    vi.spyOn(window, "getComputedStyle").mockReturnValue({ gridTemplateColumns: "1fr 1fr 1fr" } as CSSStyleDeclaration);
    expect((drawn.list["shape"] as () => object)()).toEqual({ rows: 3, columns: 3 });
    vi.restoreAllMocks();
  });

  it.each([
    ["ArrowLeft", true, "forward", [[1, 3, 2, 4]]],
    ["ArrowUp", true, "forward", [[1, 3, 2, 4]]],
    ["ArrowRight", true, "back", [[1, 2, 4, 3]]],
    ["ArrowDown", true, "back", [[1, 2, 4, 3]]],
    ["ArrowLeft", false, null, []],
    ["x", true, null, []],
  ])("are moved by Alt and %s (%s)", async (key, altKey, to, sent) => {
    show();
    fireEvent.keyDown(screen.getByRole("listbox"), { key, altKey });
    press(3);
    fireEvent.keyDown(screen.getByRole("listbox"), { key, altKey });
    await settled();
    expect([filled(), shell.announce.mock.calls]).toEqual([sent, to ? [[`3.png moved ${to}`]] : []]);
  });

  it("that are left out are not moved by keys", async () => {
    show();
    press(3);
    await run("leaveOut");
    fireEvent.keyDown(screen.getByRole("listbox"), { key: "ArrowLeft", altKey: true });
    await settled();
    expect([filled(), shell.announce.mock.calls]).toEqual([[[1, 2, 4]], []]);
  });

  const dragTo = async (id: number, target: Element | null) => {
    const dataTransfer = { types: ["application/x-pmd-packed"], setData: vi.fn() };
    fireEvent.dragStart(tile(id) ?? document.body, { dataTransfer });
    fireEvent.drop(target ?? document.body, { dataTransfer });
    await settled();
  };
  it("are dragged before another, and not before themselves", async () => {
    show();
    await dragTo(4, tile(2));
    await dragTo(3, tile(3));
    expect(filled()).toEqual([[1, 4, 2, 3]]);
  });

  it.each([
    ["alone", [], [1, "2 2.png", 3, 4]],
    ["with those that are selected", [2, 4], [1, "2 2.png", 3, "4 4.png"]],
    ["without those that are selected", [3], [1, "2 2.png", 3, 4]],
  ])("are dragged to a folder %s", async (_, selected, sent) => {
    show();
    for (const id of selected) press(id, { ctrlKey: true });
    await dragTo(2, screen.getAllByRole("treeitem")[0] ?? null);
    expect(filled()).toEqual([sent]);
  });
});

describe("the folders", () => {
  it.each([
    [[2], 1, [[1]], []],
    [[2, 1], 1, [[1], [1, 2, 3, 4]], []],
  ])("are left out by their tick, and taken in again %#", async (_keys, index, sent) => {
    show();
    for (const [time] of sent.entries()) {
      fireEvent.click(document.querySelectorAll(".tick-box")[index] ?? document.body);
      await settled();
      expect(filled()).toHaveLength(time + 1);
    }
    expect(filled()).toEqual(sent);
    expect(foot()).toBe(sent.length === 1 ? "1 file of 4 in the pack" : "4 files in the pack");
  });

  it("lead to their first file, or to that of one below them", () => {
    query["data"] = { pack: PACK, assets: [file(1, ""), file(4, "a/b/"), file(5, "ab/")], editions: [] };
    show();
    const scrolled = vi.spyOn(Element.prototype, "scrollIntoView").mockImplementation(() => undefined);
    const at = screen.getAllByRole("treeitem").map((item) => {
      fireEvent.click(item);
      return active();
    });
    expect(at).toEqual(["packed-1", "packed-4", "packed-4", "packed-5"]);
    expect(scrolled.mock.calls.slice(0, 2)).toEqual([[{ block: "nearest" }], [{ block: "start" }]]);
    scrolled.mockRestore();
  });

  it("are stepped over by keys", async () => {
    show();
    expect([await run("folder", "]"), active()]).toEqual([true, "packed-1"]);
    expect([await run("folder", "]"), active()]).toEqual([true, "packed-2"]);
    expect([await run("folder", "["), active()]).toEqual([true, "packed-1"]);
    expect([await run("folder", "["), active()]).toEqual([false, "packed-1"]);
  });
});

describe("commands", () => {
  const offers = () => (given("selection")["commands"] as Command[]).map((each) => [each.label, each.disabledReason]);
  it.each([
    [
      [],
      [],
      [
        ["Leave out", "no file is selected"],
        ["Move to folder…", null],
        ["Use as cover", "choose one picture"],
      ],
    ],
    [
      [2],
      [],
      [
        ["Leave out", null],
        ["Move to folder…", null],
        ["Use as cover", null],
      ],
    ],
    [
      [4],
      [],
      [
        ["Leave out", null],
        ["Move to folder…", null],
        ["Use as cover", "it has no picture"],
      ],
    ],
    [
      [2],
      [2],
      [
        ["Take in", null],
        ["Move to folder…", "it is left out"],
        ["Use as cover", null],
      ],
    ],
  ])("at %j, with %j left out", async (at, out, said) => {
    show();
    await call(given("checks")["onLeaveOut"], out);
    for (const id of at) press(id);
    expect(offers()).toEqual(said);
  });

  it.each(["leaveOut", "remove"])("%s does as its label says, of the selection as of the cursor", async (name) => {
    show();
    expect(await run(name)).toBe(false);
    press(2);
    expect(await run(name)).toBe(true);
    press(2, { ctrlKey: true });
    press(3, { ctrlKey: true });
    expect(offers()[0]).toEqual(["Leave out", null]);
    await run(name);
    expect(offers()[0]).toEqual(["Take in", null]);
    await run(name);
    expect(filled()).toEqual([
      [1, 3, 4],
      [1, 4],
      [1, 2, 3, 4],
    ]);
  });

  it("files go to a folder that is asked for, without those that are left out", async () => {
    show();
    await call(given("checks")["onLeaveOut"], [3]);
    press(2, { ctrlKey: true });
    press(3, { ctrlKey: true });
    await run("Move to folder…");
    const dialog = given("dialog");
    expect([dialog["question"], dialog["folders"]]).toEqual([{ about: "folder", ids: [2] }, ["", "a", "a/b"]]);
    await call(dialog["onMove"], [2], "c");
    expect(filled().at(-1)).toEqual([1, "2 c/2.png", 4]);
  });

  it.each([
    ["cover", [2], { about: "cover", assetId: 2 }],
    ["edit", [], { about: "details" }],
  ])("%s is asked", async (name, at, question) => {
    show();
    for (const id of at) press(id);
    await run(name);
    expect(given("dialog")["question"]).toEqual(question);
  });

  it.each([
    [() => given("bar")["onEdit"], { about: "details" }],
    [() => given("publish")["onEdit"], { about: "details" }],
    [() => given("cover")["onChoose"], { about: "cover" }],
    [() => () => fireEvent.click(screen.getByText("README.md")), { about: "document", name: "README.md" }],
    [() => () => fireEvent.click(screen.getByText("Delete this pack")), { about: "remove" }],
  ])("from where it is: %#", async (from, question) => {
    show();
    await call(from());
    const dialog = given("dialog");
    expect(dialog["question"]).toEqual(question);
    delete drawn.parts["dialog"];
    await call(dialog["onClose"]);
    expect(drawn.parts["dialog"]).toBeUndefined();
    await call(dialog["onRemoved"]);
    expect([api.refreshPacks.mock.calls.length, onBack.mock.calls.length]).toEqual([1, 1]);
  });

  it("leads back when it is removed, also where the stream has that before the answer", async () => {
    const becomes = show();
    fireEvent.click(screen.getByText("Delete this pack"));
    const { onRemoving, onRemoved } = given("dialog");
    await call(onRemoving, Promise.resolve());
    // Asked for as another version, it would not be there.
    api.usePack.mockImplementation((_: number, version: string) =>
      version === "" ? { data: undefined, error: new Error("There is no such pack."), refetch } : query,
    );
    becomes(null);
    expect(screen.queryByText("There is no such pack.")).toBeNull();
    await call(onRemoved);
    expect(onBack).toHaveBeenCalledTimes(1);
  });

  it.each([
    ["removing it was not confirmed", null],
    ["it could not be removed", new Error("Not now.")],
  ])("is not there any more when others remove it, also where %s before", async (_, failure) => {
    const becomes = show();
    fireEvent.click(screen.getByText("Delete this pack"));
    const { onRemoving, onClose } = given("dialog");
    if (failure) await call(onRemoving, Promise.reject(failure));
    await call(onClose);
    api.usePack.mockImplementation((_: number, version: string) =>
      version === "" ? { data: undefined, error: new Error("There is no such pack."), refetch } : query,
    );
    becomes(null);
    expect(screen.queryByText("There is no such pack.")).not.toBeNull();
  });

  const conflicts = [{ code: "not_approved", asset_id: 3, file: "3.png", message: "" }];
  it.each([
    [{}, {}, null],
    [{ export: { status: "running" } }, {}, "it is being built"],
    [{}, { conflicts }, "something is to do first"],
    [{ export: { status: "running" } }, { conflicts }, "it is being built"],
  ])("of %j with %j building says why not", async (live, found, reason) => {
    check["data"] = { ...CHECK, ...found };
    show(live as Partial<Pack>);
    expect(command("build")?.disabledReason).toBe(reason);
    await run("build");
    expect(api.exportPack.mock.calls).toEqual([[7, {}]]);
    for (const each of [refetch, recheck, api.refreshPacks]) expect(each).toHaveBeenCalledTimes(1);
  });
});

describe("its panes", () => {
  it.each([
    [CHECK, {}, false],
    [undefined, {}, true],
    [{ ...CHECK, conflicts: [{ code: "empty", asset_id: null, file: null, message: "" }] }, {}, true],
  ])("is built where the check has found nothing to do %#", async (data, live, isDisabled) => {
    check["data"] = data;
    show(live);
    expect([given("publish")["isDisabled"], given("publish")["isBuilding"]]).toEqual([isDisabled, false]);
    await call(given("publish")["onBuild"], { version: "1.0.0", changes: null });
    expect(api.exportPack.mock.calls).toEqual([[7, { version: "1.0.0", changes: null }]]);
  });

  it("changes the cover and what metadata is kept", async () => {
    show();
    await call(given("cover")["onUse"], 3);
    await call(given("checks")["onMarks"], "strip");
    const cover = { asset_id: 3, zoom: null, x: 0.5, y: 0.5, mat: "auto" };
    expect(api.changePack.mock.calls).toEqual([
      [7, { seen: { cover: null }, to: { cover } }],
      [7, { seen: { marks: "keep" }, to: { marks: "strip" } }],
    ]);
  });

  it("is not deleted or changed while it is built", () => {
    show({ export: { status: "running" } as Pack["export"] });
    const remove = screen.getByRole<HTMLButtonElement>("button", { name: "Delete this pack" });
    expect([remove.disabled, given("checks")["isBusy"], given("publish")["isBuilding"]]).toEqual([true, true, true]);
    cleanup();
    show();
    expect([screen.getByRole<HTMLButtonElement>("button", { name: "Delete this pack" }).disabled]).toEqual([false]);
    expect(given("checks")["isBusy"]).toBe(false);
  });

  it("shows what was found, and what is being looked for", () => {
    Object.assign(check, { data: undefined, isFetching: true, error: new Error("Not now.") });
    show();
    expect(given("checks")).toMatchObject({ check: null, isChecking: true, error: check["error"] });
  });
});
