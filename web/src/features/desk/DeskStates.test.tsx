// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { draftOf } from "../../testing/drafts";
import { COLUMNS } from "./cells";
import { useColumns } from "./ColumnsMenu";
import { DeskBar } from "./DeskBar";
import { Nothing, PublishedFoot } from "./DeskStates";
import type { Draft, DraftCounts } from "./schema";
import type { Tab } from "./useDrafts";

const is = vi.hoisted(() => ({ moderating: false }));
const does = vi.hoisted(() => ({ go: vi.fn(), setParameters: vi.fn(), copyText: vi.fn() }));
vi.mock("../../data/config", () => ({ config: { site_url: "https://site" }, get moderates() { return is.moderating; } })); // prettier-ignore
vi.mock("../../data/purposes", () => ({ purposes: { publish: "For posts." } }));
vi.mock("../../platform/address", () => ({
  ...{ go: does.go, setParameters: does.setParameters, isPlainClick: () => true },
  pageHref: (page: string, query: object) => `${page} ${JSON.stringify(query)}`,
}));
vi.mock("../../ui/toast", () => ({ copyText: does.copyText }));
beforeEach(() => {
  vi.resetAllMocks();
  is.moderating = false;
  localStorage.clear();
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const onAdd = vi.fn();
it.each([
  ["drafts", false, "No drafts.", true],
  ["drafts", true, "No drafts.", false],
  ["scheduled", false, "Nothing is scheduled.", false],
  ["published", false, "Nothing was published today.", false],
] as const)("says why %s is empty, and what fills it (moderates: %s): %s", (tab, moderating, title, isOffered) => {
  is.moderating = moderating;
  render(<Nothing {...{ tab, onAdd }} isLoading={false} />);
  expect(screen.queryByText(title)).not.toBeNull();
  screen.queryByRole("button", { name: "Add files" })?.click();
  expect(onAdd.mock.calls.length).toBe(isOffered ? 1 : 0);
});

it("says that it loads, but only where that takes a while", () => {
  vi.useFakeTimers();
  render(<Nothing tab="drafts" isLoading onAdd={onAdd} />);
  act(() => void vi.advanceTimersByTime(149));
  expect(document.body.textContent + String(screen.queryByRole("status"))).toBe("null");
  act(() => void vi.advanceTimersByTime(1));
  expect(screen.queryByRole("status", { name: "Loading…" })).not.toBeNull();
});

const published = (id: number, sqid: string | null) =>
  draftOf({ id, post: sqid === null ? null : ({ id, public_sqid: sqid } as Draft["post"]) });
it.each([
  [["a", "b"], "Copy 2 links", ["https://site/p/a\nhttps://site/p/b", "2 links copied."]],
  [["a", null], "Copy 1 link", ["https://site/p/a", "1 link copied."]],
])("copies the links of what went out: %j", (posts, words, copied) => {
  render(<PublishedFoot rows={posts.map((sqid, id) => published(id, sqid))} since="2026-01-28T12:00:00Z" />);
  fireEvent.click(screen.getByRole("button"));
  expect([screen.getByRole("button").textContent.trim(), does.copyText.mock.calls]).toEqual([words, [copied]]);
});

it("leads to the same posts where posts are", () => {
  render(<PublishedFoot rows={[]} since="2026-01-28T12:00:00Z" />);
  const link = screen.getByRole("link", { name: /Show them in Posts/ });
  fireEvent.click(link);
  expect([link.getAttribute("href"), does.go.mock.calls]).toEqual([
    ...['posts {"from":"2026-01-28"}', [["posts", { from: "2026-01-28" }]]],
  ]);
});

const onAsk = vi.fn();
function Bar({
  tab = "drafts",
  counts = null,
  isPhone = false,
}: {
  tab?: Tab;
  counts?: DraftCounts | null;
  isPhone?: boolean;
}) {
  // prettier-ignore
  const { shown, ...columnChoice } = useColumns();
  return <DeskBar {...{ tab, counts, columns: shown, columnChoice, isPhone, onAsk }} actions={<i>Action</i>} />;
}
const tabs = () => [...document.querySelectorAll("[role=group] button")].map((tab) => [tab.textContent, tab.getAttribute("aria-pressed")]); // prettier-ignore
const COUNTS = { draft_count: 3, scheduled_count: 2, failed_count: 1, published_count: 4 } as DraftCounts;

it.each([
  [null, false, ["Drafts", "Scheduled", "Published today"]],
  [COUNTS, false, ["Drafts3", "Scheduled3", "Published today4"]],
  [COUNTS, true, ["Drafts3", "Scheduled3", "Today4"]],
])("says how many drafts of each kind there are: %#", (counts, isPhone, words) => {
  render(<Bar tab="scheduled" {...{ counts, isPhone }} />);
  expect(tabs()).toEqual(words.map((each, index) => [each, String(index === 1)]));
  expect(screen.queryByText("Action") !== null).toBe(!isPhone);
});

it("goes to another kind, and asks where more come from", () => {
  render(<Bar />);
  fireEvent.click(screen.getByRole("button", { name: "Published today" }));
  fireEvent.click(screen.getByRole("button", { name: "From a spreadsheet" }));
  fireEvent.click(screen.getByRole("button", { name: "Add files" }));
  expect([does.setParameters.mock.calls, onAsk.mock.calls]).toEqual([
    [["publish", { tab: "published" }, "tab"]],
    [["sheet"], ["add"]],
  ]);
  cleanup();
  is.moderating = true;
  render(<Bar />);
  expect(["From a spreadsheet", "Add files"].map((name) => screen.queryByRole("button", { name }))).toEqual([
    null,
    null,
  ]);
});

it("hides and shows columns, but none without which a row says nothing, and remembers them", () => {
  const open = () => {
    render(<Bar />);
    const panel = document.querySelector("[popover]") ?? document.body;
    fireEvent(panel, Object.assign(new Event("beforetoggle"), { newState: "open" }));
  };
  const ticked = () => screen.getAllByRole<HTMLInputElement>("checkbox").map((tick) => [tick.closest("label")?.textContent.trim(), tick.checked]); // prettier-ignore
  open();
  const names = ["Text", "Hashtags", "Alt text", "Warning", "Licence", "Series"];
  expect([ticked(), COLUMNS.length]).toEqual([names.map((name) => [name, true]), 9]);
  fireEvent.click(screen.getByRole("checkbox", { name: "Hashtags" }));
  fireEvent.click(screen.getByRole("checkbox", { name: "Series" }));
  fireEvent.click(screen.getByRole("checkbox", { name: "Hashtags" }));
  expect(ticked()).toEqual(names.map((name) => [name, name !== "Series"]));
  cleanup();
  open();
  expect(ticked()).toEqual(names.map((name) => [name, name !== "Series"]));
});
