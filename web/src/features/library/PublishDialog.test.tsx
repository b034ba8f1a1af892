// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { PMDError } from "@pmd/client";
import type { Asset } from "../../data/assets/schema";
import { assetOf } from "../../testing/assets";
import { settled } from "../../testing/settled";
import { PublishDialog } from "./PublishDialog";

const limits = vi.hoisted(() => ({
  ...{ can_publish: true, post_formats: ["png", "gif"], post_max_bytes: 1000, post_max_canvas: 64 },
}));
const service = vi.hoisted(() => ({ publish: vi.fn(), found: undefined as object[] | undefined, asked: vi.fn() }));
const done = vi.hoisted(() => ({ go: vi.fn(), success: vi.fn() }));
vi.mock("../../data/config", () => ({ config: { limits, site_name: "Pixels" } }));
vi.mock("./api", () => ({
  publish: service.publish,
  useDisclosures: (ids: readonly number[]) => {
    service.asked(ids);
    return { data: service.found };
  },
}));
vi.mock("../../platform/address", () => ({ go: done.go, useCloseOnBack: () => undefined }));
vi.mock("../../ui/toast", () => ({ toast: { success: done.success } }));

const on = { onDone: vi.fn(), onTask: vi.fn(), onClose: vi.fn() };
beforeEach(() => {
  vi.resetAllMocks();
  limits.can_publish = true;
  service.found = [];
});
afterEach(cleanup);
const show = (...assets: Asset[]) =>
  render(
    <QueryClientProvider client={new QueryClient()}>
      <PublishDialog assets={assets} {...on} />
    </QueryClientProvider>,
  );
const fileOf = (id: number, part: Partial<Asset> = {}) => assetOf({ id, name: `${id}.png`, ...part });
const [one, two] = [fileOf(1), fileOf(2)];
const confirm = () => document.querySelector<HTMLButtonElement>("[type=submit]");
const send = async () => {
  fireEvent.submit(document.querySelector("form") ?? document.body);
  await settled();
};
const items = (text: string) => [...document.querySelectorAll(`${text} li`)].map((each) => each.textContent);

it.each([
  [[one], "1 file meets Pixels’s rules.", "Publish 1 file"],
  [[one, two, fileOf(3, { post_id: 7 })], "2 files meet Pixels’s rules; 1 is already a post.", "Publish 2 files"],
  [
    [3, 4].map((id) => fileOf(id, { post_id: 7 })),
    "0 files meet Pixels’s rules; 2 are already posts.",
    "Publish 0 files",
  ],
])("says how many can be posts: %#", (assets, words, label) => {
  show(...assets);
  expect([screen.getByText(/Pixels’s rules/).textContent, confirm()?.textContent.trim()]).toEqual([words, label]);
  expect(confirm()?.disabled).toBe(label === "Publish 0 files");
  expect(document.querySelector("h2")?.textContent).toBe(
    `Publish ${assets.length} file${assets.length > 1 ? "s" : ""}`,
  );
});

it("says where the site takes no posts", () => {
  limits.can_publish = false;
  show(one);
  expect([screen.getByRole("alert").textContent.trim(), confirm()?.disabled]).toEqual([
    "Pixels does not take posts from here.",
    true,
  ]);
});

it("sends those that fit, hidden and with their metadata if wanted, and closes", async () => {
  service.publish.mockResolvedValue([
    { asset_id: 1, outcome: "published", post_id: 7, message: null },
    { asset_id: 2, outcome: "published", post_id: 8, message: null },
  ]);
  show(one, two, fileOf(3, { post_id: 9 }), fileOf(4, { type: "audio" }));
  await send();
  fireEvent.click(screen.getByLabelText(/^Publish hidden/));
  fireEvent.click(screen.getByLabelText(/^Keep it/));
  await send();
  expect(service.publish.mock.calls).toEqual([
    [[1, 2], false, "strip"],
    [[1, 2], true, "keep"],
  ]);
  const [words, { action }] = done.success.mock.lastCall as [
    string,
    { action: { label: string; onClick: () => void } },
  ];
  action.onClick();
  expect([words, action.label, done.go.mock.calls]).toEqual(["2 files were published.", "Posts", [["posts"]]]);
  expect([on.onDone.mock.lastCall, on.onClose.mock.calls.length]).toEqual([
    [await service.publish.mock.results[0]?.value],
    2,
  ]);
});

it("lists what the site refuses, and what it says; then there is nothing more to send", async () => {
  service.publish.mockResolvedValue([
    { asset_id: 1, outcome: "published", post_id: 7, message: null },
    { asset_id: 2, outcome: "refused", post_id: null, message: "It is a post of others." },
  ]);
  show(one, two);
  expect(screen.queryByText("Cancel")).not.toBeNull();
  await send();
  expect([document.querySelector(".refusal p")?.textContent, items(".refusal")]).toEqual([
    "1 file was refused:",
    ["2.png It is a post of others."],
  ]);
  expect([confirm()?.disabled, on.onClose.mock.calls, done.success.mock.calls.length]).toEqual([true, [], 1]);
  fireEvent.click(screen.getByText("Close"));
  expect(on.onClose).toHaveBeenCalledOnce();
});

it("tells of nothing published where all were refused, and of an error", async () => {
  service.publish.mockRejectedValueOnce(new PMDError(503, "Away."));
  service.publish.mockResolvedValue([{ asset_id: 1, outcome: "refused", post_id: null, message: "No." }]);
  show(one);
  await send();
  expect([screen.getByRole("alert").textContent.trim(), on.onDone.mock.calls, confirm()?.disabled]).toEqual([
    "Away.",
    [],
    false,
  ]);
  await send();
  expect([done.success.mock.calls, on.onClose.mock.calls]).toEqual([[], []]);
});

it("lists why files cannot be posts, with the tasks that would help most of them first", () => {
  const tiff = [11, 12].map((id) => fileOf(id, { file_format: "tiff" }));
  const large = [21].map((id) => fileOf(id, { width: 128, height: 128 }));
  show(one, ...large, ...tiff, fileOf(31, { type: "audio" }));
  expect([document.querySelector("summary")?.textContent, document.querySelector("details")?.open]).toEqual([
    "4 files do not meet them",
    true,
  ]);
  expect(items(".missing")).toEqual([
    "21.png Posts can be up to 64 × 64 pixels.",
    ...[11, 12].map((id) => `${id}.png Posts must be PNG, GIF. This is TIFF.`),
    "31.png Only images can be posts.",
  ]);
  const helps = screen.getAllByText(/^Export/);
  expect(helps.map((each) => each.textContent.trim())).toEqual([
    "Export 2 files: convert to PNG",
    "Export 1 file: scale down to 64 × 64",
  ]);
  fireEvent.click(helps[0] ?? document.body);
  expect(on.onTask.mock.calls).toEqual([[tiff, { words: "convert to PNG", params: { format: "png" } }]]);
});

it("suggests four tasks at most, and folds a long list", () => {
  show(...[1, 2, 3, 4, 5, 6].map((id) => fileOf(id, { width: 128 * id, height: 128 })));
  expect([screen.getAllByText(/^Export/).length, document.querySelector("details")?.open]).toEqual([4, false]);
});

it("shows what the files would disclose, by name; nothing is asked where none fits", () => {
  service.found = [{ code: "gps", message: "1 file says where it was taken.", asset_ids: [2] }];
  show(one, two);
  expect([service.asked.mock.lastCall, document.querySelector("summary")?.textContent, items(".missing")]).toEqual([
    [[1, 2]],
    "1 file says where it was taken.",
    ["2.png "],
  ]);
  cleanup();
  service.found = undefined;
  show(one);
  expect([screen.queryByText(/^No file contains/), screen.queryByLabelText(/^Keep it/) !== null]).toEqual([null, true]);
  cleanup();
  service.found = [];
  show(one);
  expect(screen.queryByText(/^No file contains/)).not.toBeNull();
  cleanup();
  show(fileOf(1, { post_id: 7 }));
  expect([service.asked.mock.lastCall, screen.queryByLabelText(/^Keep it/)]).toEqual([[[]], null]);
});
