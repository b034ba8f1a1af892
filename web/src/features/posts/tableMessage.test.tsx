// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { newJob } from "../../data/changes/job";
import { aPost } from "../../testing/posts";
import { type Filters, noFilters } from "./filterValues";
import { ChangeProgress } from "./JobProgress";
import { TableMessage } from "./TableMessage";
import type { PostChanges } from "./usePostChanges";
import type { PostList } from "./usePostList";

const who = vi.hoisted(() => ({ moderates: false }));
const config: { post_keep_days: number | null; subject: object } = vi.hoisted(() => ({
  ...{ post_keep_days: 30, subject: { handle: "pixelsmith" } },
}));
const first = vi.hoisted(() => ({ useFirstDay: vi.fn(), useFirstDayHidden: vi.fn(), hide: vi.fn() }));
const ui = vi.hoisted(() => ({ copyText: vi.fn(), setFilters: vi.fn(), useDelayed: vi.fn() }));
vi.mock("../../data/config", () => ({
  config,
  get moderates() {
    return who.moderates;
  },
}));
vi.mock("../../data/firstDay", () => first);
vi.mock("../../data/purposes", () => ({ purposes: { posts: "Posts are public." } }));
vi.mock("../../data/moderation/reports", () => ({ reported: { get: () => new Set() } }));
vi.mock("../../platform/address", () => ({
  go: vi.fn(),
  isPlainClick: () => true,
  pageHref: (page: string) => `/${page}`,
}));
vi.mock("../../ui/toast", () => ui);
vi.mock("../../ui/useDelayed", () => ui);
vi.mock("./view", () => ui);

const NOW = Date.parse("2026-01-02T00:00:00Z");
beforeEach(() => {
  vi.resetAllMocks();
  who.moderates = false;
  config.post_keep_days = 30;
  vi.spyOn(Date, "now").mockReturnValue(NOW);
  ui.useDelayed.mockImplementation((isWaiting: boolean) => isWaiting);
  first.useFirstDay.mockReturnValue(false);
  first.useFirstDayHidden.mockReturnValue([false, first.hide]);
});
afterEach(cleanup);
const press = (name: string | RegExp) => fireEvent.click(screen.getByRole("button", { name }));

describe("in place of posts", () => {
  const retry = vi.fn();
  const show = (part: object = {}) => {
    const list = {
      ...{
        posts: [],
        rows: [],
        isComplete: true,
        failure: null,
        isTrash: false,
        fetched: 0,
        filters: noFilters,
        retry,
      },
      ...part,
    };
    render(<TableMessage list={list as unknown as PostList} />);
    return document.body.textContent;
  };
  const some = [aPost(1, { title: "Sea", hashtags: ["waves"] }), aPost(2, { title: "Sky" })];

  it.each([
    [{ isComplete: false }, "Loading posts…"],
    [{ isComplete: false, posts: some }, ""],
    [{ posts: some, rows: some }, ""],
    [{ isTrash: true }, "No deleted postsDeleted posts stay here for 30 days and can be restored."],
    [{}, "Nothing posted yetPosts are public. Nothing is public until you publish it. Upload pictures"],
  ])("stands what is so %#", (part, words) => {
    expect(show(part)).toBe(words);
  });

  it("says how long deleted posts are kept, if they are not for good", () => {
    config.post_keep_days = null;
    expect(show({ isTrash: true })).toContain("Deleted posts stay here and can be restored.");
  });

  it("says to a moderator whose posts there are none of", () => {
    who.moderates = true;
    expect(show()).toBe("@pixelsmith has not posted anything yet");
  });

  it.each([
    [{ isComplete: false }, true],
    [{ isComplete: false, posts: some }, false],
    [{}, false],
    [{ isComplete: false, failure: { error: new Error("No."), retryAt: null } }, false],
  ])("waits before it says that it waits: %#", (part, isWaiting) => {
    show(part);
    expect(ui.useDelayed.mock.calls[0]).toEqual([isWaiting]);
    const busy = document.querySelector<HTMLElement>("[aria-busy]");
    expect(busy?.dataset["late"]).toBe(isWaiting ? "true" : undefined);
  });

  it("claims nothing before it is known where the first steps are", () => {
    first.useFirstDay.mockReturnValue(null);
    expect(show()).toBe("Loading posts…");
    expect(document.querySelector<HTMLElement>("[aria-busy]")?.dataset["late"]).toBe("true");
  });

  it("brings back the first steps", () => {
    first.useFirstDayHidden.mockReturnValue([true, first.hide]);
    show();
    press("Show the first steps");
    expect(first.hide.mock.calls).toEqual([[false]]);
  });

  const failure = (error: Error, retryAt: number | null = null) => ({ failure: { error, retryAt }, isComplete: false });
  it.each([
    [{}, "The posts could not be loaded. Not now. Retrying in 3 s.Retrying automatically. Try again", NOW + 3000],
    [{}, "The posts could not be loaded. Not now.  Try again", null],
    [{ posts: some, fetched: 1200 }, "Only 1,200 posts have been loaded so far. Not now.  Try again", null],
  ])("says what failed, and when it is tried again %#", (part, words, retryAt) => {
    expect(show({ ...failure(new Error("Not now."), retryAt), ...part })).toBe(words);
    press(/^Try again/);
    expect(retry).toHaveBeenCalledTimes(1);
  });

  it("gives the number by which the failure is found", () => {
    show(failure(new PMDError(500, "It broke.", { requestId: "0123456789" })));
    press(/^Copy request ID 01234567$/);
    expect(ui.copyText.mock.calls).toEqual([["0123456789", "Request ID copied."]]);
  });

  const found = (part: Partial<Filters>) => {
    const filters = { ...noFilters, ...part };
    return [show({ posts: some, filters }), filters] as const;
  };
  it("offers the word that may be meant", () => {
    const [said, filters] = found({ q: " seaa " });
    expect(said).toMatch(/^No posts match “seaa”/);
    expect(said).toContain("? 1 post matches.");
    press(/^(sea|sky)$/);
    const [[set]] = ui.setFilters.mock.calls as [[Filters]];
    expect(set).toEqual({ ...filters, q: expect.stringMatching(/^(sea|sky)$/) as string });
  });

  it("offers to leave out the filter that hides most", () => {
    const [said, filters] = found({ format: "gif" });
    expect(said).toContain("No posts match these filters");
    expect(said).toContain("Without format: gif 2 posts match.");
    press("format: gif");
    press(/^Clear the search/);
    expect(ui.setFilters.mock.calls).toEqual([[{ ...filters, format: "" }], [noFilters]]);
  });

  it("offers nothing that would find nothing", () => {
    const [said] = found({ q: "nothing like it at all" });
    expect([said.includes("Did you mean"), said.includes("Without")]).toEqual([false, false]);
  });
});

describe("a change of posts", () => {
  const on = { resume: vi.fn(), stop: vi.fn(), revert: vi.fn() };
  const job = (count: number, part: object = {}) => ({
    ...newJob(
      { kind: "hide" },
      Array.from({ length: count }, (_, index) => ({ change: { kind: "hide" } as const, ids: [index, index + 100] })),
    ),
    ...part,
  });
  const show = (of: object | null) => {
    render(<ChangeProgress changes={{ job: of, ...on } as unknown as PostChanges} />);
    return document.body.textContent;
  };
  const buttons = () => screen.getAllByRole("button").map(({ textContent: text }) => text.trim());

  it.each([
    ["there is none", null, true],
    ["it is one request", job(1), true],
    ["it has just begun", job(2), false],
  ])("shows nothing where %s", (_, of, isLong) => {
    ui.useDelayed.mockReturnValue(isLong);
    expect(show(of)).toBe("");
  });

  it("shows how far it is, and can be stopped", () => {
    expect(show(job(3, { stepsDone: 1 }))).toContain("2 of 6");
    expect(ui.useDelayed.mock.lastCall).toEqual([true]);
    const bar = screen.getByRole("progressbar");
    expect([
      bar.getAttribute("aria-valuenow"),
      bar.getAttribute("aria-valuemax"),
      bar.classList.contains("accent"),
    ]).toEqual([...["2", "6", true]]);
    expect([buttons(), screen.queryByRole("alert")]).toEqual([["Stop"], null]);
    press("Stop");
    expect(on.stop).toHaveBeenCalledTimes(1);
  });

  it.each([
    [null, ["Resume", "Undo", "Stop here"], "failed", "bad", " 2 of 4. Not now. "],
    [
      ...[NOW + 3000, ["Resume now", "Undo", "Stop here"], "waiting", "wait"],
      " 2 of 4. Not now. Resuming in 3 s.Resuming automatically.",
    ],
  ] as const)("that is paused says why, and can be resumed at %s", (retryAt, words, tone, look, said) => {
    show(job(2, { stepsDone: 1, status: "paused", error: { message: "Not now.", isPassing: true, retryAt } }));
    expect(ui.useDelayed.mock.lastCall).toEqual([false]);
    const alert = screen.getByRole("alert");
    expect([buttons(), alert.textContent, alert.className]).toEqual([words, said, look]);
    expect(screen.getByRole("progressbar").classList.contains(tone)).toBe(true);
    for (const name of words) press(name);
    expect([on.resume, on.revert, on.stop].map((each) => each.mock.calls.length)).toEqual([1, 1, 1]);
  });
});
