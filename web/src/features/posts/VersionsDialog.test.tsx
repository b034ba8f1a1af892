// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Post } from "../../data/schema";
import { aPost } from "../../testing/posts";
import { held, settled } from "../../testing/settled";
import { VersionsDialog } from "./VersionsDialog";

const who = vi.hoisted(() => ({ moderates: false }));
const request = vi.hoisted(() => vi.fn());
const toast = vi.hoisted(() => ({ success: vi.fn(), error: vi.fn() }));
vi.mock("../../data/config", () => ({
  config: { subject: { handle: "pixelsmith" } },
  get moderates() {
    return who.moderates;
  },
}));
vi.mock("../../data/client", () => ({ request, apiUrl: (url: string) => `api:${url}` }));
vi.mock("../../data/ModeratorNote", () => ({ ModeratorNote: () => null }));
vi.mock("../../data/assets/PicturePicker", () => ({
  PicturePicker: ({ chosen, onChoose }: { chosen: number | null; onChoose: (id: number) => void }) => (
    <button type="button" data-chosen={chosen} onClick={() => onChoose(9)}>
      Pick
    </button>
  ),
}));
vi.mock("../../platform/address", () => ({ useCloseOnBack: () => undefined }));
vi.mock("../../ui/toast", () => ({ toast }));
vi.mock("./PostPicture", () => ({ PostPicture: () => null }));

const version = (number: number, part: object = {}) => ({
  ...{ number, created_at: "2026-01-02T00:00:00Z", width: 16, height: 8, file_format: "png", size_bytes: 2000 },
  ...{ thumbnail: `/thumb/${String(number)}`, is_current: false },
  ...part,
});
const VERSIONS = { items: [version(2, { is_current: true }), version(1)] };
const onClose = vi.fn();
beforeEach(() => {
  vi.resetAllMocks();
  who.moderates = false;
  request.mockResolvedValue(VERSIONS);
});
afterEach(cleanup);
async function show(part: Partial<Post> = {}) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={client}>
      <VersionsDialog post={aPost(7, part)} onClose={onClose} />
    </QueryClientProvider>,
  );
  await settled();
  return client;
}
const button = () => screen.getByRole<HTMLButtonElement>("button", { name: /^Replace|^Replacing/, hidden: true });
const restore = () => screen.getByRole<HTMLButtonElement>("button", { name: "Restore version 1", hidden: true });
const send = async () => {
  fireEvent.submit(button().form ?? document.body);
  await settled();
};
const sent = () =>
  (request.mock.calls as [unknown, string, string, object][])
    .filter(([, method]) => method === "POST")
    .map(([, , path, options]) => [path, options]);
const key = expect.any(String) as string;

it("lists what the post has shown, and what it shows", async () => {
  await show({ title: null });
  expect(request.mock.calls[0]?.slice(1, 3)).toEqual(["GET", "/api/pmd/posts/7/versions"]);
  const [now, before] = screen.getAllByRole("listitem", { hidden: true });
  expect(before?.textContent).toBe("Version 1 2026-01-0216 × 8, PNG, 2.0 kB Restore");
  expect([now?.textContent.endsWith("shown"), now?.querySelector("button")]).toEqual([true, null]);
  expect([...document.querySelectorAll("img")].map((img) => img.getAttribute("src"))).toEqual([
    ...["api:/thumb/2", "api:/thumb/1"],
  ]);
  expect(screen.queryByText("Replace the picture of “Untitled”")).not.toBeNull();
});

it.each([
  [{ width: null }, "PNG, 2.0 kB"],
  [{ height: null, size_bytes: null }, "PNG"],
  [{ file_format: null }, "16 × 8, 2.0 kB"],
])("says what is known of a version: %j", async (part, words) => {
  request.mockResolvedValue({ items: [version(1, part)] });
  await show();
  expect(document.querySelector(".versions small")?.textContent).toBe(words);
});

it("has no list before another was shown", async () => {
  request.mockResolvedValue({ items: [] });
  await show();
  expect(screen.queryByRole("list", { hidden: true })).toBeNull();
});

it("replaces the picture by the one that is picked, and shows the versions that came of it", async () => {
  const client = await show();
  expect(button().disabled).toBe(true);
  await send();
  expect(sent()).toEqual([]);
  fireEvent.click(screen.getByText("Pick"));
  expect(button().disabled).toBe(false);
  const after = { items: [version(3)] };
  request.mockResolvedValueOnce(after);
  await send();
  expect(sent()).toEqual([["/api/pmd/posts/7/file", { body: { asset_id: 9 }, idempotencyKey: key }]]);
  expect(client.getQueryData(["versions", 7])).toEqual(after);
  expect([toast.success.mock.calls, onClose.mock.calls.length]).toEqual([[["The picture is replaced."]], 1]);
});

it("shows a former one again, once", async () => {
  await show();
  const { promise, go } = held();
  request.mockImplementationOnce(() => promise.then(() => VERSIONS));
  fireEvent.click(screen.getByText("Pick"));
  fireEvent.click(restore());
  await settled();
  expect([restore().disabled, button().disabled, onClose.mock.calls]).toEqual([true, true, []]);
  go();
  await settled();
  expect(sent()).toEqual([["/api/pmd/posts/7/versions/1/restore", { body: {}, idempotencyKey: key }]]);
  expect([toast.success.mock.calls, onClose.mock.calls.length]).toEqual([[["Version 1 is shown again."]], 1]);
});

it("a moderator says why, of either", async () => {
  who.moderates = true;
  await show();
  fireEvent.click(screen.getByText("Pick"));
  expect([restore().disabled, button().disabled]).toEqual([true, true]);
  fireEvent.change(screen.getByLabelText(/^Reason/), { target: { value: " Blurred. " } });
  expect([restore().disabled, button().disabled]).toEqual([false, false]);
  await send();
  fireEvent.click(restore());
  await settled();
  expect(sent().map(([, options]) => (options as { body: object }).body)).toEqual([
    { asset_id: 9, reason: "Blurred." },
    { reason: "Blurred." },
  ]);
});

it("an artist is not asked why", async () => {
  await show();
  expect(screen.queryByLabelText(/^Reason/)).toBeNull();
});

it("a refusal is said, and what is sent again is the same", async () => {
  await show();
  fireEvent.click(screen.getByText("Pick"));
  request.mockRejectedValueOnce(new PMDError(409, "It is too large.")).mockRejectedValueOnce(new PMDError(409, "No."));
  await send();
  expect([screen.queryByText("It is too large.") !== null, onClose.mock.calls]).toEqual([true, []]);
  await send();
  request.mockRejectedValueOnce(new PMDError(409, "It is gone."));
  fireEvent.click(restore());
  await settled();
  expect(toast.error.mock.calls).toEqual([["It is gone."]]);
  const keys = sent().map(([, options]) => (options as { idempotencyKey: string }).idempotencyKey);
  expect([keys[0] === keys[1], keys[1] === keys[2]]).toEqual([true, false]);
});

it("versions that cannot be loaded are asked for again", async () => {
  request.mockRejectedValueOnce(new PMDError(503, "Not now."));
  await show();
  expect(screen.queryByText("Not now.")).not.toBeNull();
  fireEvent.click(screen.getByRole("button", { name: "Try again", hidden: true }));
  await settled();
  expect([screen.queryByText("Not now."), screen.getAllByRole("listitem", { hidden: true }).length]).toEqual([null, 2]);
});
