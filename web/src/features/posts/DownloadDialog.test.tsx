// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Allowance } from "../../data/useDownloads";
import { aPost } from "../../testing/posts";
import { held, settled } from "../../testing/settled";
import { DownloadDialog } from "./DownloadDialog";

const who = vi.hoisted(() => ({ moderates: false }));
const api = vi.hoisted(() => ({ requestDownload: vi.fn(), refreshDownloads: vi.fn(), noteRequested: vi.fn() }));
const toast = vi.hoisted(() => ({ success: vi.fn(), error: vi.fn() }));
vi.mock("../../data/config", () => ({
  config: { max_posts: 3, subject: { handle: "pixelsmith" } },
  get moderates() {
    return who.moderates;
  },
}));
vi.mock("../../data/client", () => api);
vi.mock("../../data/queries", () => api);
vi.mock("../../data/downloads", () => api);
vi.mock("../../data/ModeratorNote", () => ({ ModeratorNote: () => null }));
vi.mock("../../platform/address", () => ({ useCloseOnBack: () => undefined }));
vi.mock("../../ui/toast", () => ({ toast }));
vi.mock("./PostPicture", () => ({ PostPicture: () => null }));

const NOW = Date.parse("2026-01-02T00:00:00Z");
const ALLOWANCE: Allowance = { left: 3, limit: 5, resetsAt: "2026-01-02T02:00:00Z" };
const on = { onKeep: vi.fn(), onClose: vi.fn(), onRequested: vi.fn() };
beforeEach(() => {
  vi.resetAllMocks();
  who.moderates = false;
  vi.spyOn(Date, "now").mockReturnValue(NOW);
  api.requestDownload.mockResolvedValue({ id: "b1", message: "It is being packed." });
  api.noteRequested.mockReturnValue(true);
});
afterEach(cleanup);
function show(count = 2, allowance: Allowance | null = ALLOWANCE, sizes: readonly (number | null)[] = []) {
  const posts = Array.from({ length: count }, (_, index) => aPost(index + 1, { file_bytes: sizes[index] ?? null }));
  render(
    <QueryClientProvider client={new QueryClient()}>
      <DownloadDialog {...{ posts, allowance, ...on }} />
    </QueryClientProvider>,
  );
  return posts;
}
const button = () => screen.getByRole<HTMLButtonElement>("button", { name: /^Request/, hidden: true });
const send = async () => {
  fireEvent.submit(button().form ?? document.body);
  await settled();
};
const facts = () =>
  [...document.querySelectorAll(".facts > div")].map((each) => [...each.children].map(({ textContent: text }) => text));

it("asks for these posts as they were chosen, and says that they are coming", async () => {
  show();
  fireEvent.change(screen.getByLabelText("Name (optional)"), { target: { value: " Sea " } });
  fireEvent.click(screen.getByLabelText("Reactions, as reactions.json"));
  expect(screen.queryByText("Download 2 artworks")).not.toBeNull();
  await send();
  const options = { include_comments: false, include_reactions: true, send_email: false, name: "Sea" };
  expect(api.requestDownload.mock.calls).toEqual([[[1, 2], options, expect.any(String)]]);
  expect([api.noteRequested.mock.calls, toast.success.mock.calls]).toEqual([[["b1"]], [["It is being packed."]]]);
  expect([on.onRequested.mock.calls.length, api.refreshDownloads.mock.calls.length]).toEqual([1, 1]);
});

it("says nothing of what is ready before it is answered", async () => {
  api.noteRequested.mockReturnValue(false);
  show();
  await send();
  expect([toast.success.mock.calls, on.onRequested.mock.calls.length]).toEqual([[], 1]);
});

it("sent again after an error it is the same request, until something else is asked", async () => {
  api.requestDownload
    .mockRejectedValueOnce(new PMDError(503, "Not now."))
    .mockRejectedValueOnce(new PMDError(0, "No."));
  show();
  await send();
  expect([screen.queryByText("Not now.") !== null, on.onRequested.mock.calls]).toEqual([true, []]);
  expect([api.refreshDownloads.mock.calls.length, api.noteRequested.mock.calls]).toEqual([1, []]);
  await send();
  fireEvent.click(screen.getByLabelText("Comments, as comments.json"));
  await send();
  const sent = api.requestDownload.mock.calls as [number[], { name: null; include_comments: boolean }, string][];
  const [first, second, third] = sent.map(([, , key]) => key);
  expect([first === second, second === third]).toEqual([true, false]);
  expect(sent.map(([, { name, include_comments: comments }]) => [name, comments])).toEqual([
    [null, false],
    [null, false],
    [null, true],
  ]);
});

it.each([
  [[1000, 2000], "about 4.2 kB"],
  [[1000, null], "about 2.2 kB and 1 of unknown size"],
])("says about how large %j get", (sizes, words) => {
  show(2, ALLOWANCE, sizes);
  expect(facts()[0]).toEqual(["Estimated size", words]);
});

it.each([
  [false, "Allowance", "E-mail me when it is ready"],
  [true, "Your allowance", "E-mail the artist when it is ready"],
])("a moderator (%s) uses up their own", async (moderates, words, mail) => {
  who.moderates = moderates;
  vi.resetModules();
  const { DownloadDialog: Anew } = await import("./DownloadDialog");
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Anew posts={[aPost(1)]} allowance={ALLOWANCE} {...on} />
    </QueryClientProvider>,
  );
  expect([facts()[1], screen.queryByLabelText(mail) !== null]).toEqual([[words, "3 of 5 downloads left today"], true]);
});

it("says nothing of an allowance that is not known", () => {
  show(1, null);
  expect([facts().map(([name]) => name), button().disabled]).toEqual([["Estimated size"], false]);
});

it.each([
  [3, false],
  [4, true],
])("of %i posts that are too many (%s) the first can be kept", (count, isTooMany) => {
  const posts = show(count);
  const keep = screen.queryByRole("button", { name: "Keep the first 3", hidden: true });
  expect([button().disabled, keep !== null]).toEqual([isTooMany, isTooMany]);
  if (!keep) return;
  expect(screen.getByRole("alert", { hidden: true }).textContent).toContain(
    "up to 3 artworks, and 4 are selected. Deselect 1, or split them",
  );
  fireEvent.click(keep);
  expect(on.onKeep.mock.calls).toEqual([[posts.slice(0, 3)]]);
});

it.each([
  [1, false],
  [0, true],
])("with %i left it is used up: %s", (left, isUsedUp) => {
  show(1, { ...ALLOWANCE, left });
  const words = "You have used all 5 downloads for today. You can request the next one in 2 h.";
  expect([button().disabled, document.body.textContent.includes(words)]).toEqual([isUsedUp, isUsedUp]);
});

it("opens no tray where it was closed before the download is accepted", async () => {
  const { promise, go } = held();
  api.requestDownload.mockImplementation(() => promise.then(() => ({ id: "b1", message: "It is being packed." })));
  show();
  await send();
  cleanup();
  go();
  await settled();
  expect([toast.success.mock.calls, on.onRequested.mock.calls]).toEqual([[["It is being packed."]], []]);
});
