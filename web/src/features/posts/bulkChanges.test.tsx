// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { BulkChange } from "../../data/changes/schema";
import { aPost } from "../../testing/posts";
import { held, settled } from "../../testing/settled";
import BulkChanges from "./BulkChanges";
import { BulkDetails, type Details } from "./BulkDetails";
import { BulkWatcher } from "./BulkWatcher";

const bulk = vi.hoisted(() => ({
  ...{ cancelBulkChange: vi.fn(), refreshBulkChanges: vi.fn(), undoBulkChange: vi.fn() },
  ...{ useBulkChangeList: vi.fn(), useBulkReport: vi.fn(), useBulkChangeEnds: vi.fn() },
}));
vi.mock("../../data/config", () => ({ config: {}, moderates: false }));
vi.mock("../../data/client", () => ({}));
vi.mock("../../data/live/useLiveList", () => ({}));
vi.mock("../../data/changes/bulk", async (original) => ({ ...(await original<object>()), ...bulk }));
vi.mock("../../data/posts", () => ({ usePosts: () => ({ posts: [aPost(1), aPost(2, { title: "Sea" })] }) }));
vi.mock("../../data/queries", () => ({
  refresher: () => vi.fn(),
  useLicenses: () => ({ data: { items: [{ id: 5, identifier: "CC0-1.0" }] } }),
}));
vi.mock("../../platform/clock", () => ({ useNow: () => Date.parse("2026-01-01T02:00:00Z") }));
vi.mock("../../platform/address", () => ({ useCloseOnBack: () => undefined }));
vi.mock("../../commands/StatusBar", () => ({
  StatusProgress: (props: object) => <i data-testid="progress">{JSON.stringify(props)}</i>,
}));

const change = (id: number, part: Partial<BulkChange> = {}): BulkChange => ({
  ...{ id, action: "hide", request: { action: "hide" }, undo_of_id: null, undone_by_id: null, status: "completed" },
  ...{ progress: 0, found_count: 1200, done_count: 300, changed_count: 5, skipped_count: 0, error_message: null },
  ...{ created_at: "2026-01-01T00:00:00Z", started_at: null, completed_at: null },
  ...part,
});
beforeEach(() => {
  vi.resetAllMocks();
  bulk.useBulkReport.mockReturnValue({ data: undefined, error: null });
});
afterEach(cleanup);
function show(all: readonly BulkChange[] | null) {
  bulk.useBulkChangeList.mockReturnValue({ all });
  render(
    <QueryClientProvider client={new QueryClient()}>
      <BulkChanges />
    </QueryClientProvider>,
  );
}
const items = () => [...document.querySelectorAll<HTMLElement>(".download")];
const buttons = () => screen.queryAllByRole("button").map(({ textContent: text }) => text.trim());

describe("changes by filter", () => {
  it.each([[null], [[]]])("are not there: %j", (all) => {
    show(all);
    expect(document.body.textContent).toBe("");
  });

  it.each([
    ["pending", "Waiting", "pending", "Starts as soon as a worker is free.", "waiting"],
    ["running", "Running", "processing", "300 of 1,200", "accent"],
    ["failed", "Failed", "failed", null, null],
    ["cancelled", "Cancelled", "expired", null, null],
    ["completed", "2 h ago", "ready", null, null],
  ] as const)("that are %s say so", (status, words, look, how, tone) => {
    show([change(1, { status, error_message: "It broke." })]);
    expect([document.querySelector(".spread > :last-child")?.textContent, items()[0]?.dataset["status"]]).toEqual([
      ...[words, look],
    ]);
    const bar = screen.queryByRole("progressbar");
    expect([bar?.nextSibling?.textContent ?? null, bar?.className.split(" ")[1] ?? null]).toEqual([how, tone]);
    if (bar) expect([bar.getAttribute("aria-valuenow"), bar.getAttribute("aria-valuemax")]).toEqual(["300", "1200"]);
    expect(document.querySelectorAll("p.bad").length).toBe(status === "failed" ? 1 : 0);
  });

  it.each([
    [{ status: "running" }, ["Cancel"], bulk.cancelBulkChange, 1],
    [{ status: "pending" }, ["Cancel"], bulk.cancelBulkChange, 1],
    [{}, ["Undo"], bulk.undoBulkChange, 1],
    [{ changed_count: 0 }, [], null, 0],
    [{ undone_by_id: 9 }, [], null, 0],
    [{ undo_of_id: 7, status: "failed" }, ["Resume"], bulk.undoBulkChange, 7],
    [{ undo_of_id: 7, skipped_count: 3 }, ["Try again", "3 left out"], bulk.undoBulkChange, 7],
    [{ undo_of_id: 7 }, [], null, 0],
  ] as const)("offer what can be done: %j", async (part, offered, call, id) => {
    const { promise, go } = held();
    for (const each of [bulk.cancelBulkChange, bulk.undoBulkChange]) each.mockReturnValue(promise);
    show([change(1, part)]);
    const [first] = screen.queryAllByRole<HTMLButtonElement>("button");
    const title = document.querySelector("h3")?.textContent;
    expect(buttons()).toEqual(offered.map((name) => `${name} ${String(title)}`));
    if (!call || !first) return;
    fireEvent.click(first);
    await settled();
    expect([call.mock.calls, first.disabled, bulk.refreshBulkChanges.mock.calls]).toEqual([[[id]], true, []]);
    go();
    await settled();
    expect([first.disabled, bulk.refreshBulkChanges.mock.calls.length]).toEqual([false, 1]);
  });

  it("say how their undo stands, and what licence was set", () => {
    const request = { action: "license", license_id: 5 };
    show([change(2, { undo_of_id: 1, status: "running" }), change(1, { action: "license", request, undone_by_id: 2 })]);
    const [undo, first] = items();
    expect(first?.querySelector(".download-buttons .muted")?.textContent).not.toBe(undefined);
    expect(undo?.querySelector(".download-buttons .muted") ?? null).toBeNull();
    expect(first?.textContent).toContain("CC0");
  });

  it("tell what was left out, a page at a time", () => {
    const page = (posts: readonly number[], next_cursor: string | null) => ({
      data: { items: posts.map((post_id) => ({ post_id, reason: "deleted" })), next_cursor },
      error: null,
    });
    bulk.useBulkReport.mockImplementation((_id: number, cursor: string | null) =>
      cursor === null ? page([2, 9], "c2") : page([1], null),
    );
    show([change(4, { skipped_count: 3 })]);
    fireEvent.click(screen.getByRole("button", { name: /^3 left out/ }));
    const heads = () => screen.getAllByRole("rowheader", { hidden: true }).map(({ textContent: text }) => text);
    const turn = (name: string) => screen.getByRole<HTMLButtonElement>("button", { name, hidden: true });
    expect([screen.queryByText("3 posts left out") !== null, heads()]).toEqual([true, ["Sea", "No. 9"]]);
    expect(screen.getAllByText("It had been deleted, or restored, meanwhile.")).toHaveLength(2);
    expect([turn("Previous").disabled, turn("Next").disabled]).toEqual([true, false]);
    fireEvent.click(turn("Next"));
    expect([heads(), bulk.useBulkReport.mock.lastCall]).toEqual([["Artwork 1"], [4, "c2"]]);
    expect([turn("Previous").disabled, turn("Next").disabled]).toEqual([false, true]);
    fireEvent.click(turn("Previous"));
    expect([heads(), bulk.useBulkReport.mock.lastCall]).toEqual([
      ["Sea", "No. 9"],
      [4, null],
    ]);
  });

  it("say what is wrong with the report, which has no other page", () => {
    bulk.useBulkReport.mockReturnValue({ data: undefined, error: new Error("Not now.") });
    show([change(4, { skipped_count: 1 })]);
    fireEvent.click(screen.getByRole("button", { name: /^1 left out/ }));
    expect([screen.queryByText("Not now.") !== null, screen.queryByText("1 post left out") !== null]).toEqual([
      true,
      true,
    ]);
    expect(screen.queryByRole("button", { name: "Next", hidden: true })).toBeNull();
  });
});

describe("on every page", () => {
  it.each([
    [null, null],
    [[change(1)], null],
    [[change(3, { status: "pending", done_count: 0 }), change(2, { status: "running" }), change(1)], 300],
  ])("the first of those that are not done is shown %#", (all, value) => {
    bulk.useBulkChangeList.mockReturnValue({ all });
    render(<BulkWatcher />);
    const shown = screen.queryByTestId("progress")?.textContent;
    expect(shown ? (JSON.parse(shown) as object) : null).toEqual(
      value === null
        ? null
        : { what: expect.any(String) as string, label: "The change by filter in progress", value, max: 1200 },
    );
    expect(bulk.useBulkChangeEnds.mock.lastCall).toEqual([all]);
  });
});

describe("details of all posts of a filter", () => {
  const onChange = vi.fn();
  const ask = (details: Details = {}) => render(<BulkDetails {...{ details, onChange }} />);
  const field = (name: string) => screen.getByLabelText<HTMLInputElement>(name);
  const set = (name: string, value: string) => fireEvent.change(field(name), { target: { value } });
  const KEPT: Details = { alt_text: "Waves" };

  it.each([
    [{}, "Use of AI", "generated", { ai_disclosure: "generated" }],
    [{}, "Use of AI", "unsaid", { ai_disclosure: null }],
    [{ ai_disclosure: "none" }, "Use of AI", "", {}],
    [{}, "Not for training AI", "yes", { ai_opt_out: true }],
    [{}, "Not for training AI", "default", { ai_opt_out: null }],
    [{ ai_opt_out: true }, "Not for training AI", "", {}],
  ] as const)("with %j, %s: %j", (details, name, value, after) => {
    ask({ ...KEPT, ...details });
    set(name, value);
    expect(onChange.mock.calls).toEqual([[{ ...KEPT, ...after }]]);
  });

  it.each([
    [{}, "", ""],
    [{ ai_disclosure: null, ai_opt_out: null }, "unsaid", "default"],
    [{ ai_disclosure: "assisted", ai_opt_out: false }, "assisted", "no"],
  ] as const)("shows what is set: %j", (details, disclosure, optOut) => {
    ask(details);
    expect([field("Use of AI").value, field("Not for training AI").value]).toEqual([disclosure, optOut]);
    expect([field("Alt text, where there is none").value, field("Replace their warnings").checked]).toEqual([
      "",
      false,
    ]);
    expect(screen.queryByRole("group", { name: "Warnings" })).toBeNull();
  });

  it.each([
    ["Sea", { alt_text: "Sea" }],
    ["  ", {}],
  ])("an alt text of %j", (text, after) => {
    ask({ ...KEPT, ai_opt_out: true });
    set("Alt text, where there is none", text);
    expect(onChange.mock.calls).toEqual([[{ ai_opt_out: true, ...after }]]);
    expect(field("Alt text, where there is none").maxLength).toBe(1500);
  });

  it("warnings are replaced, also by none", () => {
    ask(KEPT);
    fireEvent.click(field("Replace their warnings"));
    expect(onChange.mock.lastCall).toEqual([{ ...KEPT, content_warnings: [] }]);
    cleanup();
    ask({ ...KEPT, content_warnings: [] });
    expect([
      field("Replace their warnings").checked,
      screen.queryByText(/their warnings are removed/) !== null,
    ]).toEqual([...[true, true]]);
    fireEvent.click(screen.getByRole("button", { name: "Blood" }));
    expect(onChange.mock.lastCall).toEqual([{ ...KEPT, content_warnings: ["Blood"] }]);
    cleanup();
    ask({ ...KEPT, content_warnings: ["Blood", "Nudity"] });
    expect(screen.queryByText(/their warnings are removed/)).toBeNull();
    fireEvent.click(screen.getByRole("button", { name: "Blood" }));
    expect(onChange.mock.lastCall).toEqual([{ ...KEPT, content_warnings: ["Nudity"] }]);
    fireEvent.click(field("Replace their warnings"));
    expect(onChange.mock.lastCall).toEqual([KEPT]);
  });
});
