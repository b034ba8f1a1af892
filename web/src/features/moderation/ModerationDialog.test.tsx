// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { held, settled } from "../../testing/settled";
import ModerationDialog from "./ModerationDialog";

const data = vi.hoisted(() => ({ useAudit: vi.fn(), useFoundUsers: vi.fn() }));
const reports = vi.hoisted(() => ({ refreshReports: vi.fn(), settleReports: vi.fn(), useReports: vi.fn() }));
vi.mock("../../data/queries", () => data);
vi.mock("../../data/moderation/reports", () => reports);
vi.mock("../../platform/address", () => ({ useCloseOnBack: () => undefined }));
vi.mock("../../platform/clock", () => ({ useNow: () => Date.parse("2026-01-01T02:00:00Z") }));

const AT = "2026-01-01T00:00:00Z";
const older = vi.fn();
const list = (items?: readonly object[], part: object = {}) => ({
  ...{ data: items && { pages: [{ items }] }, error: null, hasNextPage: false, isFetching: false },
  ...{ fetchNextPage: older, ...part },
});
beforeEach(() => {
  vi.resetAllMocks();
  data.useFoundUsers.mockReturnValue({ data: undefined, error: null });
  data.useAudit.mockReturnValue(list());
  reports.useReports.mockReturnValue(list());
});
afterEach(cleanup);
function show() {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <ModerationDialog onClose={vi.fn()} />
    </QueryClientProvider>,
  );
}
const within_ = (name: string) => within(screen.getByRole("region", { name, hidden: true }));
const linksOf = (name: string) =>
  within_(name)
    .queryAllByRole("link", { hidden: true })
    .map((each) => [each.textContent, each.getAttribute("href")]);
const items = (name: string) =>
  within_(name)
    .queryAllByRole("listitem", { hidden: true })
    .map(({ textContent: text }) => text);

describe("an artist", () => {
  it.each([
    ["", ""],
    [" @pix ", "pix"],
    ["pix@", "pix@"],
  ])("is looked for by %j", (text, wanted) => {
    show();
    fireEvent.change(screen.getByLabelText("Open the posts of"), { target: { value: text } });
    expect(data.useFoundUsers.mock.lastCall).toEqual([wanted]);
    expect(within_("Artists").queryByRole("list", { hidden: true })).toBeNull();
  });

  it("is found with the posts that a moderator looks for", () => {
    const user = { public_sqid: "a/b", handle: "pixelsmith", artwork_count: 1 };
    data.useFoundUsers.mockReturnValue({ data: [user], error: null });
    show();
    expect(linksOf("Artists")).toEqual([
      ["@pixelsmith1 post", "/u/a%2Fb/posts"],
      ["Reported of pixelsmith", "/u/a%2Fb/posts?q=reported:yes"],
      ["Without warnings of pixelsmith", "/u/a%2Fb/posts?q=warning:none"],
      ["Scheduled of pixelsmith", "/u/a%2Fb/publish?tab=scheduled"],
    ]);
    expect(screen.queryByText(/begins so/)).toBeNull();
  });

  it("is not found, or cannot be", () => {
    data.useFoundUsers.mockReturnValue({ data: [], error: new Error("Not now.") });
    show();
    expect([items("Artists"), screen.queryByText("Not now.") !== null]).toEqual([
      ...[["No artist’s handle begins so."], true],
    ]);
  });
});

const ENTRY = {
  ...{ id: 1, action: "hide_by_filter", post_ids: [], asset_ids: [], target_sqid: "a/b", target_handle: "pixelsmith" },
  ...{ created_at: AT, reason: null },
};
describe("the audit trail", () => {
  it.each([
    [{}, "hide by filter · of @pixelsmith2 h ago"],
    [{ post_ids: [1] }, "hide by filter · 1 post of @pixelsmith2 h ago"],
    [{ post_ids: [1, 2], asset_ids: [3] }, "hide by filter · 2 posts of @pixelsmith2 h ago"],
    [{ asset_ids: [3] }, "hide by filter · 1 file of @pixelsmith2 h ago"],
    [{ target_handle: null, reason: "Late." }, "hide by filter · of @gone2 h ago“Late.”"],
  ])("says what was done: %j", (part, words) => {
    data.useAudit.mockReturnValue(list([{ ...ENTRY, ...part }]));
    show();
    expect(items("Audit trail")).toEqual([words]);
    expect(linksOf("Audit trail")[0]?.[1]).toBe("/u/a%2Fb/posts");
    expect(screen.queryByText("Nothing was done for anybody yet.")).toBeNull();
  });
});

const REPORT = {
  ...{ id: 5, post_id: 7, post_title: "Sea", artist_sqid: "a/b", artist_handle: "pixelsmith" },
  ...{ reporter_handle: "nightwatch", created_at: AT, reason: "Not theirs." },
};
describe("reports", () => {
  it.each([
    [{}, "Sea of @pixelsmith, by @nightwatch2 h ago“Not theirs.” Done something Sea Dismiss Sea", "Sea"],
    [
      { post_title: null, reporter_handle: null },
      ...(["Untitled of @pixelsmith, by @gone2 h ago“Not theirs.” Done something Untitled Dismiss Untitled"] as const),
      "Untitled",
    ],
  ])("say who has reported what: %j", (part, words, title) => {
    reports.useReports.mockReturnValue(list([{ ...REPORT, ...part }]));
    show();
    expect(items("Reported posts")).toEqual([words]);
    expect(linksOf("Reported posts")).toEqual([[title, "/u/a%2Fb/posts?post=7"]]);
  });

  it.each([
    ["Done something", "acted"],
    ["Dismiss", "dismissed"],
  ])("are settled, once: %s", async (name, outcome) => {
    reports.useReports.mockReturnValue(list([REPORT]));
    const { promise, go } = held();
    reports.settleReports.mockReturnValueOnce(promise);
    show();
    const buttons = within_("Reported posts").getAllByRole<HTMLButtonElement>("button", { hidden: true });
    fireEvent.click(screen.getByRole("button", { name: `${name} Sea`, hidden: true }));
    await settled();
    expect(reports.settleReports.mock.calls).toEqual([[{ report_ids: [5], outcome }]]);
    expect([buttons.map(({ disabled }) => disabled), reports.refreshReports.mock.calls]).toEqual([[true, true], []]);
    go();
    await settled();
    expect([buttons.map(({ disabled }) => disabled), reports.refreshReports.mock.calls.length]).toEqual([
      ...[[false, false], 1],
    ]);
  });
});

describe.each([
  ["Audit trail", data.useAudit, ENTRY, "Nothing was done for anybody yet.", "Older"],
  ["Reported posts", reports.useReports, REPORT, "No report waits.", "Older reports"],
] as const)("%s", (name, use, item, none, more) => {
  it.each([
    ["nothing is known", undefined, false],
    ["there is none", [], true],
    ["there is one", [item], false],
  ])("says that there is none only where that is so: %s", (_, all, says) => {
    use.mockReturnValue(list(all));
    show();
    expect(screen.queryByText(none) !== null).toBe(says);
    expect(screen.queryByRole("button", { name: more, hidden: true })).toBeNull();
  });

  it.each([
    [false, 1],
    [true, 0],
  ])("asks for the older ones, and not while it does (%s)", (isFetching, count) => {
    use.mockReturnValue(list([item], { hasNextPage: true, isFetching }));
    show();
    fireEvent.click(screen.getByRole("button", { name: more, hidden: true }));
    expect(older).toHaveBeenCalledTimes(count);
  });

  it("shows all pages, and what went wrong", () => {
    const pages = [{ items: [item] }, { items: [{ ...item, id: 99 }] }];
    use.mockReturnValue(list([], { data: { pages }, error: new Error("Not now.") }));
    show();
    expect([items(name).length, within_(name).queryByText("Not now.") !== null]).toEqual([2, true]);
  });
});
