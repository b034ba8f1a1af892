// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { createRef, type ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { held, settled } from "../../testing/settled";
import { BuilderBar } from "./BuilderBar";
import { BuilderDialog, type Question } from "./BuilderDialog";
import { CoverPane } from "./CoverPane";
import { documentsOf } from "./documents";
import { Editions } from "./Editions";
import { References } from "./References";
import type { Edition, Pack, PackCheck, PackedAsset } from "./schema";

const who = vi.hoisted(() => ({ config: { shares: true }, moderates: false }));
const api = vi.hoisted(() => ({ stopExport: vi.fn(), refreshPacks: vi.fn() }));
const ui = vi.hoisted(() => ({ copyText: vi.fn(), error: vi.fn(), linkTo: vi.fn() }));
const drawn: { props: Record<string, unknown> } = vi.hoisted(() => ({ props: {} }));
const part = vi.hoisted(() => (name: string) => ({
  [name]: (props: object) => {
    drawn.props = { name, ...props };
    return null;
  },
}));
vi.mock("./api", () => api);
vi.mock("./links", () => ui);
vi.mock("./CoverArt", () => ({ CoverArt: ({ children }: { children: ReactNode }) => <div>{children}</div> }));
vi.mock("./CoverDialog", () => part("CoverDialog"));
vi.mock("./FolderDialog", () => part("FolderDialog"));
vi.mock("./PackForm", () => part("PackForm"));
vi.mock("./usePackCommands", () => part("RemoveDialog"));
vi.mock("../../data/assets/AssetPicture", () => ({ ArtOnMat: () => null }));
vi.mock("../../data/client", () => ({ apiUrl: (url: string) => `api:${url}` }));
vi.mock("../../data/config", () => who);
vi.mock("../../data/ShareButton", () => ({
  ShareButton: ({ of, name }: Record<string, string>) => <b>{`${of} ${name}`}</b>,
}));
vi.mock("../../platform/address", () => ({
  ...{ go: vi.fn(), isPlainClick: () => true, useCloseOnBack: () => undefined },
  pageHref: (page: string, query: object) => `/${page}?${JSON.stringify(query)}`,
}));
vi.mock("../../ui/toast", () => ({ copyText: ui.copyText, toast: ui }));

const PACK = { id: 7, name: "Dragons", edition: 2, export: null, pictures: [], cover: null } as unknown as Pack;
const open = vi.fn();
beforeEach(() => {
  vi.resetAllMocks();
  Object.assign(who, { config: { shares: true }, moderates: false });
  drawn.props = {};
  vi.stubGlobal("open", open);
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});
const show = (element: ReactNode) =>
  render(<QueryClientProvider client={new QueryClient()}>{element}</QueryClientProvider>);
const words = (selector: string) =>
  [...document.querySelectorAll(selector)].map(({ textContent: text }) => text.trim());

describe("editions", () => {
  const EDITION = {
    ...{ edition: 2, version: null, changes: null, size_bytes: 3000, asset_count: 2, sha256: null },
    ...{ built_at: "2026-01-02T00:00:00Z", download_url: "/zip/7/2" },
  } as unknown as Edition;
  const list = (editions: readonly Partial<Edition>[], last: object | null = null) =>
    show(
      <Editions
        pack={{ ...PACK, export: last as Pack["export"] }}
        editions={editions.map((each) => ({ ...EDITION, ...each }))}
      />,
    );

  it("are none before the first was built", () => {
    list([]);
    expect([screen.queryByRole("list"), screen.queryByText("packs/7 Dragons")]).toEqual([null, null]);
  });

  it.each([
    [{}, "Edition 2 · 2 files · 2026-01-02SHA-256 is being computed…"],
    [
      { version: "1.2.0", changes: "Two wyverns.", asset_count: 1 },
      "Edition 2 · 1.2.0 · 1 file · 2026-01-02Two wyverns.SHA-256 is being computed…",
    ],
    [{ sha256: "0123456789abcdef0123" }, "Edition 2 · 2 files · 2026-01-02SHA-256 0123456789abcdef… "],
  ])("say what is in them: %j", (edition, said) => {
    list([edition]);
    expect(document.querySelector("li > span")?.textContent).toBe(said);
    const link = screen.getByRole("link");
    expect([link.getAttribute("href"), link.textContent.trim()]).toEqual([
      "api:/zip/7/2",
      "3.0 kB: download edition 2",
    ]);
    expect(screen.queryByText("packs/7 Dragons")).not.toBeNull();
  });

  it("give the whole of their digest", () => {
    list([{ sha256: "0123456789abcdef0123" }]);
    fireEvent.click(screen.getByRole("button", { name: "Copy the SHA-256 of edition 2" }));
    expect(ui.copyText.mock.calls).toEqual([["0123456789abcdef0123", "The SHA-256 was copied."]]);
  });

  it.each([
    [{ step: null }, "41 % · Waiting for a free worker."],
    [{ step: "Packing" }, "41 % · Packing"],
  ])("that are built can be stopped, once: %j", async (state, said) => {
    const { promise, go } = held();
    api.stopExport.mockReturnValueOnce(promise);
    list([], { id: 5, status: "running", progress: 41.9, ...state });
    expect([words(".numbers"), screen.getByRole("progressbar").getAttribute("aria-valuenow")]).toEqual([[said], "41"]);
    const stop = screen.getByRole<HTMLButtonElement>("button", { name: "Stop" });
    fireEvent.click(stop);
    await settled();
    expect([api.stopExport.mock.calls, stop.disabled]).toEqual([[[5]], true]);
    go();
    await settled();
    expect(stop.disabled).toBe(false);
  });

  it.each([
    ["failed", ["The last build failed. It broke."]],
    ["completed", []],
  ])("say how the last build went: %s", (status, said) => {
    list([], { id: 5, status, progress: 100, error_message: "It broke." });
    expect([words("[role=alert]"), screen.queryByRole("button", { name: "Stop" })]).toEqual([said, null]);
  });
});

describe("the cover", () => {
  const asset = (id: number, change: object = {}) =>
    ({
      asset_id: id,
      name: `${String(id)}.png`,
      type: "image",
      has_preview: true,
      ...change,
    }) as unknown as PackedAsset;
  const on = { onUse: vi.fn(), onChoose: vi.fn() };
  const pane = (assets: readonly PackedAsset[], cover: number | null = null, isBusy = false) =>
    show(
      <CoverPane
        pack={{ ...PACK, cover: cover === null ? null : ({ asset_id: cover } as Pack["cover"]) }}
        {...{ assets, isBusy, ...on }}
      />,
    );

  it("is one of the first pictures, or another", () => {
    pane(
      [asset(1, { has_preview: false }), asset(2, { type: "audio" }), ...[3, 4, 5, 6, 7, 8].map((id) => asset(id))],
      3,
    );
    const offered = screen.getAllByRole("button").slice(0, -1);
    expect(offered.map((each) => [each.getAttribute("aria-label"), each.getAttribute("aria-pressed")])).toEqual([
      ["3.png", "true"],
      ...["4.png", "5.png", "6.png", "7.png"].map((name) => [name, "false"]),
    ]);
    expect(words("h3 bdi")).toEqual(["3.png"]);
    for (const each of offered.slice(0, 2)) fireEvent.click(each);
    fireEvent.click(screen.getByTitle("Choose cover…"));
    expect([on.onUse.mock.calls, on.onChoose.mock.calls.length]).toEqual([[[4]], 1]);
  });

  it("is not changed twice at once, and there is none of no file", () => {
    pane([asset(1)], null, true);
    expect([screen.getByRole<HTMLButtonElement>("button", { name: "1.png" }).disabled, words("h3 bdi")]).toEqual([
      ...[true, [""]],
    ]);
    cleanup();
    pane([]);
    expect(screen.getByRole<HTMLButtonElement>("button").disabled).toBe(true);
  });
});

describe("what files name", () => {
  const found = (id: number, count: number, missing: number) => ({
    ...{ asset_id: id, file: `${String(id)}.tmx`, count, message: "names what is not in it." },
    missing: Array.from({ length: missing }, (_, index) => ({ path: `${String(index)}.png`, message: "It is gone." })),
  });
  const list = (all: readonly object[]) =>
    show(
      <ul>
        <References found={all as unknown as PackCheck["references"]} />
      </ul>,
    );

  it.each([
    [[], []],
    [[found(1, 1, 0)], ["1 reference resolves, in 1 file."]],
    [[found(1, 1, 0), found(2, 2, 0)], ["3 references resolve, in 2 files."]],
    [[found(1, 1, 0), found(2, 2, 1)], ["2.tmx names what is not in it.0.png It is gone."]],
  ])("is all there, or not %#", (all, said) => {
    list(all);
    expect(words("li")).toEqual(said);
  });

  it.each([
    [3, 3, null],
    [4, 3, "1 more"],
  ])("of %i that are missing %i are named at once", (missing, shown, more) => {
    list([found(9, 9, missing)]);
    const inside = document.querySelectorAll("details code").length;
    expect([document.querySelectorAll("code").length - inside, inside]).toEqual([shown, missing - shown]);
    expect(document.querySelector("summary")?.textContent ?? null).toBe(more);
    expect(screen.getByRole("link").getAttribute("href")).toBe('/library?{"asset":9}');
  });
});

describe("the bar", () => {
  const on = { setTab: vi.fn(), setText: vi.fn(), onEdit: vi.fn(), onBack: vi.fn() };
  const LIVE = { ...PACK, download_url: "/zip", seen_by: "everyone", is_changed: false } as unknown as Pack;
  const bar = (pack: Partial<Pack> = {}, counts: object = {}, isBuilding = false) =>
    show(
      <BuilderBar
        pack={{ ...LIVE, ...pack }}
        tab="all"
        text=""
        counts={{ all: 3, new: 0, todo: 0, ...counts }}
        search={createRef()}
        {...{ isBuilding, ...on }}
      />,
    );

  it.each([
    [{}, false, "Edition 2"],
    [{ is_changed: true }, false, "Changed since edition 2"],
    [{ edition: 0, is_changed: true }, false, "Not built yet"],
    [{}, true, "Building edition 3"],
  ])("says how it stands: %j, being built %s", (pack, isBuilding, said) => {
    bar(pack, {}, isBuilding);
    expect(words(".muted.wide-only")).toEqual([said]);
  });

  it.each([
    [{}, ["All3"]],
    [{ new: 1 }, ["All3", "New1"]],
    [{ todo: 2 }, ["All3", "To do2"]],
    [{ new: 1, todo: 2 }, ["All3", "New1", "To do2"]],
  ])("shows all, or what there is of %j", (counts, tabs) => {
    bar({}, counts);
    const buttons = [...screen.getByRole("group", { name: "Which files" }).querySelectorAll("button")];
    expect(buttons.map(({ textContent: text }) => text)).toEqual(tabs);
    for (const each of buttons) fireEvent.click(each);
    const values = tabs.map((tab) => ({ A: "all", N: "new", T: "todo" })[tab.charAt(0)]);
    expect(on.setTab.mock.calls).toEqual(values.map((value) => [value]));
  });

  it("is searched, leads back and to the files that can be added", () => {
    bar();
    fireEvent.change(screen.getByRole("searchbox"), { target: { value: "sea" } });
    fireEvent.click(screen.getByRole("link", { name: "Packs" }));
    fireEvent.click(screen.getByRole("button", { name: "Name and licence" }));
    expect([on.setText.mock.calls, on.onBack.mock.calls.length, on.onEdit.mock.calls.length]).toEqual([
      [["sea"]],
      1,
      1,
    ]);
    expect(screen.getByRole("link", { name: "Add files" }).getAttribute("href")).toBe('/library?{"state":"approved"}');
  });

  it.each([
    [{}, {}, true, false],
    [{ seen_by: "owner" }, {}, true, true],
    [{ download_url: null }, {}, false, false],
    [{}, { config: { shares: false } }, false, false],
    [{}, { moderates: true }, false, false],
  ])("with %j for %j its page is offered: %s, disabled: %s", (pack, site, has, isDisabled) => {
    Object.assign(who, site);
    bar(pack as Partial<Pack>);
    const page = screen.queryByRole<HTMLButtonElement>("button", { name: "Show the page" });
    expect([page !== null, page?.disabled ?? false]).toEqual([has, isDisabled]);
  });

  it("shows its page in a tab of its own, once", async () => {
    const { promise, go } = held();
    ui.linkTo.mockReturnValueOnce(promise.then(() => "https://pixel.test/l/1"));
    bar();
    const page = screen.getByRole<HTMLButtonElement>("button", { name: "Show the page" });
    fireEvent.click(page);
    await settled();
    expect([ui.linkTo.mock.calls, page.disabled, open.mock.calls]).toEqual([[[7]], true, []]);
    go();
    await settled();
    expect([open.mock.calls, api.refreshPacks.mock.calls.length]).toEqual([
      ...[[["https://pixel.test/l/1", "_blank", "noreferrer"]], 1],
    ]);
    ui.linkTo.mockRejectedValueOnce(new PMDError(503, "Not now."));
    fireEvent.click(page);
    await settled();
    expect(ui.error.mock.calls).toEqual([["Not now."]]);
  });
});

describe("over the builder", () => {
  const on = { onMove: vi.fn(), onChanged: vi.fn(), onRemoving: vi.fn(), onRemoved: vi.fn(), onClose: vi.fn() };
  const ask = (question: Question) =>
    show(
      <BuilderDialog
        {...{ question, pack: PACK, folders: ["a"], documents: [{ name: "README.md", text: "Hello." }], ...on }}
      />,
    );
  const title = () => screen.queryByRole("heading", { level: 2, hidden: true })?.textContent;

  it.each([
    [{ about: "cover" }, { name: "CoverDialog", pack: PACK, onDone: on.onChanged, onClose: on.onClose }],
    [
      { about: "cover", assetId: 3 },
      { name: "CoverDialog", pack: PACK, assetId: 3, onDone: on.onChanged, onClose: on.onClose },
    ],
    [
      { about: "remove" },
      { name: "RemoveDialog", pack: PACK, onSent: on.onRemoving, onDone: on.onRemoved, onClose: on.onClose },
    ],
    [{ about: "details" }, { name: "PackForm", pack: PACK, onChanged: on.onChanged }],
  ] as const)("is asked %j", (question, props) => {
    ask(question);
    expect([drawn.props, title()]).toEqual([props, question.about === "details" ? "Name and licence" : undefined]);
  });

  it("is asked where files go", () => {
    ask({ about: "folder", ids: [1, 2] });
    expect(drawn.props).toMatchObject({ name: "FolderDialog", ids: [1, 2], folders: ["a"], onClose: on.onClose });
    (drawn.props["onMove"] as (folder: string) => void)("b");
    expect(on.onMove.mock.calls).toEqual([[[1, 2], "b"]]);
  });

  it("a document is read", () => {
    ask({ about: "document", name: "README.md" });
    expect([title(), words("pre")]).toEqual(["README.md", ["Hello."]]);
  });
});

it.each([
  ["user_provided", "CC-BY-4.0", ["", "CC-BY-4.0", "names and sources", "every file"]],
  ["ai_generated", null, ["with AI note", "", "names and sources", "every file"]],
])("documents of what is %s under %s", (provenance, license_identifier, notes) => {
  const assets = [{ provenance }] as unknown as PackedAsset[];
  const check = { readme: "Hello.", license_text: "Be kind." } as unknown as PackCheck;
  const documents = documentsOf(check, { ...PACK, license_identifier }, assets);
  expect(documents.map(({ note }) => note)).toEqual(notes);
  expect(documents.map(({ name, text }) => [name, text])).toEqual([
    ["README.md", "Hello."],
    ["LICENSE.txt", "Be kind."],
    ["CREDITS.md", null],
    ["manifest.json", null],
  ]);
  expect(documentsOf(null, PACK, []).every(({ text }) => text === null)).toBe(true);
});
