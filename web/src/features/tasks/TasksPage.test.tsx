// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Command } from "../../commands/commands";
import { jobOf } from "../../testing/jobs";
import { type Group, groupJobs } from "./groups";
import type { Job } from "./schema";
import TasksPage from "./TasksPage";

interface Read {
  groups: Group[] | null;
  error: Error | null;
  retry: () => void;
  older: (() => void) | null;
  isFetching: boolean;
}
const read = vi.hoisted((): { jobs: Read } => ({
  jobs: { groups: null, error: null, retry: () => undefined, older: null, isFetching: false },
}));
const at = vi.hoisted(() => ({ q: "", status: "", group: "" }));
const does = vi.hoisted(() => ({ go: vi.fn(), setParameters: vi.fn(), info: vi.fn(), press: vi.fn() }));
const commands = vi.hoisted((): { given: Command[] } => ({ given: [] }));
vi.mock("./useJobs", () => ({ useJobs: () => read.jobs }));
vi.mock("./TaskCard", () => ({
  TaskCard: ({ group, isHighlighted }: { group: Group; isHighlighted: boolean }) => (
    <li data-group={group.id} data-on={isHighlighted} />
  ),
}));
vi.mock("../../commands/commands", () => ({ useCommands: (given: Command[]) => (commands.given = given) }));
vi.mock("../../commands/list/useFocusedRows", () => ({
  useFocusedRows: () => [null, [{ name: "move", run: () => true }], does.press],
}));
vi.mock("../../commands/StatusBar", () => ({
  StatusText: ({ children }: { children: string }) => <p data-testid="status">{children}</p>,
  StatusNote: () => null,
}));
vi.mock("../../data/purposes", () => ({ purposes: { tasks: "For work." } }));
vi.mock("../../platform/address", () => ({
  ...{ go: does.go, setParameters: does.setParameters, TYPED: "typed", isPlainClick: () => true, pageHref: () => "#" },
  useParameters: () => at,
}));
vi.mock("../../ui/toast", () => ({ toast: { info: does.info } }));

beforeEach(() => {
  vi.resetAllMocks();
  localStorage.clear();
  Object.assign(at, { q: "", status: "", group: "" });
  read.jobs = { groups: null, error: null, retry: vi.fn(), older: null, isFetching: false };
});
afterEach(cleanup);

const made = (state: string) => ({ result_asset_ids: [9], result: { id: 9, state } as Job["result"] });
const single = (id: number, part: Partial<Job>) => jobOf(id, { group_id: null, created_at: `2026-01-0${id}T00:00:00Z`, ...part }); // prettier-ignore
const JOBS = [
  single(1, { kind: "loudness", asset_name: "c.ogg", status: "running" }),
  single(2, { kind: "palette", asset_name: "b2.png", ...made("new") }),
  single(3, { kind: "upscale", asset_name: "b10.png", status: "failed" }),
  single(4, { kind: "palette", asset_name: "a.png", ...made("approved") }),
];
function show(part: Partial<Read> = {}, place: Partial<typeof at> = {}) {
  Object.assign(at, place);
  Object.assign(read.jobs, { groups: groupJobs(JOBS), ...part });
  render(<TasksPage />);
}
const shown = () => [...document.querySelectorAll<HTMLElement>("[data-group]")].map(({ dataset }) => Number(dataset["group"]?.slice(4))); // prettier-ignore
const tabs = () => [...document.querySelectorAll("[role=group] button")].map((tab) => [tab.textContent, tab.getAttribute("aria-pressed")]); // prettier-ignore
const run = (name: string) => commands.given.find((each) => each.name === name)?.run("");

it.each([
  ["", [4, 3, 2, 1]],
  ["unfinished", [1]],
  ["new", [2]],
  ["failed", [3]],
  ["kept", [4]],
])("lists the tasks under “%s”, newest first", (status, ids) => {
  show({}, { status });
  expect([shown(), tabs().filter(([, pressed]) => pressed === "true").length]).toEqual([ids, 1]);
});

it("counts what is under each tab, of what is searched", () => {
  show();
  expect(tabs().map(([words]) => words)).toEqual(["All4", "Running1", "To look at1", "Needs you1", "Kept1"]);
  cleanup();
  show({ older: vi.fn() }, { q: "b2" });
  expect([shown(), tabs().map(([words]) => words)]).toEqual([
    ...[[2], ["All1+", "Running0+", "To look at1+", "Needs you0+", "Kept0+"]],
  ]);
});

it("goes to a tab, and searches by what is typed as one step", () => {
  show();
  fireEvent.click(screen.getByRole("button", { name: /Needs you/ }));
  fireEvent.change(screen.getByRole("searchbox"), { target: { value: "sea" } });
  expect(does.setParameters.mock.calls).toEqual([["tasks", { status: "failed" }], ["tasks", { q: "sea" }, "typed"]]); // prettier-ignore
});

it.each([
  ["newest", [4, 3, 2, 1]],
  ["kind", [3, 1, 4, 2]],
  ["file", [4, 2, 3, 1]],
])("sorts by %s, also the next time", (sort, ids) => {
  show();
  fireEvent.change(screen.getByRole("combobox"), { target: { value: sort } });
  cleanup();
  show();
  expect([screen.getByRole<HTMLSelectElement>("combobox").value, shown()]).toEqual([sort, ids]);
});

it("marks the tasks that were opened", () => {
  show({}, { group: "job-3" });
  expect([...document.querySelectorAll<HTMLElement>("[data-on=true]")].map(({ dataset }) => dataset["group"])).toEqual(["job-3"]); // prettier-ignore
});

it.each([
  [{}, {}, "No tasks yet.", true],
  [{}, { q: "x" }, "No task is like that.", false],
  [{}, { status: "new" }, "No task is like that.", false],
  [{ older: vi.fn() }, { q: "x" }, "None of the newest tasks is like that.", false],
])("says why there is none: %j %j", (part, place, title, isLed) => {
  show({ groups: [], ...part }, place);
  expect([
    document.querySelector(".empty-title")?.textContent,
    screen.queryByText("Open the library") !== null,
  ]).toEqual([title, isLed]);
  expect(screen.queryByText("For work. Select files in the library first.") !== null).toBe(isLed);
});

it("is busy until they are there, and says why they are not", () => {
  show({ groups: null });
  expect([screen.getByRole("list", { name: "Tasks" }).getAttribute("aria-busy"), tabs()[0]?.[0]]).toEqual(["true", "All"]); // prettier-ignore
  cleanup();
  show({ groups: null, error: new Error("Away.") });
  fireEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect([screen.queryByText("Away.") !== null, vi.mocked(read.jobs.retry).mock.calls.length]).toEqual([true, 1]);
});

it("asks for older ones where there are some", () => {
  const older = vi.fn();
  show({ older });
  fireEvent.click(screen.getByRole("button", { name: "Older tasks" }));
  expect(older).toHaveBeenCalledTimes(1);
  cleanup();
  show({ older, isFetching: true });
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Loading…" }).disabled).toBe(true);
  cleanup();
  show({ older: null });
  expect(screen.queryByRole("button", { name: "Older tasks" })).toBeNull();
});

it.each([
  [JOBS, "1 result to look at"],
  [[...JOBS, single(5, made("new"))], "2 results to look at"],
  [JOBS.slice(2), undefined],
])("says how many results are to be looked at: %#", (jobs, words) => {
  show({ groups: groupJobs(jobs) });
  expect(screen.queryByTestId("status")?.textContent).toBe(words);
});

it("begins a task in the library, by the button and the key", () => {
  show();
  fireEvent.click(screen.getByRole("button", { name: "New task" }));
  run("add");
  expect([does.go.mock.calls, does.info.mock.calls[0]]).toEqual([
    ...[[["library"], ["library"]], ["Select the files, then choose Task."]],
  ]);
});

it("keeps, shows, compares and searches by its keys", () => {
  show();
  does.press.mockReturnValueOnce(true);
  run("open");
  expect(does.press.mock.calls).toEqual([["[data-keep]"]]);
  does.press.mockClear();
  does.press.mockReturnValueOnce(false).mockReturnValueOnce(true);
  run("open");
  run("compare");
  expect(does.press.mock.calls).toEqual([["[data-keep]"], [".task-buttons > a"], ["[data-compare]"]]);
  const select = vi.spyOn(screen.getByRole<HTMLInputElement>("searchbox"), "select");
  run("search");
  expect([select.mock.calls.length, commands.given.map(({ name }) => name)]).toEqual([
    ...[1, ["move", "open", "compare", "search", "add"]],
  ]);
});
