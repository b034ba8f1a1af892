// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Command } from "../../commands/commands";
import type { Asset } from "../../data/assets/schema";
import { assetOf } from "../../testing/assets";
import { settled } from "../../testing/settled";
import type { Swipe } from "./useGestures";
import type { View } from "./view";
import { Viewer } from "./Viewer";

interface StageProps {
  asset: Asset;
  view: View;
  measure?: object;
  onSwiped?: (swipe: Swipe) => void;
}
/** What each stage was given when it was last drawn, by the file's id. */
const stages = vi.hoisted(() => new Map<number, StageProps>());
const page = vi.hoisted(() => ({
  commands: [] as Command[],
  details: { isOpen: false, isDrawer: false, show: vi.fn(), hide: vi.fn(), toggle: vi.fn() },
  fetched: new Map<number | null, unknown>(),
  readBeside: vi.fn<(ids: readonly number[]) => readonly Asset[]>(),
}));
const done = vi.hoisted(() => ({ act: vi.fn(), toggleSound: vi.fn() }));
vi.mock("./api", () => ({ act: done.act }));
vi.mock("../../commands/commands", () => ({ useCommands: (all: Command[]) => (page.commands = all) }));
vi.mock("../../commands/StatusBar", () => ({ StatusText: ({ children }: { children: ReactNode }) => children }));
vi.mock("../../commands/Mats", () => ({ Mats: () => null, useMatCommands: () => [{ name: "mat", run: () => 0 }] }));
vi.mock("../../data/assets/urls", () => ({
  fileUrl: ({ id }: Asset, isDownload: boolean) => `/file/${id}/${isDownload}`,
}));
vi.mock("../../data/assets/AssetPicture", () => ({ AssetPicture: () => null }));
vi.mock("../../ui/useMat", () => ({ useMat: () => ["dark", () => 0] }));
vi.mock("./useLibrary", () => ({
  useAssetDetails: (id: number | null) => ({ data: page.fetched.get(id) }),
  useAssets: (ids: readonly number[]) => page.readBeside(ids),
}));
vi.mock("./useDetails", () => ({ useDetails: () => page.details }));
vi.mock("./sound", () => ({ sound: { toggle: done.toggleSound } }));
vi.mock("./offers", () => ({ soundActs: [{ name: "loop", run: () => 0 }] }));
vi.mock("./Inspector", () => ({ Inspector: ({ asset }: { asset: Asset }) => <aside>Details of {asset.name}</aside> }));
vi.mock("./CompareStage", () => ({
  CompareStage: ({ parent, result }: Record<string, Asset>) => <p>{`${parent?.name} over ${result?.name}`}</p>,
}));
vi.mock("./AssetStage", () => ({
  AssetStage: (props: StageProps) => {
    stages.set(props.asset.id, props);
    return <div className="stage" data-zoom={props.view.zoom ?? 3} data-file={props.asset.id} />;
  },
}));

const actions = { perform: vi.fn(), judge: vi.fn(), keep: vi.fn(), undo: vi.fn(), remember: vi.fn(), change: vi.fn() };
const on = { onRead: vi.fn(), onAt: vi.fn(), onCompared: vi.fn(), onOpen: vi.fn(), onClose: vi.fn() };
const none: readonly Asset[] = [];
let files: Map<number, Asset>;
const fileOf = (id: number, part: Partial<Asset> = {}) => assetOf({ id, name: `file ${id}`, ...part });
/** What the service says of a file that was made of another one. */
const madeOf = (id: number, parent: number) =>
  page.fetched
    .set(id, { asset: fileOf(id), parent: { id: parent } })
    .set(parent, { asset: fileOf(parent), parent: null });
beforeEach(() => {
  vi.resetAllMocks();
  stages.clear();
  page.fetched.clear();
  page.readBeside.mockReturnValue(none);
  Object.assign(page.details, { isOpen: false, isDrawer: false });
  vi.stubGlobal("devicePixelRatio", 2);
  files = new Map([1, 2, 3, 4, 5].map((id) => [id, fileOf(id)]));
});
afterEach(cleanup);

interface Shown {
  ids?: readonly number[];
  first?: number;
  compared?: readonly number[];
  isComparing?: boolean;
}
function show({ ids = [1, 2, 3, 4, 5], first = 1, compared = [], isComparing = false }: Shown = {}) {
  const draw = () => (
    <Viewer
      {...{ ids, first, compared, isComparing, ...on }}
      known={(id) => files.get(id) ?? null}
      actions={actions as never}
    />
  );
  const { rerender } = render(draw());
  return { again: () => rerender(draw()) };
}
const command = (name: string) => page.commands.find((each) => each.name === name);
const press = (name: string, key = "") => {
  let answer: unknown;
  act(() => void (answer = command(name)?.run(key)));
  return answer;
};
const click = (name: string | RegExp) => fireEvent.click(screen.getByRole("button", { name }));
const place = () => screen.getByRole("status").textContent;
const shown = () =>
  [...document.querySelectorAll<HTMLElement>("[data-file]")].map((each) => Number(each.dataset["file"]));
const focused = () => document.querySelector<HTMLElement>(".pane[data-active=true] [data-file]")?.dataset["file"];
const zooms = () => shown().map((id) => stages.get(id)?.view.zoom);
const sent = () => done.act.mock.calls as unknown[][];

describe("going through the files", () => {
  it.each([
    ["j", 2],
    ["ArrowRight", 2],
    ["ArrowDown", 2],
    ["k", 1],
    ["ArrowLeft", 1],
    ["ArrowUp", 1],
    ["End", 5],
  ])("%s leads from the first to number %i", (key, at) => {
    show();
    expect([press("move", key), shown(), place()]).toEqual([true, [at], `${at} of 5`]);
    expect(on.onAt.mock.lastCall).toEqual([at, at - 1]);
  });

  it("Home leads to the first, and other keys do nothing", () => {
    show({ first: 4 });
    expect([press("move", "PageDown"), shown()]).toEqual([false, [4]]);
    press("move", "Home");
    expect(shown()).toEqual([1]);
  });

  it("past the last there is an end, which says how many were judged and leads back", async () => {
    show({ first: 5 });
    press("approve");
    await settled();
    expect(screen.getByText("All done. 1 reviewed.")).not.toBeNull();
    expect([place(), on.onAt.mock.lastCall, screen.queryByText("All reviewed") !== null]).toEqual([
      "5 of 5",
      [null, 5],
      true,
    ]);
    fireEvent.click(screen.getByText("Back to the library"));
    expect([on.onClose.mock.calls.length, command("approve")?.disabledReason]).toEqual([1, "no file is open"]);
    expect(screen.queryByRole("link", { name: "Download" })).toBeNull();
  });

  it("closes the details that cover the page, and shows the next picture as a whole", () => {
    page.details.isDrawer = true;
    show();
    press("open");
    expect(zooms()).toEqual([0.5]);
    press("move", "j");
    expect([zooms(), page.details.hide.mock.calls.length]).toEqual([[null], 1]);
  });

  it("has a strip of them, but not for a single one", () => {
    show({ ids: [1, 2] });
    click("file 2");
    expect(shown()).toEqual([2]);
    cleanup();
    show({ ids: [1] });
    expect([screen.queryByRole("group", { name: "Files around this one" }), place()]).toEqual([null, "1 of 1"]);
    expect(screen.queryByText(/1 file to review/)).not.toBeNull();
  });

  it("shows a file that the list does not know once it was fetched, and not the one before", () => {
    files.delete(2);
    page.fetched.set(2, { asset: fileOf(1), parent: null });
    const { again } = show({ ids: [2, 3], first: 2 });
    expect([shown(), screen.queryByText("…") !== null]).toEqual([[], true]);
    page.fetched.set(2, { asset: fileOf(2), parent: null });
    again();
    expect([shown(), screen.getByRole("link", { name: "Download" }).getAttribute("href")]).toEqual([
      [2],
      "/file/2/true",
    ]);
  });
});

describe("judging", () => {
  it.each([
    ["approve", "Approve", "approve"],
    ["setAside", "Set aside", "set_aside"],
  ])("%s by key and by button goes on to the next", async (name, label, action) => {
    show();
    press(name);
    click(new RegExp(`^${label}`));
    await settled();
    expect([shown(), sent()]).toEqual([
      [3],
      [
        [action, [1]],
        [action, [2]],
      ],
    ]);
  });

  it("is taken back in the order in which it was done, whatever it was", async () => {
    show();
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Undo" }).disabled).toBe(true);
    press("remove");
    press("stars", "4");
    await settled();
    expect(actions.judge.mock.calls).toEqual([[{ rating: 4 }, [files.get(2)]]]);
    click("Undo");
    expect([actions.undo.mock.calls.length, shown()]).toEqual([1, [2]]);
    click("Undo");
    await settled();
    expect([actions.undo.mock.calls.length, shown(), sent().at(-1)]).toEqual([1, [1], ["restore", [1]]]);
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Undo" }).disabled).toBe(true);
  });

  it("says how many are being saved", async () => {
    let answer: () => void = () => undefined;
    done.act.mockReturnValue(new Promise<void>((resolve) => (answer = resolve)));
    show();
    press("approve");
    expect(place()).toBe("2 of 5 · saving 1");
    answer();
    await settled();
    expect(place()).toBe("2 of 5");
  });

  it.each([
    ["right", "approve"],
    ["left", "set_aside"],
  ] as const)("by a swipe to the %s is %s; upwards shows the details", async (swipe, action) => {
    show();
    act(() => stages.get(1)?.onSwiped?.("up"));
    expect([page.details.show.mock.calls.length, sent()]).toEqual([1, []]);
    act(() => stages.get(1)?.onSwiped?.(swipe));
    await settled();
    expect(sent()).toEqual([[action, [1]]]);
  });

  it("is not possible in the trash", () => {
    files.set(1, fileOf(1, { state: "trash" }));
    show();
    expect(["approve", "setAside", "remove"].map((name) => command(name)?.disabledReason)).toEqual(
      Array(3).fill("it is in the trash"),
    );
    expect([
      stages.get(1)?.onSwiped,
      screen.getByRole<HTMLButtonElement>("button", { name: /^Set aside/ }).disabled,
    ]).toEqual([undefined, true]);
  });

  it("labels the file that is shown", () => {
    show({ first: 2 });
    press("label", "7");
    expect(actions.judge.mock.calls).toEqual([[{ label: 7 }, [files.get(2)]]]);
  });
});

describe("how a file is looked at", () => {
  it.each(["open", "look"])("%s turns between actual size and as a whole", (name) => {
    show();
    press(name);
    expect(zooms()).toEqual([0.5]);
    press(name);
    expect(zooms()).toEqual([null]);
  });

  it("is zoomed and moved by keys from what is drawn", () => {
    show();
    press("zoom", "=");
    expect(zooms()).toEqual([0.5]);
    press("zoom", "+");
    expect(zooms()).toEqual([1]);
    press("pan", "Shift+ArrowRight");
    expect(stages.get(1)?.view).toEqual({ zoom: 1, x: 0.6, y: 0.5 });
  });

  it("of a sound is heard, and has no zoom", () => {
    files.set(1, fileOf(1, { type: "audio" }));
    show();
    press("look");
    expect([done.toggleSound.mock.calls, command("loop") !== undefined]).toEqual([[[1]], true]);
    expect(screen.queryByRole("group", { name: "Size" })).toBeNull();
    press("move", "j");
    expect([command("loop"), screen.queryByRole("group", { name: "Size" }) !== null]).toEqual([undefined, true]);
  });

  it("has its details beside it where they are open", () => {
    show();
    expect(screen.queryByText("Details of file 1")).toBeNull();
    cleanup();
    page.details.isOpen = true;
    show();
    expect(screen.queryByText("Details of file 1")).not.toBeNull();
  });
});

describe("beside its original", () => {
  beforeEach(() => void madeOf(2, 1));

  it("there is nothing to compare with where it has none", () => {
    show();
    expect([command("compare")?.disabledReason, screen.queryByRole("button", { name: /^Compare/ })]).toEqual([
      "there is nothing to compare with",
      null,
    ]);
  });

  it("is opened by key or button, and left by key; the file itself has the focus", () => {
    show({ first: 2 });
    expect([command("compare")?.disabledReason, command("open")?.label]).toEqual([null, "Actual size or fit"]);
    press("compare");
    expect([shown(), focused(), command("open")?.label]).toEqual([[1, 2], "2", "Keep this, set the rest aside"]);
    press("close");
    expect([shown(), on.onClose.mock.calls]).toEqual([[2], []]);
    click(/^Compare/);
    expect([shown(), focused()]).toEqual([[1, 2], "2"]);
    press("compare");
    press("close");
    expect(on.onClose.mock.calls).toHaveLength(1);
  });

  it("may be how it is opened", () => {
    show({ first: 2, isComparing: true });
    expect([shown(), focused(), screen.queryByRole("button", { name: /^Keep$/ }) !== null]).toEqual([
      [1, 2],
      "2",
      true,
    ]);
  });

  it("is judged and goes on; with the focus on the original, that one is", async () => {
    show({ first: 2, isComparing: true });
    press("move", "k");
    press("approve");
    expect([actions.perform.mock.calls, sent(), shown()]).toEqual([[["approve", [fileOf(1)]]], [], [1, 2]]);
    press("move", "j");
    press("setAside");
    await settled();
    expect([sent(), shown()]).toEqual([[["set_aside", [2]]], [3]]);
    press("undo");
    await settled();
    expect([shown(), actions.undo.mock.calls.length]).toEqual([[1, 2], 0]);
    press("undo");
    expect(actions.undo.mock.calls).toHaveLength(1);
  });

  it("lies under it if wanted", () => {
    show({ first: 2, isComparing: true });
    click("Overlay");
    expect(screen.getByText("file 1 over file 2")).not.toBeNull();
    expect(shown()).toEqual([]);
    click("Overlay");
    expect(shown()).toEqual([1, 2]);
  });
});

describe("files beside each other", () => {
  const four = { compared: [1, 2, 3], ids: [1, 2, 3, 4, 5] };
  const file = (id: number) => files.get(id);

  it("begin with the first; arrows and a press move the focus, to the last pane and no further", () => {
    show(four);
    const seen = [focused()];
    for (const key of ["k", "j", "ArrowRight", "ArrowDown", "Home"]) {
      press("move", key);
      seen.push(focused());
    }
    fireEvent.pointerDown(screen.getByRole("figure", { name: "B: file 2" }));
    expect([...seen, focused(), place()]).toEqual(["1", "1", "2", "3", "3", "3", "2", "1 of 5"]);
  });

  it("are read again as others change them, each of them", () => {
    const theirs = [fileOf(1), fileOf(2, { rating: 4 }), fileOf(3)];
    page.readBeside.mockReturnValue(theirs);
    show(four);
    expect(page.readBeside.mock.lastCall).toEqual([four.compared]);
    expect(on.onRead.mock.calls).toEqual(theirs.map((each) => [each]));
  });

  it("are judged in their panes, and undone by what was done, beside each other or alone", () => {
    show(four);
    press("move", "j");
    press("approve");
    press("compare");
    expect([actions.perform.mock.calls, shown()]).toEqual([[["approve", [file(2)]]], [1]]);
    press("undo");
    expect([actions.undo.mock.calls.length, sent()]).toEqual([1, []]);
  });

  it("one is kept and the rest set aside, by key and by button", () => {
    show(four);
    press("move", "j");
    press("open");
    click(/^Keep B, set the rest aside/);
    expect(actions.keep.mock.calls).toEqual(Array(2).fill([file(2), [file(1), file(3)], "set_aside"]));
    press("undo");
    expect(actions.undo.mock.calls).toHaveLength(1);
  });

  it("a pane steps over the files of the others, and to nothing past the ends", () => {
    show(four);
    expect([press("step", "["), press("step", "]"), shown()]).toEqual([false, true, [4, 2, 3]]);
    expect(on.onCompared.mock.calls).toEqual([[[4, 2, 3]]]);
    press("step", "]");
    expect([press("step", "]"), shown()]).toEqual([false, [5, 2, 3]]);
    press("step", "[");
    press("step", "[");
    expect(shown()).toEqual([1, 2, 3]);
  });

  it("alone no pane steps, and the viewer closes from the panes", () => {
    show();
    expect(press("step", "]")).toBe(false);
    cleanup();
    show(four);
    press("close");
    expect(on.onClose.mock.calls).toHaveLength(1);
  });

  it("are zoomed together until they are apart, each from what it shows", () => {
    show({ ...four, compared: [1, 2] });
    press("zoom", "=");
    expect(zooms()).toEqual([0.5, 0.5]);
    click("Sync views");
    expect(zooms()).toEqual([0.5, 0.5]);
    press("move", "j");
    press("zoom", "+");
    press("pan", "Shift+ArrowDown");
    expect([zooms(), stages.get(2)?.view.y, stages.get(1)?.view.y]).toEqual([[0.5, 1], 0.6, 0.5]);
    press("look");
    expect(zooms()).toEqual([0.5, null]);
    press("look");
    press("move", "k");
    click("Fit");
    expect(zooms()).toEqual([null, 0.5]);
    click("Sync views");
    expect(zooms()).toEqual([null, null]);
  });

  it("cannot be overlaid but two pictures; two sounds are at once", () => {
    show(four);
    expect(screen.queryByRole("button", { name: "Overlay" })).toBeNull();
    cleanup();
    for (const id of [1, 2]) files.set(id, fileOf(id, { type: "audio" }));
    show({ compared: [1, 2] });
    expect([
      screen.queryByText("file 1 over file 2") !== null,
      screen.queryByRole("button", { name: "Overlay" }),
    ]).toEqual([true, null]);
  });

  it("have one size only where their shape is the same", () => {
    files.set(2, fileOf(2, { width: 64, height: 64 }));
    files.set(3, fileOf(3, { width: 64, height: 32 }));
    show(four);
    expect([1, 2, 3].map((id) => stages.get(id)?.measure)).toEqual([
      { width: 64, height: 64 },
      { width: 64, height: 64 },
      undefined,
    ]);
    click("Sync views");
    expect(stages.get(1)?.measure).toBe(undefined);
  });

  it("leave out what is not known, and are no comparison of one", () => {
    files.delete(2);
    show({ ids: [1, 3], compared: [1, 2] });
    expect([shown(), screen.queryByRole("button", { name: "Sync views" })]).toEqual([[1], null]);
  });
});
