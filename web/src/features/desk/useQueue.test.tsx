// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Rule } from "../../data/publishing/schema";
import { settled } from "../../testing/settled";
import { switchedOn, useCalendar, useCounts, useNames, usePlan, useToday } from "./useQueue";

const api = vi.hoisted(() => ({ countDrafts: vi.fn(), getCalendar: vi.fn(), getPlan: vi.fn(), listSeries: vi.fn() }));
vi.mock("./api", () => api);
vi.mock("../../data/publishing/series", () => ({
  seriesQuery: { queryKey: ["desk", "series"], queryFn: () => api.listSeries() as unknown },
}));
vi.mock("../../data/publishing/rule", () => ({ DESK: ["desk"], usualRule: { time_zone: "Europe/Berlin" } }));
vi.mock("../../data/queries", () => ({ licensesQuery: {}, queryClient: {}, useLicenses: () => ({ data: undefined }) }));
vi.mock("../../platform/clock", () => ({ useNow: () => Date.parse("2026-01-28T23:30:00Z") }));

beforeEach(() => vi.resetAllMocks());
afterEach(cleanup);
function read<T, Given>(use: (given: Given) => T, given: Given) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  return renderHook(use, { wrapper, initialProps: given });
}

it.each([
  ["of one who has never had a rule is here", { is_on: false, time_zone: "UTC" }, "Europe/Berlin"],
  ["that was chosen stays", { is_on: false, time_zone: "America/New_York" }, "America/New_York"],
  ["of a rule that is on stays", { is_on: true, time_zone: "UTC" }, "UTC"],
])("a rule is switched on: the zone %s", (_what, rule, time_zone) => {
  expect(switchedOn({ times: ["18:00"], ...rule } as Rule)).toEqual({ times: ["18:00"], is_on: true, time_zone });
});

it.each([
  ["UTC", "2026-01-28", "2026-01-28T00:00:00.000Z"],
  ["Europe/Berlin", "2026-01-29", "2026-01-28T23:00:00.000Z"],
])("today in %s is %s", (zone, day, since) => {
  expect(renderHook(() => useToday(zone)).result.current).toEqual({ day, since });
});

it("counts from a moment on, and keeps what it had until the next answer", async () => {
  api.countDrafts.mockResolvedValueOnce({ draft_count: 3 }).mockReturnValue(new Promise(() => undefined));
  const { result, rerender } = read<unknown, string>(useCounts, "a");
  expect(result.current).toBeNull();
  await settled();
  rerender("b");
  expect([result.current, api.countDrafts.mock.calls.map(([since]) => since as string)]).toEqual([
    ...[{ draft_count: 3 }, ["a", "b"]],
  ]);
});

it("reads five weeks of days", async () => {
  api.getCalendar.mockResolvedValue({ days: [] });
  const { result } = read(useCalendar, "2026-01-26");
  expect(result.current).toBeNull();
  await settled();
  expect([result.current, api.getCalendar.mock.calls[0]?.slice(0, 2)]).toEqual([
    ...[{ days: [] }, ["2026-01-26", "2026-03-01"]],
  ]);
});

it("says when each draft would go out, and how many are ready", async () => {
  api.getPlan.mockResolvedValue({ ready_count: 2, drafts: [{ draft_id: 4, at: "x" }, { draft_id: 5, at: "y" }] }); // prettier-ignore
  const { result } = read(usePlan, undefined);
  expect(result.current).toEqual({ days: new Map(), readyCount: 0 });
  await settled();
  expect([[...result.current.days], result.current.readyCount]).toEqual([[[4, "x"], [5, "y"]], 2]); // prettier-ignore
});

it("has the names that there are, and none before", async () => {
  api.listSeries.mockResolvedValue([{ id: 7, name: "Sea" }]);
  const { result } = read(useNames, undefined);
  expect(result.current).toEqual({ licences: [], series: [] });
  await settled();
  expect(result.current).toEqual({ licences: [], series: [{ id: 7, name: "Sea" }] });
});
