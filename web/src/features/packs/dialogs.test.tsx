// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { type ReactNode, useState } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { held, settled } from "../../testing/settled";
import AddToPackDialog from "./AddToPackDialog";
import { FolderDialog } from "./FolderDialog";
import { NewPackDialog } from "./NewPackDialog";
import PackPostsDialog from "./PackPostsDialog";

const api = vi.hoisted(() => ({
  ...{ createPack: vi.fn(), fillPack: vi.fn(), getPack: vi.fn(), refreshPacks: vi.fn(), usePacks: vi.fn() },
}));
const ui = vi.hoisted(() => ({ go: vi.fn(), success: vi.fn(), info: vi.fn(), error: vi.fn() }));
vi.mock("./api", () => api);
vi.mock("../../data/config", () => ({ config: { limits: { pack_max_bytes: 5000 } } }));
vi.mock("../../platform/address", () => ({ go: ui.go, useCloseOnBack: () => undefined }));
vi.mock("../../ui/toast", () => ({ toast: ui }));

const on = { onClose: vi.fn(), onMove: vi.fn(), retry: vi.fn() };
const packs = (all: readonly object[] | null, error: Error | null = null) =>
  api.usePacks.mockReturnValue({ packs: all, error, retry: on.retry });
const PACK = { id: 7, name: "Dragons", asset_count: 2, total_size_bytes: 3000 };
beforeEach(() => {
  vi.resetAllMocks();
  packs([PACK]);
  api.createPack.mockResolvedValue({ id: 9 });
});
afterEach(cleanup);
const Wrapper = ({ children }: { children: ReactNode }) => {
  const [client] = useState(() => new QueryClient());
  return <QueryClientProvider client={client}>{children}</QueryClientProvider>;
};
const show = (element: ReactNode) => render(element, { wrapper: Wrapper });
const button = (name: RegExp | string) => screen.getByRole<HTMLButtonElement>("button", { name, hidden: true });
const press = async (name: RegExp | string) => {
  fireEvent.click(button(name));
  await settled();
};
const write = (name: string, value: string) => fireEvent.change(screen.getByLabelText(name), { target: { value } });
const send = async (name: RegExp | string) => {
  fireEvent.submit(button(name).form ?? document.body);
  await settled();
};
const title = () => screen.queryByRole("heading", { level: 2, hidden: true })?.textContent;

describe("files of the library", () => {
  const add = (ids: readonly number[] = [3, 4], bytes?: number) =>
    show(
      <AddToPackDialog assetIds={ids} {...(bytes && { bytes })} note={<p>Some are left out</p>} onClose={on.onClose} />,
    );
  const held_ = (id: number, part: object = {}) => ({ asset_id: id, notes: null, path: null, ...part });

  it.each([
    [[3, 4], 2, "2 files added to “Dragons”."],
    [[2, 3], 1, "1 file added to “Dragons”."],
    [[1, 2], 0, "They are already in “Dragons”."],
  ])("%j are added to a pack behind those that it has", async (ids, _more, words) => {
    const has = [held_(1, { notes: "First.", path: "a/b.png" }), held_(2)];
    api.getPack.mockResolvedValue({ assets: has });
    add(ids);
    expect([title(), screen.queryByText("Some are left out") !== null]).toEqual(["Add 2 files to a pack", true]);
    await press(/^Dragons/);
    const seen = [{ asset_id: 1, notes: "First.", path: "a/b.png" }, { asset_id: 2 }];
    const more = ids.filter((id) => id > 2).map((asset_id) => ({ asset_id }));
    expect([api.getPack.mock.calls, api.fillPack.mock.calls]).toEqual([[[7]], [[7, seen, [...seen, ...more]]]]);
    const [[said, { action }]] = ui.success.mock.calls as [
      [string, { action: { label: string; onClick: () => void } }],
    ];
    expect([said, api.refreshPacks.mock.calls.length, on.onClose.mock.calls.length]).toEqual([words, 1, 1]);
    action.onClick();
    expect([action.label, ui.go.mock.calls]).toEqual(["Open the pack", [["packs", { pack: 7 }]]]);
  });

  it("are not added while they are, nor where that is too many", async () => {
    const { promise, go } = held();
    const has = Array.from({ length: 1023 }, (_, index) => held_(index + 100));
    api.getPack.mockImplementation(() => promise.then(() => ({ assets: has })));
    add();
    await press(/^Dragons/);
    expect(button(/^Dragons/).disabled).toBe(true);
    go();
    await settled();
    expect([button(/^Dragons/).disabled, api.fillPack.mock.calls, on.onClose.mock.calls]).toEqual([false, [], []]);
    expect(screen.queryByText(/These are 1,025; remove 1/)).not.toBeNull();
  });

  it("say what is refused, until it is tried again", async () => {
    api.getPack.mockRejectedValueOnce(new PMDError(503, "Not now.")).mockResolvedValue({ assets: [] });
    add();
    await press(/^Dragons/);
    expect([screen.queryByText("Not now.") !== null, on.onClose.mock.calls]).toEqual([true, []]);
    await press(/^Dragons/);
    expect([screen.queryByText("Not now."), on.onClose.mock.calls.length]).toEqual([null, 1]);
  });

  it.each([
    [2000, null],
    [2001, "With these files: A pack holds up to 5.0 kB. These files are 5.0 kB; remove 1 B, or make two packs."],
  ])("of %i bytes are warned of where they may be too much", (bytes, words) => {
    add([3], bytes);
    expect([document.querySelector(".wait")?.textContent ?? null, button(/^Dragons/).disabled]).toEqual([words, false]);
  });

  it.each([
    ["while packs are loaded", null, null, "Loading your packs…"],
    ["where they cannot be", null, new Error("Not now."), "Not now."],
  ])("can be a new pack %s", async (_, all, error, words) => {
    packs(all, error);
    add();
    expect([screen.queryByText(words) !== null, screen.queryByText("Loading your packs…") !== null]).toEqual([
      ...[true, error === null],
    ]);
    if (error) await press("Try again");
    expect(on.retry).toHaveBeenCalledTimes(error ? 1 : 0);
    await press("New pack");
    expect([title(), screen.queryByText("Some are left out") !== null]).toEqual(["New pack of 2 files", true]);
  });

  it("are a new pack where there is none", () => {
    packs([]);
    add([3], 9000);
    expect([title(), screen.queryByText(/^A pack holds up to 5.0 kB/) !== null]).toEqual(["New pack of 1 file", true]);
  });

  it("lead to the first pack, also where the stream has it before the answer", async () => {
    packs([]);
    const { promise, go } = held();
    api.createPack.mockReturnValue(promise.then(() => ({ id: 9 })));
    const { rerender } = add([3]);
    write("Name", "Dragons");
    await send("Create pack");
    packs([PACK]);
    rerender(<AddToPackDialog assetIds={[3]} onClose={on.onClose} />);
    go();
    await settled();
    expect([on.onClose.mock.calls.length, ui.go.mock.calls]).toEqual([1, [["packs", { pack: 9 }]]]);
  });
});

describe("a new pack", () => {
  const make = (ids: readonly number[] = [3, 4], bytes?: number) =>
    show(<NewPackDialog assetIds={ids} bytes={bytes} onClose={on.onClose} />);

  it.each([
    [[], "New pack"],
    [[3], "New pack of 1 file"],
  ])("of %j is called so, and is opened once it is made", async (ids, words) => {
    make(ids);
    expect([title(), button("Create pack").disabled]).toEqual([words, true]);
    write("Name", "  ");
    expect(button("Create pack").disabled).toBe(true);
    write("Name", " Dragons ");
    expect(button("Create pack").disabled).toBe(false);
    await send("Create pack");
    const assets = ids.map((asset_id) => ({ asset_id }));
    expect(api.createPack.mock.calls).toEqual([
      [{ name: "Dragons", license_type: "attribution", assets }, expect.any(String)],
    ]);
    expect([api.refreshPacks.mock.calls.length, on.onClose.mock.calls.length, ui.go.mock.calls]).toEqual([
      ...[1, 1, [["packs", { pack: 9 }]]],
    ]);
  });

  it("is offered in a notice where the dialog was closed before it is made", async () => {
    const { promise, go } = held();
    api.createPack.mockImplementation(() => promise.then(() => ({ id: 9, name: "Dragons" })));
    const { unmount } = make();
    write("Name", "Dragons");
    await send("Create pack");
    unmount();
    go();
    await settled();
    expect([api.refreshPacks.mock.calls.length, on.onClose.mock.calls, ui.go.mock.calls]).toEqual([1, [], []]);
    const [[said, { action }]] = ui.success.mock.calls as [
      [string, { action: { label: string; onClick: () => void } }],
    ];
    expect([said, action.label]).toEqual(["The pack “Dragons” was made.", "Open the pack"]);
    action.onClick();
    expect(ui.go.mock.calls).toEqual([["packs", { pack: 9 }]]);
  });

  it("has a licence of its own where that has words", async () => {
    make();
    write("Name", "Dragons");
    expect(screen.queryByLabelText("Full licence text")).toBeNull();
    const radios = screen.getAllByRole<HTMLInputElement>("radio", { hidden: true });
    expect(radios.filter(({ checked }) => checked).map((each) => each.closest("label")?.dataset["on"])).toEqual([
      "true",
    ]);
    fireEvent.click(screen.getByRole("radio", { name: /^Custom/, hidden: true }));
    const words = screen.getByLabelText<HTMLTextAreaElement>("Full licence text");
    expect([button("Create pack").disabled, words.required, words.maxLength]).toEqual([true, true, 20_000]);
    write("Full licence text", " ");
    expect(button("Create pack").disabled).toBe(true);
    write("Full licence text", " Be kind. ");
    await send("Create pack");
    expect(api.createPack.mock.lastCall?.[0]).toMatchObject({ license_type: "custom", custom_license: "Be kind." });
  });

  it("is not made of too much, and is the same where it is sent again", async () => {
    make([3], 5001);
    write("Name", "Dragons");
    expect([button("Create pack").disabled, document.querySelector(".wait") !== null]).toEqual([true, true]);
    cleanup();
    api.createPack.mockRejectedValueOnce(new PMDError(503, "Not now."));
    make([3], 5000);
    write("Name", "Dragons");
    await send("Create pack");
    expect([screen.queryByText("Not now.") !== null, on.onClose.mock.calls, ui.go.mock.calls]).toEqual([true, [], []]);
    await send("Create pack");
    expect(api.createPack.mock.calls[1]).toEqual(api.createPack.mock.calls[0]);
  });
});

describe("a folder of a pack", () => {
  it.each([
    ["", ""],
    [" sprites / heroes/", "sprites/heroes"],
  ])("is typed as %j", async (text, folder) => {
    show(<FolderDialog ids={[1, 2]} folders={["a", "b"]} {...on} />);
    expect([title(), button("Move").disabled]).toEqual(["Move 2 files to a folder", false]);
    write("Folder in the pack", text);
    expect(document.querySelector(".wait")).toBeNull();
    await send("Move");
    expect([on.onMove.mock.calls, on.onClose.mock.calls.length]).toEqual([[[folder]], 1]);
  });

  it("is one of those that there are, and none that cannot be unpacked", () => {
    show(<FolderDialog ids={[1]} folders={["a", "b"]} {...on} />);
    const field = screen.getByLabelText<HTMLInputElement>("Folder in the pack");
    const offered = [...(field.list?.options ?? document.querySelectorAll("datalist option"))];
    expect([title(), offered.map((each) => each.getAttribute("value"))]).toEqual([
      "Move 1 file to a folder",
      ["a", "b"],
    ]);
    write("Folder in the pack", "what?");
    expect([button("Move").disabled, document.querySelector(".wait") !== null]).toEqual([true, true]);
  });
});

describe("posts", () => {
  const left = (id: number, part: object = {}) => ({
    post_id: id,
    title: `Sea ${String(id)}`,
    reason: "no_file",
    ...part,
  });
  const find = vi.fn();
  const pack = () => show(<PackPostsDialog find={find} onClose={on.onClose} />);

  it.each([
    [0, null, undefined],
    [1, "1 post is left out", true],
    [5, "5 posts are left out", true],
    [6, "6 posts are left out", false],
  ])("that have a file are packed, and %i others are named", async (count, words, isOpen) => {
    find.mockResolvedValue({
      ...{ asset_ids: [3, 4], left_out: Array.from({ length: count }, (_, index) => left(index)) },
    });
    pack();
    expect(title()).toBeUndefined();
    await settled();
    const details = document.querySelector("details");
    expect([title(), details?.querySelector("summary")?.textContent ?? null, details?.open]).toEqual([
      ...["Add 2 files to a pack", words, isOpen],
    ]);
  });

  it("say why they are left out", async () => {
    const others = [left(1, { title: null }), left(2, { reason: "in_trash" })];
    find.mockResolvedValue({ asset_ids: [3], left_out: others });
    pack();
    await settled();
    expect([...document.querySelectorAll("details li")].map(({ textContent: text }) => text)).toEqual([
      ...["A deleted post It was not made from a file in your library.", "Sea 2 Its file is in the trash."],
    ]);
  });

  it.each([
    ["info", { asset_ids: [], left_out: [left(1)] }, /^None of these posts can be packed/],
    ["error", new PMDError(503, "Not now."), /^Not now/],
  ] as const)("that cannot be packed end in %s, and nothing where nobody waits", async (how, answer, words) => {
    const answered = () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer));
    find.mockImplementation(answered);
    pack();
    await settled();
    const said = (ui[how].mock.calls as [string][]).map(([text]) => words.test(text));
    expect([said, on.onClose.mock.calls.length, title()]).toEqual([[true], 1, undefined]);
    const { promise, go } = held();
    find.mockImplementation(() => promise.then(answered));
    pack().unmount();
    go();
    await settled();
    expect([ui[how].mock.calls.length, on.onClose.mock.calls.length]).toEqual([1, 1]);
  });
});
