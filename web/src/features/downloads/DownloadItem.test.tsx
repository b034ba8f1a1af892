// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Bdr } from "../../data/schema";
import { aBdr } from "../../testing/posts";
import { held, settled } from "../../testing/settled";
import { DownloadItem } from "./DownloadItem";

const api = vi.hoisted(() => ({
  ...{ cancelDownload: vi.fn(), filesOfDownload: vi.fn(), postsOfDownload: vi.fn() },
  ...{ removeDownload: vi.fn(), retryDownload: vi.fn() },
}));
const data = vi.hoisted(() => ({
  refreshDownloads: vi.fn(),
  useMissing: vi.fn(),
  openShared: vi.fn(),
  error: vi.fn(),
}));
vi.mock("../../data/client", () => ({ ...api, apiUrl: (url: string) => `api:${url}` }));
vi.mock("../../data/queries", () => data);
vi.mock("../../data/dialogs", () => data);
vi.mock("../../data/ShareButton", () => ({
  ShareButton: ({ of, name }: { of: string; name: string }) => <i data-testid="share">{`${of} ${name}`}</i>,
}));
vi.mock("../../ui/toast", () => ({ toast: data }));

const NOW = Date.parse("2026-01-01T01:00:00Z");
const onSelect = vi.fn();
beforeEach(() => {
  vi.resetAllMocks();
  data.useMissing.mockReturnValue({ data: undefined, error: null });
  for (const each of Object.values(api)) each.mockResolvedValue(undefined);
});
afterEach(cleanup);
function show(part: Partial<Bdr> = {}, isHighlighted = false) {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <DownloadItem bdr={aBdr("b1", part)} now={NOW} {...{ isHighlighted, onSelect }} />
    </QueryClientProvider>,
  );
  return screen.getByRole("listitem");
}
const READY: Partial<Bdr> = {
  ...{ status: "ready", download_url: "/zip/b1", file_size_bytes: 2000, expires_at: "2026-01-01T03:00:00Z" },
};
const buttons = () => screen.getAllByRole("button").map((each) => each.getAttribute("aria-label") ?? each.textContent);
const press = async (name: string | RegExp) => {
  fireEvent.click(screen.getByRole("button", { name }));
  await settled();
};
const line = () => document.querySelector(".download > .muted")?.textContent;
const NAME = "100 artworks, 1 h ago";

it.each([
  ["pending", {}, "Waiting", [`Cancel ${NAME}`]],
  ["processing", {}, "Packing", [`Cancel ${NAME}`]],
  ["ready", READY, "Ready, 1 h ago", [`Remove ${NAME}`]],
  ["failed", {}, "Failed", [`Retry ${NAME}`, `Remove ${NAME}`]],
  ["expired", {}, "Expired", [`Build again ${NAME}`, `Remove ${NAME}`]],
  ["expired", { ...READY, expires_at: "2026-01-01T01:00:00Z" }, "Expired", [`Build again ${NAME}`, `Remove ${NAME}`]],
] as const)("%s %#: says how it is, and offers what can be done", (status, part, words, offered) => {
  const item = show({ status, ...part });
  const said = item.querySelector(".spread > span")?.textContent;
  expect([said, item.dataset["status"]]).toEqual([words, status]);
  const always = [`Select the posts of ${NAME}`, `Make a pack of ${NAME}`];
  const before = offered.slice(0, offered.length - 1);
  expect(buttons().map((each) => each.trim())).toEqual([...before, ...always, ...offered.slice(-1)]);
  expect(screen.queryByRole("link")?.getAttribute("href") ?? null).toBe(status === "ready" ? "api:/zip/b1" : null);
  expect(screen.queryByText(/^This archive has expired/) !== null).toBe(status === "expired");
  expect(screen.queryByTestId("share")?.textContent ?? null).toBe(status === "ready" ? `bdr/b1 ${NAME}` : null);
});

it.each([
  [{}, "100 artworks"],
  [READY, "100 artworks · 2.0 kB · available for 2 h"],
  [{ ...READY, expires_at: null, file_size_bytes: null }, "100 artworks"],
  [{ ...READY, missing_count: 3, expires_at: null }, "97 of 100 artworks · 2.0 kB"],
  [{ missing_count: 3, file_size_bytes: 2000 }, "100 artworks"],
  [{ include_comments: true }, "100 artworks · with comments"],
  [{ include_comments: true, include_reactions: true }, "100 artworks · with comments and reactions"],
  [{ include_reactions: true, takeout_id: "t1" }, "100 files"],
  [{ file_count: 100 }, "100 files"],
])("says what is in it: %j", (part, words) => {
  show(part);
  expect(line()).toBe(words);
});

it.each([
  ["a name", { name: "Sea" }, "Sea"],
  ["none", {}, "100 artworks"],
])("with %s it is called so", (_, part, words) => {
  show({ ...part, status: "failed", error_message: "It broke." });
  expect([screen.getByRole("heading").textContent, screen.queryByText("It broke.") !== null]).toEqual([words, true]);
});

it("no link leads to an archive that has no address", () => {
  show({ ...READY, download_url: null });
  expect(screen.queryByRole("link")).toBeNull();
});

it.each([
  ["everything one has", { takeout_id: "t1" }],
  ["files", { file_count: 2 }],
])("of %s no posts are selected, packed or shared", (_, part) => {
  show({ ...READY, ...part });
  expect([buttons().length, screen.queryByTestId("share")]).toEqual([1, null]);
});

it.each([
  [/^Cancel/, "pending", api.cancelDownload],
  [/^Retry/, "failed", api.retryDownload],
  [/^Build again/, "expired", api.retryDownload],
  [/^Remove/, "ready", api.removeDownload],
] as const)("%s of one that is %s, once", async (name, status, call) => {
  const { promise, go } = held();
  call.mockReturnValueOnce(promise);
  show({ status });
  const button = screen.getByRole<HTMLButtonElement>("button", { name });
  await press(name);
  expect([call.mock.calls, button.disabled, data.refreshDownloads.mock.calls]).toEqual([[["b1"]], true, []]);
  go();
  await settled();
  expect([button.disabled, data.refreshDownloads.mock.calls.length]).toEqual([false, 1]);
});

it("says what is refused", async () => {
  api.cancelDownload.mockRejectedValueOnce(new PMDError(409, "It is done."));
  show();
  await press(/^Cancel/);
  expect(data.error.mock.calls).toEqual([["It is done."]]);
});

it("selects its posts, and makes a pack of the files behind them", async () => {
  api.postsOfDownload.mockResolvedValue([3, 4]);
  show();
  await press(/^Select the posts/);
  expect([api.postsOfDownload.mock.calls, onSelect.mock.calls]).toEqual([[["b1"]], [[[3, 4]]]]);
  await press(/^Make a pack/);
  const [[asked]] = data.openShared.mock.calls as [[{ about: string; find: () => void }]];
  expect([asked.about, api.filesOfDownload.mock.calls]).toEqual(["packPosts", []]);
  asked.find();
  expect(api.filesOfDownload.mock.calls).toEqual([["b1"]]);
});

it.each([
  [{}, "Starts as soon as a worker is free.", "waiting"],
  [{ error_message: "It is tried again." }, "It is tried again.", "waiting"],
  [{ status: "processing", processed_count: 25 }, "25 of 100", "accent"],
  [
    { status: "processing", processed_count: 25, started_at: "2026-01-01T00:59:40Z" },
    "25 of 100 · about 1 min left",
    "accent",
  ],
  [
    { status: "processing", processed_count: 100, started_at: "2026-01-01T00:59:40Z" },
    "100 of 100 · about 1 s left",
    "accent",
  ],
])("says how far it is: %j", (part, words, tone) => {
  show(part as Partial<Bdr>);
  const bar = screen.getByRole("progressbar", { name: "Progress of 100 artworks" });
  expect([bar.nextSibling?.textContent, bar.classList.contains(tone)]).toEqual([words, true]);
  expect([bar.getAttribute("aria-valuenow"), bar.getAttribute("aria-valuemax")]).toEqual([
    ...[String((part as Partial<Bdr>).processed_count ?? 0), "100"],
  ]);
});

it.each([
  [{ ...READY }, null],
  [{ ...READY, missing_count: 1 }, "1 artwork is missing"],
  [{ ...READY, missing_count: 2 }, "2 artworks are missing"],
  [{ ...READY, missing_count: 2, file_count: 9 }, "2 files are missing"],
])("tells what it lacks %#", (part, words) => {
  show(part);
  expect(document.querySelector("summary")?.textContent.trim() ?? null).toBe(words);
});

it("looks up what is missing once it is opened", () => {
  show({ ...READY, missing_count: 2 });
  const details = document.querySelector("details") ?? new HTMLDetailsElement();
  expect([data.useMissing.mock.lastCall, screen.queryByText("Loading…") !== null]).toEqual([["b1", false], true]);
  const items = [
    { public_sqid: "p1", title: "Sea", reason: "It is gone." },
    { public_sqid: "p2", title: null, reason: "It was empty." },
  ];
  data.useMissing.mockReturnValue({ data: { items }, error: null });
  act(() => {
    details.open = true;
    details.dispatchEvent(new Event("toggle"));
  });
  expect(data.useMissing.mock.lastCall).toEqual(["b1", true]);
  const said = [...details.querySelectorAll("li")].map(({ textContent: text }) => text);
  expect(said).toEqual(["Sea It is gone.", "p2 It was empty."]);
});

it("says why what is missing cannot be told", () => {
  data.useMissing.mockReturnValue({ data: undefined, error: new Error("Not now.") });
  show({ missing_count: 1 }, true);
  expect([screen.queryByText("Not now.") !== null, screen.queryByText("Loading…")]).toEqual([true, null]);
  expect(document.getElementById("bdr-b1")?.dataset["highlighted"]).toBe("true");
});
