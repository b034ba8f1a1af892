// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { held, settled } from "../../testing/settled";
import { SavedViews } from "./SavedViews";

const data = vi.hoisted(() => ({
  remove: vi.fn(),
  request: vi.fn(),
  patchSeen: vi.fn(),
  refresh: vi.fn(),
  error: vi.fn(),
}));
const address = vi.hoisted(() => ({ query: "q=sea", setQuery: vi.fn() }));
vi.mock("../../data/client", () => data);
vi.mock("../../data/config", () => ({ config: { subject: { sqid: "me" } } }));
vi.mock("../../data/queries", () => ({ refresher: () => data.refresh }));
vi.mock("../../data/seen", () => data);
vi.mock("../../ui/toast", () => ({ toast: data }));
vi.mock("../../platform/address", () => ({ setQuery: address.setQuery, useQuery: () => address.query }));
vi.mock("./view", () => ({ queryOfSaved: (query: string) => ({ saved: query }), SAVED: ["q"] }));

const VIEWS = [
  { id: 2, name: "Sky", query: "q=sky" },
  { id: 1, name: "Sea", query: "q=sea" },
];
const BEFORE = "pmd.views.me";
beforeEach(() => {
  vi.resetAllMocks();
  localStorage.clear();
  data.request.mockImplementation((_schema: unknown, method: string) =>
    Promise.resolve(method === "GET" ? { items: VIEWS } : undefined),
  );
});
afterEach(cleanup);
async function show() {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <SavedViews />
    </QueryClientProvider>,
  );
  await settled();
}
const field = () => screen.getByLabelText<HTMLInputElement>("Name for the current view");
const button = () => screen.getByRole<HTMLButtonElement>("button", { name: "Save" });
const save = async (name: string) => {
  fireEvent.change(field(), { target: { value: name } });
  fireEvent.submit(button().form ?? document.body);
  await settled();
};
const posted = () =>
  (data.request.mock.calls as [unknown, string, string, object][])
    .filter(([, method]) => method !== "GET")
    .map(([, method, path, options]) => [method, path, options]);
const key = expect.any(String) as string;

it("are listed by name, and the one that is shown is marked", async () => {
  await show();
  const views = screen.getAllByRole("listitem").map((each) => each.querySelector("button"));
  expect(views.map((each) => [each?.textContent, each?.getAttribute("aria-current")])).toEqual([
    ["Sea", "true"],
    ["Sky", "false"],
  ]);
  fireEvent.click(screen.getByText("Sky"));
  expect([address.setQuery.mock.calls, screen.queryByText("No saved views yet.")]).toEqual([
    ...[[[{ saved: "q=sky" }]], null],
  ]);
});

it("are none yet", async () => {
  data.request.mockResolvedValue({ items: [] });
  await show();
  expect([screen.queryByText("No saved views yet.") !== null, button().disabled]).toEqual([true, true]);
});

it("what is shown is saved by a new name, and the next one has another", async () => {
  await show();
  fireEvent.change(field(), { target: { value: "  " } });
  expect([button().disabled, field().maxLength]).toEqual([true, 60]);
  await save(" Waves ");
  expect(posted()).toEqual([
    ["POST", "/api/pmd/saved-views", { body: { name: "Waves", query: "q=sea" }, idempotencyKey: key }],
  ]);
  expect([field().value, data.refresh.mock.calls.length]).toEqual(["", 1]);
});

it("one of the same name shows this from now on", async () => {
  await show();
  await save("Sky");
  const [[thing, edit]] = data.patchSeen.mock.calls as [[{ url: string }, object]];
  expect([thing.url, edit]).toEqual(["/api/pmd/saved-views/2", { seen: { query: "q=sky" }, to: { query: "q=sea" } }]);
  expect([posted(), data.refresh.mock.calls.length]).toEqual([[], 1]);
});

it("keeps the name that is typed while one is saved", async () => {
  await show();
  const { promise, go } = held();
  data.request.mockReturnValueOnce(promise);
  await save("Waves");
  expect(button().disabled).toBe(true);
  fireEvent.change(field(), { target: { value: "Wind" } });
  go();
  await settled();
  expect([field().value, button().disabled]).toEqual(["Wind", false]);
});

it("says what is refused, keeps the name, and sends the same again", async () => {
  await show();
  data.request.mockRejectedValueOnce(new PMDError(503, "Not now."));
  await save("Waves");
  expect([data.error.mock.calls, field().value]).toEqual([[["Not now."]], "Waves"]);
  await save("Waves");
  const [first, second] = posted();
  expect(second).toEqual(first);
});

it("are deleted one by one", async () => {
  await show();
  fireEvent.click(screen.getByRole("button", { name: "Delete the view Sky" }));
  await settled();
  expect([data.remove.mock.calls, data.refresh.mock.calls.length]).toEqual([[["/api/pmd/saved-views/2"]], 1]);
});

it("of this browser are handed over once, without those that the service has", async () => {
  const before = [
    { name: "Sea", query: "q=old" },
    { name: "Old", query: "q=1" },
  ];
  localStorage.setItem(BEFORE, JSON.stringify(before));
  await show();
  expect(posted()).toEqual([["POST", "/api/pmd/saved-views", { body: before[1], idempotencyKey: key }]]);
  expect(localStorage.getItem(BEFORE)).toBeNull();
});
