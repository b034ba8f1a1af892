// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { noteRequested } from "../../data/downloads";
import type { Bdr } from "../../data/schema";
import { aBdr } from "../../testing/posts";
import { settled } from "../../testing/settled";
import { DownloadRequestsPanel } from "./DownloadRequestsPanel";
import { DownloadWatcher } from "./DownloadWatcher";

type OnChange = (bdr: Bdr, before: Bdr | undefined) => void;
const who = vi.hoisted(() => ({ moderates: false }));
const clock = vi.hoisted(() => ({ useNow: vi.fn() }));
const data = vi.hoisted(() => ({ useDownload: vi.fn(), useDownloads: vi.fn() }));
const ui = vi.hoisted(() => ({ closeTray: vi.fn(), useBadge: vi.fn() }));
const toast = vi.hoisted(() => ({ success: vi.fn(), info: vi.fn(), error: vi.fn() }));
vi.mock("../../data/config", () => ({
  get moderates() {
    return who.moderates;
  },
}));
vi.mock("../../data/client", () => ({ apiUrl: (url: string) => `api:${url}` }));
vi.mock("../../data/queries", () => data);
vi.mock("../../data/useDownloads", () => data);
vi.mock("../../platform/clock", () => clock);
vi.mock("../../ui/tray", () => ui);
vi.mock("../../ui/badges", () => ui);
vi.mock("../../ui/toast", () => ({ toast }));
vi.mock("../../commands/StatusBar", () => ({
  StatusProgress: (props: object) => <i data-testid="progress">{JSON.stringify(props)}</i>,
}));
vi.mock("./Takeouts", () => ({ Takeouts: () => null }));
vi.mock("./DownloadItem", () => ({
  DownloadItem: ({ bdr, isHighlighted }: { bdr: Bdr; isHighlighted: boolean }) => (
    <li id={`bdr-${bdr.id}`} tabIndex={-1} data-highlighted={isHighlighted}>
      {bdr.id}
    </li>
  ),
}));

const NOW = Date.parse("2026-01-01T00:00:00Z");
const retry = vi.fn();
beforeEach(() => {
  vi.resetAllMocks();
  who.moderates = false;
  clock.useNow.mockReturnValue(NOW);
  data.useDownload.mockReturnValue({ data: undefined, error: null });
});
afterEach(cleanup);

describe("the downloads", () => {
  const panel = (items: Bdr[] | null, highlighted: string | null = null, part: object = {}) => (
    <QueryClientProvider client={new QueryClient()}>
      <main>
        <DownloadRequestsPanel
          downloads={{ items, allowance: null, error: null, retry, ...part }}
          {...{ highlighted, onSelect: vi.fn() }}
        >
          <p>Below</p>
        </DownloadRequestsPanel>
        <div aria-multiselectable tabIndex={0} role="grid" />
      </main>
    </QueryClientProvider>
  );
  const show = (...given: Parameters<typeof panel>) => render(panel(...given));
  const listed = () => screen.queryAllByRole("listitem").map(({ textContent: text }) => text);

  it("stand as they come, with what is below them", () => {
    show([aBdr("a"), aBdr("b")]);
    expect([listed(), screen.queryByText("Below") !== null]).toEqual([["a", "b"], true]);
  });

  it.each([
    [null, "Loading downloads…"],
    [[], "No downloads yet"],
  ])("that are not there: %j", (items, words) => {
    show(items);
    expect([screen.queryByText(words) !== null, screen.queryByText("Below") !== null]).toEqual([true, true]);
    expect(document.querySelectorAll("[aria-busy]").length).toBe(items === null ? 1 : 0);
  });

  it("that cannot be loaded are asked for again", () => {
    show(null, null, { error: new Error("Not now.") });
    expect(screen.queryByText("Loading downloads…")).toBeNull();
    fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(retry).toHaveBeenCalledTimes(1);
  });

  it.each([
    [[aBdr("a", { status: "processing" })], 1000],
    [[aBdr("a", { status: "ready" })], 10_000],
    [null, 10_000],
  ])("tell the time every second only while one is built %#", (items, every) => {
    show(items);
    expect(clock.useNow.mock.lastCall).toEqual([every]);
  });

  it.each([
    [false, 5, 5, "5 of 5 left", ""],
    [false, 2, 5, "2 of 5 left", "Resets in 2 h"],
    [true, 2, 5, "2 of 5 of yours left", "Resets in 2 h"],
  ])("a moderator (%s) has %i of %i left", (moderates, left, limit, words, title) => {
    who.moderates = moderates;
    show([], null, { allowance: { left, limit, resetsAt: "2026-01-01T02:00:00Z" } });
    const allowance = document.querySelector<HTMLElement>(".allowance");
    expect([allowance?.textContent, allowance?.title]).toEqual([words, title]);
    const dots = [...(allowance?.querySelectorAll<HTMLElement>("[data-left]") ?? [])];
    expect(dots.map((dot) => dot.dataset["left"])).toEqual([0, 1, 2, 3, 4].map((index) => String(index < left)));
  });

  it.each([
    [16, 16],
    [17, 0],
  ])("an allowance of %i has %i dots", (limit, dots) => {
    show([], null, { allowance: { left: 0, limit, resetsAt: "2026-01-01T02:00:00Z" } });
    expect(document.querySelectorAll("[data-left]").length).toBe(dots);
  });

  it("are closed, and the list of posts has the keys", () => {
    show([]);
    fireEvent.click(screen.getByRole("button", { name: "Close downloads" }));
    expect([ui.closeTray.mock.calls.length, document.activeElement]).toEqual([1, screen.getByRole("grid")]);
  });

  it("show the one of the link once, in the middle of their list", () => {
    const scrollTo = vi.spyOn(Element.prototype, "scrollTo").mockImplementation(() => undefined);
    vi.spyOn(HTMLElement.prototype, "offsetTop", "get").mockReturnValue(500);
    vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(300);
    vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(100);
    const { rerender } = show(null, "b");
    expect(data.useDownload.mock.lastCall).toEqual([null]);
    rerender(panel([aBdr("a"), aBdr("b")], "b"));
    const item = document.getElementById("bdr-b");
    expect([data.useDownload.mock.lastCall, document.activeElement, item?.dataset["highlighted"]]).toEqual([
      ...[[null], item, "true"],
    ]);
    expect(document.getElementById("bdr-a")?.dataset["highlighted"]).toBe("false");
    expect(scrollTo.mock.calls).toEqual([[{ top: 400 }]]);
    rerender(panel([aBdr("b")], "b"));
    rerender(panel([], "b"));
    rerender(panel([aBdr("b")], "b"));
    expect(scrollTo).toHaveBeenCalledTimes(1);
    const other = [aBdr("b"), aBdr("c")];
    rerender(panel(other, "c"));
    expect([scrollTo.mock.calls.length, document.activeElement?.id]).toEqual([2, "bdr-c"]);
    rerender(panel(other, null));
    rerender(panel(other, "c"));
    expect(scrollTo).toHaveBeenCalledTimes(3);
    vi.restoreAllMocks();
  });

  it("add the one of the link where it is too old to be listed", () => {
    data.useDownload.mockReturnValue({ data: aBdr("old"), error: null });
    show([aBdr("a")], "old");
    expect([data.useDownload.mock.lastCall, listed()]).toEqual([["old"], ["a", "old"]]);
    cleanup();
    show([aBdr("a"), aBdr("old")], "old");
    expect([data.useDownload.mock.lastCall, listed()]).toEqual([[null], ["a", "old"]]);
  });

  it.each([
    [new PMDError(404, "Gone."), 1],
    [new PMDError(503, "Not now."), 0],
    [null, 0],
  ])("say of a link to none that it leads nowhere %#", (error, count) => {
    data.useDownload.mockReturnValue({ data: undefined, error });
    show([aBdr("a")], "gone");
    expect(toast.info.mock.calls).toEqual(
      Array.from({ length: count }, () => ["The download in this link no longer exists."]),
    );
  });
});

describe("what is built", () => {
  let changed: OnChange;
  function watch(items: Bdr[] | null = []) {
    data.useDownloads.mockImplementation((onChange: OnChange) => {
      changed = onChange;
      return { items };
    });
    render(<DownloadWatcher />);
    return ui.useBadge.mock.lastCall;
  }
  const said = () => [toast.success, toast.error].map((each) => (each.mock.calls as string[][]).map(([text]) => text));
  const READY = aBdr("r", { status: "ready", download_url: "/zip/r", artwork_count: 1 });

  it.each([
    [null, 0, "0 downloads being built"],
    [[aBdr("a"), READY], 1, "1 download being built"],
    [[aBdr("a"), aBdr("b", { status: "processing" })], 2, "2 downloads being built"],
  ])("is counted on the page's badge %#", (items, count, words) => {
    expect(watch(items)).toEqual(["posts", count, words]);
  });

  it.each([
    [{}, "40 artworks"],
    [{ name: "Sea" }, "Sea"],
  ])("is shown with how far it is: %j", (part, what) => {
    watch([aBdr("a"), aBdr("b", { status: "processing", artwork_count: 40, processed_count: 7, ...part })]);
    expect(JSON.parse(screen.getByTestId("progress").textContent)).toEqual({
      ...{ what, label: "The download being packed", value: 7, max: 40 },
    });
  });

  it("is not shown while it waits", () => {
    watch([aBdr("a")]);
    expect(screen.queryByTestId("progress")).toBeNull();
  });

  const cases: readonly [Bdr, Bdr | undefined, (string | undefined)?, string?][] = [
    [READY, aBdr("r", { status: "processing" }), "Your download of 1 artwork is ready."],
    [{ ...READY, download_url: null }, aBdr("r")],
    [READY, READY],
    [READY, undefined],
    [aBdr("r"), READY],
    [aBdr("r", { status: "processing" }), aBdr("r")],
    [
      aBdr("r", { status: "failed", error_message: "It broke." }),
      aBdr("r"),
      undefined,
      "The download of 100 artworks failed. It broke.",
    ],
    [
      aBdr("r", { status: "failed" }),
      aBdr("r", { status: "processing" }),
      undefined,
      "The download of 100 artworks failed. ",
    ],
    [aBdr("r", { status: "expired" }), READY],
  ];
  it.each(cases)("says how it has ended, where it has ended now %#", (bdr, before, success, error) => {
    watch();
    changed(bdr, before);
    expect(said()).toEqual([success, error].map((text) => (text === undefined ? [] : [text])));
  });

  it("says so once of what this tab has asked for, whether or not it was heard of before", () => {
    watch();
    noteRequested("own");
    changed({ ...READY, id: "own" }, undefined);
    changed({ ...READY, id: "own" }, { ...READY, id: "own" });
    expect(said()).toEqual([["Your download of 1 artwork is ready."], []]);
  });

  it("is not said to be prepared once it has been said to be ready", () => {
    watch();
    changed({ ...READY, id: "early" }, aBdr("early"));
    expect(noteRequested("early")).toBe(false);
  });

  it("is downloaded from what says that it is ready", async () => {
    const assign = vi.spyOn(location, "assign").mockImplementation(() => undefined);
    watch();
    changed(READY, aBdr("r"));
    const [[, options]] = toast.success.mock.calls as [[string, { action: { label: string; onClick: () => void } }]];
    options.action.onClick();
    await settled();
    expect([options.action.label, assign.mock.calls]).toEqual(["Download", [["api:/zip/r"]]]);
    assign.mockRestore();
  });
});
