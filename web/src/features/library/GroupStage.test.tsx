// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import type { ReactElement } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Command } from "../../commands/commands";
import type { Asset, AssetDetails } from "../../data/assets/schema";
import { assetOf } from "../../testing/assets";
import { settled } from "../../testing/settled";
import { AlikeFacts, usesOf } from "./AlikeFacts";
import { AlikeList } from "./AlikeList";
import { AlikePanes, type Looks } from "./AlikePanes";
import type { Difference } from "./difference";
import { GroupStage } from "./GroupStage";
import { KeptBothList, KeptBothStage } from "./KeptBoth";
import { FIT } from "./view";

const page = vi.hoisted(() => ({
  commands: [] as Command[],
  difference: undefined as Difference | null | undefined,
  details: new Map<number, object>(),
  ...{ isStill: false, zoom: 2 },
}));
vi.mock("../../commands/commands", () => ({ useCommands: (all: Command[]) => (page.commands = all) }));
vi.mock("../../data/assets/AssetPicture", () => ({ ArtOnMat: ({ size }: { size: number }) => <i>{size}</i> }));
vi.mock("./AssetStage", () => ({ pictureUrl: ({ id }: Asset) => `/picture/${id}` }));
vi.mock("./useDifference", () => ({
  useDifference: () => page.difference,
  sharedSize: () => ({ width: 8, height: 4 }),
}));
vi.mock("./useLibrary", () => ({ useAssetDetails: (id: number) => ({ data: page.details.get(id) }) }));
vi.mock("../../ui/useMediaQuery", () => ({ useMediaQuery: () => page.isStill }));
vi.mock("./usePlaced", () => ({
  usePlaced: () => ({ zoom: page.zoom, width: 16, height: 8, left: 5, top: 6, room: { width: 26, height: 20 } }),
}));

const fileOf = (id: number, part: Partial<Asset> = {}) => assetOf({ id, name: `${id}.png`, folder: "a", ...part });
const usedBy = (packs: object[] = [], post: object | null = null, colours?: number) =>
  ({ packs, post, reports: [{ facts: { colours } }] }) as unknown as AssetDetails;
const differenceOf = (part: Partial<Difference>) => ({
  width: 16,
  height: 16,
  data: new Uint8ClampedArray(4),
  differing: 4,
  visible: 0,
  ...part,
});
const actions = { decide: vi.fn(), stack: vi.fn(), perform: vi.fn() };
const on = { onStep: vi.fn(), onDecided: vi.fn(), onTrashed: vi.fn(), onCompare: vi.fn() };
const onFlip = vi.fn();
const looksOf = (part: Partial<Looks> = {}): Looks => ({
  ...{ how: "difference", isOther: false, onFlip, view: FIT, setView: vi.fn() },
  ...part,
});
beforeEach(() => {
  vi.resetAllMocks();
  Object.assign(page, { difference: undefined, isStill: false, zoom: 2 });
  page.details.clear();
  actions.perform.mockResolvedValue(undefined);
  vi.useRealTimers();
});
afterEach(cleanup);

const [one, two, three] = [fileOf(1), fileOf(2), fileOf(3)] as const;
const group = (...items: Asset[]) => ({ items, equal_pixels: false, difference: 0 }) as never;
const show = (...items: Asset[]) =>
  render(
    <GroupStage group={group(...items)} looks={looksOf()} place="group 1 of 2" actions={actions as never} {...on} />,
  ).container;
const command = (name: string) => page.commands.find((each) => each.name === name);
const press = (name: string, key = "") => {
  let answer: unknown;
  act(() => void (answer = command(name)?.run(key)));
  return answer;
};
const button = (words: RegExp) =>
  [...document.querySelectorAll("button")].find((each) =>
    words.test(each.textContent.trim() || (each.getAttribute("aria-label") ?? "")),
  );
const click = (words: RegExp) => fireEvent.click(button(words) ?? document.body);
const shown = () =>
  [...document.querySelectorAll(".alike-fact:not(.is-difference)")].map((each) => each.getAttribute("aria-label"));
const text = (selector: string) => document.querySelector(selector)?.textContent;

describe("a group", () => {
  it("of one file is nothing", () => {
    expect(show(one).innerHTML).toBe("");
  });

  it("begins with its first file beside the second; arrows bring another one on top", () => {
    show(one, two, three);
    const seen = [shown()];
    for (const key of ["ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft"]) {
      expect(press("move", key)).toBe(true);
      seen.push(shown());
    }
    expect(seen.map((pair) => pair.join(" "))).toEqual([
      "1.png 2.png",
      "2.png 1.png",
      "3.png 1.png",
      "1.png 3.png",
      "3.png 1.png",
    ]);
    expect([press("move", "j"), text("h3")]).toEqual([false, "3.png"]);
  });

  it("of more than two lets choose the one beside the top", () => {
    show(one, two);
    expect(document.querySelector(".alike-others")).toBeNull();
    cleanup();
    show(one, two, three);
    const thumbs = [...document.querySelectorAll<HTMLButtonElement>(".alike-others button")];
    expect(thumbs.map((each) => [each.getAttribute("aria-pressed"), each.disabled])).toEqual([
      ["false", true],
      ["true", false],
      ["false", false],
    ]);
    fireEvent.click(thumbs[2] ?? document.body);
    expect(shown()).toEqual(["1.png", "3.png"]);
  });

  it.each([
    ["open", /^Stack, A on top/, actions.stack, [[two, one, three], 3]],
    ["add", /^Keep all 3/, actions.decide, ["keep_both", [[two, one, three]], "3 files kept, and not offered again."]],
  ] as const)("is decided with the top first, by key and button: %s", (name, words, decide, sent) => {
    show(one, two, three);
    press("move", "ArrowRight");
    press(name);
    click(words);
    expect(decide.mock.calls).toEqual([sent, sent]);
    expect(on.onDecided.mock.calls).toEqual([[[]], [[]]]);
  });

  it("says both where there are two", () => {
    show(one, two);
    expect([command("add")?.label, command("add")?.hint, text("header p")]).toEqual([
      "Keep both",
      "keep both",
      "2 files, nearly equal",
    ]);
  });

  it("moves B to the trash, and is asked for again once it is there; the others are left", async () => {
    page.details.set(2, usedBy());
    show(one, two, three);
    click(/^Move B to the trash/);
    expect([on.onDecided.mock.calls, actions.perform.mock.calls, on.onTrashed.mock.calls.length]).toEqual([
      [[[one, three]]],
      [["trash", [two]]],
      0,
    ]);
    await settled();
    expect([on.onTrashed.mock.calls.length, command("remove")?.disabledReason]).toEqual([1, null]);
  });

  it("does not move what is used, nor before that is known", () => {
    show(one, two);
    expect(button(/^Move B/)?.disabled).toBe(true);
    cleanup();
    page.details.set(2, usedBy([{ name: "Sea", edition: 2 }]));
    show(one, two);
    expect([button(/^Move B/), command("remove")?.disabledReason]).toEqual([undefined, "it is used in Sea, edition 2"]);
    expect(screen.queryByText("B is used in Sea, edition 2, and stays.")).not.toBeNull();
  });

  it("is compared closely by four at most, the top first; and the next group is a step away", () => {
    show(...[1, 2, 3, 4, 5].map((id) => fileOf(id)));
    press("move", "ArrowRight");
    press("compare");
    click(/^Compare/);
    click(/^Group before/);
    click(/^Next group/);
    const ids = (on.onCompare.mock.calls as [Asset[], Asset][]).map(([files, first]) => [
      files.map(({ id }) => id),
      first.id,
    ]);
    expect([ids, on.onStep.mock.calls]).toEqual([Array(2).fill([[2, 1, 3, 4], 2]), [[-1], [1]]]);
  });

  it("says how much differs once that is known", () => {
    page.difference = differenceOf({});
    show(one, two);
    expect(text("header p")).toBe("2 files, 4 of 256 pixels differ");
  });
});

describe("what speaks for each file", () => {
  const facts = (a: Asset, b: Asset, [left, right]: (AssetDetails | undefined)[] = []) => {
    cleanup();
    render(<AlikeFacts files={[a, b]} details={[left, right]} difference={page.difference} />);
    return [...document.querySelectorAll(".alike-fact:not(.is-difference)")].map((section) =>
      [...section.querySelectorAll("dd")].map((each) => each.textContent.trim()),
    );
  };
  const difference = () => [...document.querySelectorAll(".is-difference > *")].map((each) => each.textContent);

  it("is told, with what is older and smaller", () => {
    const a = fileOf(1, { created_at: "2026-01-02T00:00:00Z", size_bytes: 500, folder: "" });
    const b = fileOf(2, { created_at: "2026-01-03T00:00:00Z", size_bytes: 499, width: null, height: null });
    const [left, right] = facts(a, b, [usedBy([], null, 1), undefined]);
    expect([left?.[0], right?.[0], left?.at(-1), right?.at(-1)]).toEqual(["none", "a", "nothing", "…"]);
    expect([left?.[1]?.endsWith("older"), right?.[1]?.endsWith("older")]).toEqual([true, false]);
    expect([left?.[2], right?.[2]]).toEqual(["500 B", "499 B smaller"]);
    expect([left?.[3], right?.[3]]).toEqual(["16×16 · PNG · 1 colour", "?×? · PNG"]);
    expect(facts(a, a).flat().join().includes("older")).toBe(false);
    facts(fileOf(1, { state: "approved" }), fileOf(2, { state: "set_aside" }));
    const marks = [...document.querySelectorAll<HTMLElement>(".alike-fact .state-mark")];
    expect(marks.map(({ dataset }) => dataset["state"])).toEqual(["approved", "set_aside"]);
    expect(facts(a, a).flat().join().includes("smaller")).toBe(false);
  });

  it.each([
    [undefined, undefined],
    [usedBy(), null],
    [usedBy([{ name: "Sea", edition: 0 }], { id: 5, title: null }), "Sea · the post 5"],
    [usedBy([{ name: "Sea", edition: 1 }], { id: 5, title: "Boat" }), "Sea, edition 1 · the post Boat"],
  ])("is what needs it: %#", (details, uses) => {
    expect(usesOf(details)).toBe(uses);
  });

  it.each([
    [undefined, ["…", ""]],
    [null, ["Not compared", "This browser cannot show one of the files."]],
    [
      differenceOf({ differing: 0 }),
      ["Equal pixels", "Everything is equal, transparency too; only the files’ bytes differ."],
    ],
    [
      differenceOf({ differing: 1 }),
      ["1 pixel", "1 of 256 pixels differ, none of them so much that it is seen. They are pink here."],
    ],
    [differenceOf({ visible: 2 }), ["4 pixels", "4 of 256 pixels differ, 2 of them clearly. They are pink here."]],
  ])("is what differs: %#", (found, words) => {
    page.difference = found;
    facts(one, two);
    expect(difference()).toEqual(words);
  });

  it("is the size at which they were compared, where it is not that of both", () => {
    page.difference = differenceOf({});
    const said = [fileOf(2), fileOf(2, { width: 8 }), fileOf(2, { height: 8 })].map((other) => {
      facts(one, other);
      return difference()[2];
    });
    expect(said).toEqual([undefined, "Compared at 16 × 16.", "Compared at 16 × 16."]);
    page.difference = differenceOf({ width: 2048, height: 1024 });
    facts(fileOf(1, { width: 4096, height: 2048 }), fileOf(2, { width: 4096, height: 2048 }));
    expect(difference()[2]).toBe("Compared at 2,048 × 1,024.");
    page.difference = null;
    facts(one, fileOf(2, { width: 8 }));
    expect(difference()).toHaveLength(2);
  });
});

describe("two files in one place", () => {
  const panes = (looks: Partial<Looks> = {}) =>
    render(<AlikePanes top={one} other={two} looks={looksOf(looks)} difference={page.difference} />);
  const pictures = () =>
    [...document.querySelectorAll("img")].map((each) => [each.getAttribute("src"), each.alt, each.hidden]);
  const tags = () => [...document.querySelectorAll(".alike-tag")].map((each) => each.textContent);

  it("stand beside what differs, once that is known", () => {
    const put = vi.fn();
    vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue({ putImageData: put } as never);
    vi.stubGlobal("ImageData", class { constructor(readonly data: unknown, readonly width: number, readonly height: number) {} }); // prettier-ignore
    panes();
    expect([tags(), document.querySelector("canvas")]).toEqual([["A · on top", "Difference", "B"], null]);
    cleanup();
    page.difference = differenceOf({ width: 4, height: 3 });
    panes();
    expect(pictures()).toEqual([
      ["/picture/1", "A: 1.png", false],
      ["/picture/2", "B: 2.png", false],
    ]);
    const { data } = page.difference;
    expect([put.mock.calls, document.querySelector("canvas")?.width]).toEqual([
      [[{ data, width: 4, height: 3 }, 0, 0]],
      4,
    ]);
    const stage = document.querySelector<HTMLElement>(".alike-pane")?.dataset;
    expect([stage?.["active"], stage?.["zoom"], stage?.["zoomed"]]).toEqual(["true", "2.0000", "false"]);
    expect(document.querySelector("img")?.style.transform).toBe("translate(5px, 6px)");
  });

  it.each([
    [0, 0, undefined],
    [0.5, 3, "false"],
    [1, 3, "true"],
  ])("are drawn once the room is known, with hard pixels from 1:1 on: %d", (zoom, count, isPixelated) => {
    page.zoom = zoom;
    page.difference = differenceOf({});
    panes();
    const drawn = [...document.querySelectorAll<HTMLElement>("img, canvas")];
    expect([drawn.length, drawn[0]?.dataset["pixelated"]]).toEqual([count, isPixelated]);
  });

  it("blink in turn while nobody minds motion", () => {
    vi.useFakeTimers();
    const { unmount } = panes({ how: "blink" });
    act(() => void vi.advanceTimersByTime(599));
    expect(onFlip).not.toHaveBeenCalled();
    act(() => void vi.advanceTimersByTime(601));
    expect(onFlip).toHaveBeenCalledTimes(2);
    unmount();
    expect(vi.getTimerCount()).toBe(0);
    page.isStill = true;
    panes({ how: "blink" });
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    [false, "A · on top", ["1.png", false], ["", true]],
    [true, "B", ["", true], ["2.png", false]],
  ])("show one of them while they blink, the other one: %s", (isOther, tag, first, second) => {
    panes({ how: "blink", isOther });
    expect([tags(), pictures().map((each) => each.slice(1))]).toEqual([[tag], [first, second]]);
    fireEvent.click(document.querySelector(".alike-panes") ?? document.body);
    expect(onFlip).toHaveBeenCalledOnce();
    cleanup();
    panes({ how: "blink", view: { ...FIT, zoom: 2 } });
    fireEvent.click(document.querySelector(".alike-panes") ?? document.body);
    expect(onFlip).toHaveBeenCalledOnce();
  });

  it("lie over each other up to a line that follows the slider", () => {
    panes({ how: "slide" });
    expect(pictures().map(([src, alt]) => [src, alt])).toEqual([
      ["/picture/1", "A: 1.png"],
      ["/picture/2", "B: 2.png"],
    ]);
    const slider = screen.getByLabelText<HTMLInputElement>("Divider between A and B");
    const cut = () => document.querySelector<HTMLElement>(".compare-after")?.style.clipPath;
    expect([slider.value, cut()]).toEqual(["50", "inset(0 0 0 50%)"]);
    fireEvent.change(slider, { target: { value: "80" } });
    expect([cut(), document.querySelector<HTMLElement>(".compare-line")?.style.left]).toEqual([
      "inset(0 0 0 80%)",
      "80%",
    ]);
  });
});

describe("the lists", () => {
  const onRow = vi.fn();
  const rows = () => [...document.querySelectorAll("li")].map((each) => each.textContent);
  const active = () => [...document.querySelectorAll("[aria-current=true]")].map((each) => each.textContent);
  const list = (row: number, sequences: object[] = [], more: (() => void) | null = null): ReactElement => (
    <AlikeList
      groups={[group(one, two), group(one, two, three, fileOf(4))]}
      sequences={sequences as never}
      {...{ row, onRow, isSearching: false, onMoreGroups: more, onMoreSequences: more }}
    />
  );
  const frames = [1, 2].map((id) => fileOf(id, { name: `walk_0${id}.png`, folder: "a/b/c", frame_number: id }));

  it("show groups with their pictures, smaller ones from three on", () => {
    render(list(0));
    expect([rows(), active()]).toEqual([
      ["46461.pngNearly equal2", "3232321.pngNearly equal4"],
      ["46461.pngNearly equal2"],
    ]);
    expect([document.querySelectorAll("h3").length, button(/more|More/)]).toEqual([1, undefined]);
  });

  it("show sequences after the groups, and fetch more where there are", () => {
    const more = vi.fn();
    render(list(2, [{ items: frames, frame_count: 8 }], more));
    expect([rows()[2], active()]).toEqual([expect.stringContaining("… / b / c · 8 frames · 16×16"), [rows()[2]]]);
    fireEvent.click(document.querySelectorAll("li button")[2] ?? document.body);
    click(/^Search more files/);
    click(/^More sequences/);
    expect([onRow.mock.calls, more.mock.calls.length]).toEqual([[[2]], 2]);
  });

  it("show pairs that were kept, and fetch more where there are", () => {
    const onMore = vi.fn();
    render(<KeptBothList pairs={[[one, two]]} row={0} onMore={onMore} onRow={onRow} />);
    expect([rows(), active().length]).toEqual([["46461.png2.png2"], 1]);
    click(/^1\.png|^46/);
    click(/^More pairs/);
    expect([onRow.mock.calls, onMore.mock.calls.length]).toEqual([[[0]], 1]);
    cleanup();
    render(<KeptBothList pairs={[[one, two]]} row={0} onMore={null} onRow={onRow} />);
    expect(button(/^More pairs/)).toBe(undefined);
  });

  it("offer a pair again, by key and button", () => {
    page.difference = differenceOf({});
    const stage = (...pair: Asset[]) => <KeptBothStage pair={pair} looks={looksOf()} actions={actions as never} />;
    const { container, rerender } = render(stage(one));
    expect(container.innerHTML).toBe("");
    rerender(stage(one, two));
    press("open");
    click(/^Offer again/);
    expect(actions.decide.mock.calls).toEqual(
      Array(2).fill(["compare_again", [[one, two]], "Both are offered as similar again."]),
    );
    expect([text("header p"), shown()]).toEqual(["4 of 256 pixels differ", ["1.png", "2.png"]]);
  });
});
