// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { settled } from "../../testing/settled";
import InsightsPage from "./InsightsPage";
import type { InsightDay, InsightSubject } from "./schema";

const NOW = Date.parse("2026-03-10T12:00:00Z");
const place = vi.hoisted(() => ({ days: "7", by: "post", set: vi.fn() }));
const data = vi.hoisted(() => ({ request: vi.fn() }));
const who = vi.hoisted(() => ({ moderates: false }));
vi.mock("../../data/client", () => ({
  request: data.request,
  apiUrl: (url: string, query: Record<string, string>) => `${url}?${new URLSearchParams(query).toString()}`,
}));
vi.mock("../../data/queries", () => ({
  byCursor: { initialPageParam: null, getNextPageParam: (page: { next_cursor: string | null }) => page.next_cursor },
}));
vi.mock("../../data/config", () => ({
  config: { subject: { handle: "pixelsmith" } },
  get moderates() {
    return who.moderates;
  },
}));
vi.mock("../../platform/clock", () => ({ useNow: () => NOW }));
vi.mock("../../platform/address", () => ({
  useParameters: () => ({ days: place.days, by: place.by }),
  setParameters: place.set,
}));
vi.mock("../../ui/PageBody", () => ({
  PageBody: ({ actions, children }: { actions: React.ReactNode; children: React.ReactNode }) => (
    <main>
      {actions}
      {children}
    </main>
  ),
}));

const none = { view_count: 0, download_count: 0, reaction_count: 0, comment_count: 0 };
const dayOf = (day: string, part: Partial<InsightDay> = {}): InsightDay => ({ day, ...none, ...part });
const rowOf = (id: number, part: Partial<InsightSubject> = {}): InsightSubject => ({
  ...{ subject_id: id, title: `Subject ${id}`, ...none, total_view_count: null },
  ...part,
});
interface Asked {
  query: Record<string, string>;
}
let days: InsightDay[] | Error;
let pages: (readonly InsightSubject[] | Error)[];
beforeEach(() => {
  Object.assign(place, { days: "7", by: "post" });
  who.moderates = false;
  vi.resetAllMocks();
  days = [];
  pages = [[]];
  data.request.mockImplementation((_schema: unknown, _method: string, url: string, { query }: Asked) => {
    const at = Number(query["cursor"] ?? 0);
    const items = url.endsWith("/most") ? (pages[at] ?? []) : days;
    if (items instanceof Error) return Promise.reject(items);
    return Promise.resolve({ items, next_cursor: at + 1 < pages.length ? String(at + 1) : null });
  });
});
afterEach(cleanup);

async function show() {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={client}>
      <InsightsPage />
    </QueryClientProvider>,
  );
  await settled();
}
const asked = () =>
  (data.request.mock.calls as [unknown, string, string, Asked][]).map(([, , url, { query }]) => [url, query]);
const tableOf = (name: string) =>
  within(within(screen.getByRole("region", { name })).getByRole("table", { name }))
    .getAllByRole("row")
    .map((row) => [...row.children].map((cell) => cell.textContent));

it("shows a moderator nothing, and asks for nothing", async () => {
  who.moderates = true;
  await show();
  expect([screen.queryByText("Insights are for @pixelsmith alone.") !== null, data.request.mock.calls]).toEqual([
    true,
    [],
  ]);
});

it.each([
  ["7", "2026-03-04"],
  ["30", "2026-02-09"],
  ["90", "2025-12-11"],
  ["400", "2025-02-04"],
])("asks for the last %s days, today included, and offers them as sheets", async (length, since) => {
  Object.assign(place, { days: length, by: "pack" });
  await show();
  const period = { since, until: "2026-03-10" };
  expect(asked()).toEqual([
    ["/api/pmd/insights", period],
    ["/api/pmd/insights/most", { by: "pack", ...period, limit: "50" }],
  ]);
  const links = screen.getAllByRole("link", { name: "CSV" }).map((link) => link.getAttribute("href"));
  const path = `since=${since}&until=2026-03-10`;
  expect(links).toEqual([`/api/pmd/insights.csv?by=day&${path}`, `/api/pmd/insights.csv?by=pack&${path}`]);
});

it("goes to another period and to another list by its tabs", async () => {
  await show();
  fireEvent.click(screen.getByRole("button", { name: "90 days" }));
  fireEvent.click(screen.getByRole("button", { name: "Series" }));
  expect(place.set.mock.calls).toEqual([
    ["insights", { days: "90" }, "days"],
    ["insights", { by: "series" }, "by"],
  ]);
});

it("draws a bar for each day, as high as its share of the most, and says their sum", async () => {
  days = [0, 1, 100, 50].map((count, index) => dayOf(`2026-03-0${index + 1}`, { view_count: count }));
  await show();
  const [views, downloads] = screen.getAllByRole("figure");
  const bars = (of: HTMLElement | undefined) =>
    [...(of?.querySelectorAll("rect") ?? [])].map((bar) =>
      ["x", "y", "height"].map((name) => Number(bar.getAttribute(name))),
    );
  expect([
    views?.querySelector("figcaption")?.textContent,
    views?.querySelector("svg")?.getAttribute("viewBox"),
  ]).toEqual(["Views 151", "0 0 24 48"]);
  // One day of a hundred is still seen; none is a line.
  expect(bars(views)).toEqual([
    [0, 47, 1],
    [6, 46, 2],
    [12, 0, 48],
    [18, 24, 24],
  ]);
  expect(bars(downloads).map(([, , height]) => height)).toEqual([1, 1, 1, 1]);
});

it("lists every day, the last one first", async () => {
  days = [
    dayOf("2026-03-01", { view_count: 1200, comment_count: 4 }),
    dayOf("2026-03-02", { download_count: 2, reaction_count: 3 }),
  ];
  await show();
  expect(tableOf("Every day")).toEqual([
    ["Day", "Views", "Downloads", "Reactions", "Comments"],
    ["2026-03-02", "0", "2", "3", "0"],
    ["2026-03-01", "1,200", "0", "0", "4"],
  ]);
});

it("lists posts with the views that they ever had, and those without a title by a word", async () => {
  pages = [[rowOf(1, { view_count: 5, total_view_count: 70 }), rowOf(2, { title: null })]];
  await show();
  expect(tableOf("Posts")).toEqual([
    ["Posts", "Views", "Downloads", "Reactions", "Comments", "Views in all"],
    ["Subject 1", "5", "0", "0", "0", "70"],
    ["Untitled", "0", "0", "0", "0", "0"],
  ]);
});

it("lists what is no post without them, and what is gone as removed", async () => {
  place.by = "link";
  pages = [[rowOf(1, { title: null, download_count: 3 })]];
  await show();
  expect(tableOf("Links")).toEqual([
    ["Links", "Views", "Downloads", "Reactions", "Comments"],
    ["Removed", "0", "3", "0", "0"],
  ]);
});

it("says when there is nothing in the period, once that is known", async () => {
  let answer: (page: object) => void = () => undefined;
  data.request.mockReturnValue(new Promise((resolve) => (answer = resolve)));
  await show();
  const said = () => screen.queryByText("Nothing in this period.") !== null;
  const isBusy = () => document.querySelector(".insight-charts")?.getAttribute("aria-busy");
  expect([said(), isBusy()]).toEqual([false, "true"]);
  answer({ items: [], next_cursor: null });
  await settled();
  expect([said(), isBusy(), screen.queryByRole("region", { name: "Posts" })]).toEqual([true, "false", null]);
});

it("fetches more when asked, until there is no more", async () => {
  pages = [[rowOf(1)], [rowOf(2)]];
  await show();
  const more = screen.getByRole("button", { name: "More" });
  expect([tableOf("Posts").length, screen.queryByText("Nothing in this period.")]).toEqual([2, null]);
  fireEvent.click(more);
  await settled();
  expect([tableOf("Posts").map(([name]) => name), screen.queryByRole("button", { name: "More" })]).toEqual([
    ["Posts", "Subject 1", "Subject 2"],
    null,
  ]);
});

it("asks again for what could not be fetched, each list by itself", async () => {
  days = new Error("No days.");
  pages = [new Error("No list.")];
  await show();
  const alerts = () => screen.queryAllByRole("alert").map((alert) => alert.querySelector("p")?.textContent);
  expect(alerts()).toEqual(["No days.", "No list."]);
  days = [dayOf("2026-03-10")];
  fireEvent.click(screen.getAllByRole("button", { name: "Try again" })[0] ?? document.body);
  await settled();
  expect([alerts(), screen.queryAllByRole("figure").length]).toEqual([["No list."], 4]);
  pages = [[rowOf(1)]];
  fireEvent.click(screen.getByRole("button", { name: "Try again" }));
  await settled();
  expect([alerts(), tableOf("Posts").length]).toEqual([[], 2]);
});
