// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { renderHook } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";

import { held, settled } from "../../testing/settled";
import { lineOf, uploadOf } from "../../testing/uploads";
import * as archives from "./archives";

interface Options {
  action: { label: string; onClick: () => void };
}
const listLines = vi.hoisted(() => vi.fn());
const imports = vi.hoisted(() => ({ openImport: vi.fn(), refreshImports: vi.fn(), requestImport: vi.fn() }));
const closeShared = vi.hoisted(() => vi.fn());
const toast = vi.hoisted(() => ({ success: vi.fn<(text: string, options: Options) => void>(), error: vi.fn() }));
vi.mock("./api", () => ({ listLines }));
vi.mock("../../data/config", () => ({ config: { viewer: { sqid: "me" } } }));
vi.mock("../../data/dialogs", () => ({ closeShared }));
vi.mock("../../data/imports/imports", () => imports);
vi.mock("../../ui/toast", () => ({ toast }));

let number = 0;
beforeEach(() => {
  vi.resetAllMocks();
  archives.watchArchive(null);
  listLines.mockResolvedValue([lineOf("a", { asset_id: 7 })]);
  imports.requestImport.mockResolvedValue({ id: "i1" });
});
const arrived = (part = {}) => uploadOf({ id: `u${number}`, name: "take.zip", ...part });
/** An archive of its own for each test, which is read once it is there. */
function awaited() {
  number += 1;
  archives.awaitArchive(`u${number}`);
  return `u${number}`;
}
const watched = () => renderHook(() => archives.useWatched()).result.current;

it("waits for an archive, also after a reload, and watches it", () => {
  const id = awaited();
  expect([archives.isAwaited(id), archives.isAwaited("other"), watched()]).toEqual([true, false, id]);
  expect(JSON.parse(localStorage.getItem("pmd.archives.me") ?? "[]")).toContain(id);
});

it("reads it once it has arrived, and only once, and opens its report where it is watched", async () => {
  const id = awaited();
  archives.readArrived([arrived({ status: "processing" }), uploadOf({ id: "other" })]);
  await settled();
  expect(listLines).not.toHaveBeenCalled();
  archives.readArrived([arrived()]);
  archives.readArrived([arrived()]);
  await settled();
  expect([listLines.mock.calls, imports.requestImport.mock.calls]).toEqual([[[id, {}]], [[7, `import-of-${id}`]]]);
  expect([closeShared.mock.calls.length, watched(), archives.isAwaited(id)]).toEqual([1, null, false]);
  expect([imports.openImport.mock.calls, toast.success.mock.calls]).toEqual([[["i1"]], []]);
  expect(imports.refreshImports).toHaveBeenCalledTimes(1);
});

it("says that it is read where its dialog was closed, with the way to the report", async () => {
  awaited();
  archives.watchArchive(null);
  archives.readArrived([arrived({ name: null })]);
  await settled();
  const [[text, { action }] = ["", { action: { label: "", onClick: () => undefined } }]] = toast.success.mock.calls;
  expect([text, action.label, closeShared.mock.calls, imports.openImport.mock.calls]).toEqual([
    ...["The archive is being read.", "Report", [], []],
  ]);
  action.onClick();
  expect(imports.openImport.mock.calls).toEqual([["i1"]]);
});

it("says so too where its dialog is closed while it is asked for", async () => {
  const { promise, go } = held();
  imports.requestImport.mockImplementation(() => promise.then(() => ({ id: "i1" })));
  awaited();
  archives.readArrived([arrived()]);
  await settled();
  archives.watchArchive(null);
  go();
  await settled();
  expect([imports.openImport.mock.calls, closeShared.mock.calls, toast.success.mock.calls.length]).toEqual([[], [], 1]);
});

it.each([
  ["why", [lineOf("a", { error_message: "Damaged." })], {}, [["take.zip is not in your library. Damaged."]]],
  ["no reason where there is none", [], {}, [["take.zip is not in your library. "]]],
  ["nothing where it was stopped", [lineOf("a")], { cancelled: true }, []],
])("says that it did not arrive: %s", async (_what, lines, part, words) => {
  awaited();
  listLines.mockResolvedValue(lines);
  archives.readArrived([arrived(part)]);
  await settled();
  expect([toast.error.mock.calls, imports.requestImport.mock.calls]).toEqual([words, []]);
});

it("says why it could not be read", async () => {
  awaited();
  imports.requestImport.mockRejectedValue(new PMDError(409, "Another one is being read."));
  archives.readArrived([arrived()]);
  await settled();
  expect(toast.error.mock.calls).toEqual([
    ["take.zip is in your library, but could not be read: Another one is being read."],
  ]);
  expect([imports.openImport.mock.calls, imports.refreshImports.mock.calls]).toEqual([[], []]);
});
