// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { useEffect } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Command } from "../../commands/commands";
import { held, settled } from "../../testing/settled";
import type { Pack } from "./schema";
import { usePackCommands } from "./usePackCommands";

const who = vi.hoisted(() => ({ config: { shares: true }, moderates: false }));
const api = vi.hoisted(() => ({ exportPack: vi.fn(), refreshPacks: vi.fn(), removePack: vi.fn() }));
const links = vi.hoisted(() => ({ linkTo: vi.fn(), withdrawLinks: vi.fn() }));
const ui = vi.hoisted(() => ({ copyText: vi.fn(), info: vi.fn(), error: vi.fn() }));
vi.mock("./api", () => api);
vi.mock("./links", () => links);
vi.mock("./CoverDialog", () => ({
  CoverDialog: ({ pack, onClose }: { pack: Pack; onClose: () => void }) => (
    <dialog aria-label={`Cover of ${pack.name}`} onClick={onClose} />
  ),
}));
vi.mock("../../data/config", () => who);
vi.mock("../../data/client", () => ({ apiUrl: (url: string) => `api:${url}` }));
vi.mock("../../platform/address", () => ({ useCloseOnBack: () => undefined }));
vi.mock("../../ui/toast", () => ({ copyText: ui.copyText, toast: ui }));

const PACK = {
  ...{ id: 7, name: "Dragons", edition: 2, download_url: "/zip/7", export: null, export_size_bytes: 3000 },
  ...{ seen_by: "everyone", asset_count: 3 },
} as unknown as Pack;
const onOpen = vi.fn();
const open = vi.fn();
const given: { commands: readonly Command[] } = { commands: [] };
beforeEach(() => {
  vi.resetAllMocks();
  Object.assign(who, { config: { shares: true }, moderates: false });
  vi.stubGlobal("open", open);
  api.exportPack.mockResolvedValue(undefined);
  links.linkTo.mockResolvedValue("https://pixel.test/l/1");
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});
function Used({ pack }: { pack: Pack | null }) {
  const { commands, dialogs } = usePackCommands(pack, onOpen);
  useEffect(() => void Object.assign(given, { commands }), [commands]);
  return dialogs;
}
const show = (part: Partial<Pack> | null = {}) =>
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Used pack={part && { ...PACK, ...part }} />
    </QueryClientProvider>,
  );
const named = (name: string) => given.commands.find((each) => each.name === name || each.label === name);
const run = async (name: string) => {
  act(() => void named(name)?.run(""));
  await settled();
};
const title = () => screen.queryByRole("heading", { level: 2, hidden: true })?.textContent;

it("there is none without a pack", () => {
  show(null);
  expect(given.commands).toEqual([]);
});

it("has all of them in the menu of the pack", () => {
  show();
  expect(given.commands.map(({ group }) => group)).toEqual(Array.from({ length: 8 }, () => "selection"));
});

it("opens it", async () => {
  show();
  await run("open");
  expect(onOpen.mock.calls).toEqual([[7]]);
});

const running = { status: "running" } as Pack["export"];
it.each([
  [{}, [null, null, null, null, null, null, null]],
  [{ export: running }, ["it is being built", null, null, null, null, null, "it is being built"]],
  [{ asset_count: 0 }, [null, "no file is in it yet", null, null, null, null, null]],
  [{ seen_by: "owner" }, [null, null, null, null, "only you see it", "only you see it", null]],
  [{ download_url: null }, [null, null, ...Array<string>(3).fill("it has not been built yet"), null, null]],
  [
    { download_url: null, seen_by: "owner" },
    [null, null, ...Array<string>(3).fill("it has not been built yet"), "only you see it", null],
  ],
] as const)("says what cannot be: %j", (part, reasons) => {
  show(part);
  const all = ["build", "cover", "download", "copyLink", "Show the page", "Take off the site", "remove"];
  expect(all.map((name) => named(name)?.disabledReason)).toEqual(reasons);
});

it("builds the next edition, once", async () => {
  const { promise, go } = held();
  api.exportPack.mockReturnValueOnce(promise);
  show();
  expect(named("build")?.label).toBe("Build edition 3");
  await run("build");
  expect([api.exportPack.mock.calls, named("build")?.disabledReason]).toEqual([[[7, {}]], "one moment"]);
  go();
  await settled();
  expect([api.refreshPacks.mock.calls.length, named("build")?.disabledReason]).toEqual([1, null]);
});

it.each([
  [{}, "Download edition 2 (3.0 kB)", [["api:/zip/7"]]],
  [{ export_size_bytes: null }, "Download edition 2 (0 B)", [["api:/zip/7"]]],
  [{ download_url: null }, "Download", []],
])("downloads what was built: %j", async (part, label, went) => {
  const assign = vi.spyOn(location, "assign").mockImplementation(() => undefined);
  show(part);
  await run("download");
  expect([named("download")?.label, assign.mock.calls]).toEqual([label, went]);
  assign.mockRestore();
});

it("copies its link, and shows its page in a tab of its own", async () => {
  show();
  await run("copyLink");
  expect(ui.copyText.mock.calls).toEqual([["https://pixel.test/l/1", "Link copied."]]);
  await run("Show the page");
  expect(open.mock.calls).toEqual([["https://pixel.test/l/1", "_blank", "noreferrer"]]);
  expect([links.linkTo.mock.calls, api.refreshPacks.mock.calls.length]).toEqual([[[7], [7]], 2]);
});

it.each([
  [1, "1 link to “Dragons” no longer works."],
  [2, "2 links to “Dragons” no longer work."],
])("is taken off the site with %i links", async (count, words) => {
  links.withdrawLinks.mockResolvedValue(count);
  show();
  await run("Take off the site");
  expect([links.withdrawLinks.mock.calls, ui.info.mock.calls]).toEqual([[[7]], [[words]]]);
});

it.each([
  [true, false, true],
  [false, false, false],
  [true, true, false],
])("where the site shares (%s) and one moderates (%s) it has links: %s", (shares, moderates, has) => {
  Object.assign(who, { config: { shares }, moderates });
  show();
  expect(["copyLink", "Show the page", "Take off the site"].map((name) => named(name) !== undefined)).toEqual([
    ...[has, has, has],
  ]);
});

it("asks for its cover until that is closed", async () => {
  show();
  await run("cover");
  fireEvent.click(screen.getByLabelText("Cover of Dragons"));
  expect(screen.queryByLabelText("Cover of Dragons")).toBeNull();
});

it.each([
  [0, "This deletes the pack, and its links"],
  [2, "This deletes the pack and its editions, and its links"],
])("of edition %i is deleted once that is confirmed", async (edition, words) => {
  show({ edition });
  await run("remove");
  expect([title(), api.removePack.mock.calls, document.body.textContent.includes(words)]).toEqual([
    ...["Delete “Dragons”?", [], true],
  ]);
  const button = screen.getByRole<HTMLButtonElement>("button", { name: "Delete pack", hidden: true });
  fireEvent.submit(button.form ?? document.body);
  await settled();
  expect([api.removePack.mock.calls, ui.info.mock.calls, title()]).toEqual([
    ...[[[7]], [["The pack was deleted. Its files stay in your library."]], undefined],
  ]);
  expect([api.refreshPacks.mock.calls.length, button.classList.contains("danger")]).toEqual([1, true]);
});

it("stays where it cannot be deleted, and says why", async () => {
  api.removePack.mockRejectedValue(new PMDError(409, "It is being built."));
  show();
  await run("remove");
  fireEvent.submit(
    screen.getByRole<HTMLButtonElement>("button", { name: "Delete pack", hidden: true }).form as Element,
  );
  await settled();
  expect([screen.queryByText("It is being built.") !== null, ui.info.mock.calls, title()]).toEqual([
    ...[true, [], "Delete “Dragons”?"],
  ]);
});
