// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, createEvent, fireEvent, render, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { settled } from "../../testing/settled";
import { StaleError } from "../../ui/edits";
import { CoverArt } from "./CoverArt";
import { CoverDialog } from "./CoverDialog";
import type { Cover, CoverPicture, Pack } from "./schema";

const api = vi.hoisted(() => ({ changePack: vi.fn(), refreshPacks: vi.fn(), usePack: vi.fn() }));
const box = vi.hoisted(() => ({ size: { width: 320, height: 180 }, onRim: vi.fn(), isBroken: false, note: vi.fn() }));
vi.mock("./api", () => api);
vi.mock("../../data/assets/AssetPicture", () => ({ ArtOnMat: () => null }));
vi.mock("../../data/assets/SmallPreview", () => ({
  hasPicture: ({ has_preview: has }: { has_preview: boolean }) => has,
  Sign: () => <i data-testid="sign" />,
}));
vi.mock("../../data/assets/urls", () => ({
  previewUrl: ({ id }: { id: number }, size: number) => `/preview/${String(id)}/${String(size)}`,
}));
vi.mock("../../data/broken", () => ({ useBroken: () => [box.isBroken, box.note] }));
vi.mock("../../platform/address", () => ({ useCloseOnBack: () => undefined }));
vi.mock("../../ui/useElementSize", () => ({ useElementSize: () => box.size }));
vi.mock("../../ui/useLazyImage", () => ({ useLazyImage: (src: string) => ({ src, onLoad: vi.fn() }) }));
vi.mock("../../ui/useMat", () => ({ rimOfImage: () => "a rim", useMat: () => ["light", box.onRim] }));

const asset = (id: number, part: object = {}) => ({
  ...{ asset_id: id, name: `${String(id)}.png`, type: "image", has_preview: true, width: 400, height: 400 },
  ...part,
});
const COVER: Cover = { asset_id: 1, zoom: null, x: 0.5, y: 0.5, mat: "auto" };
const PACK = {
  id: 7,
  name: "Dragons",
  updated_at: "T1",
  cover: null,
  pictures: [{ ...asset(1), id: 1 }],
} as unknown as Pack;
const on = { onDone: vi.fn(), onClose: vi.fn() };
beforeEach(() => {
  vi.resetAllMocks();
  Object.assign(box, { size: { width: 320, height: 180 }, isBroken: false });
  api.usePack.mockReturnValue({ data: { assets: [asset(1), asset(2), asset(3, { has_preview: false })] } });
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(320);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(180);
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});
const show = (element: ReactNode) =>
  render(<QueryClientProvider client={new QueryClient()}>{element}</QueryClientProvider>);
const img = () => document.querySelector(".cover img");

describe("choosing a cover", () => {
  const ask = (cover: Cover | null = COVER, assetId?: number) =>
    show(<CoverDialog pack={{ ...PACK, cover }} {...(assetId && { assetId })} {...on} />);
  const button = () =>
    screen.getAllByRole<HTMLButtonElement>("button", { hidden: true }).at(-1) ?? new HTMLButtonElement();
  const press = (name: string) => fireEvent.click(screen.getByRole("button", { name, hidden: true }));
  const radio = (name: string) => screen.getByRole<HTMLInputElement>("radio", { name, hidden: true });
  const place = () => screen.getByRole("group", { name: "1.png: arrow keys move it", hidden: true });
  const send = async () => {
    fireEvent.submit(button().form ?? document.body);
    await settled();
  };
  const sent = () => (api.changePack.mock.calls as [number, object][]).map(([, edit]) => edit);
  const count = () => document.querySelector("p.cover-tools")?.firstChild?.textContent;

  it.each([
    [null, undefined, [false, false], "Use the first pictures"],
    [COVER, undefined, [true, false], "Use as cover"],
    [COVER, 2, [false, true], "Use as cover"],
    [null, 2, [false, true], "Use as cover"],
  ])("begins with the one that it has (%j), or that was asked for (%s)", (cover, asked, chosen, words) => {
    ask(cover, asked);
    expect(["1.png", "2.png"].map((name) => radio(name).checked)).toEqual(chosen);
    expect([screen.queryByRole("radio", { name: "3.png", hidden: true }), button().textContent.trim()]).toEqual([
      ...[null, words],
    ]);
    expect(api.usePack.mock.lastCall).toEqual([7, "T1"]);
    expect([screen.queryByText("Cover of “Dragons”") !== null, count()]).toEqual([true, "2 pictures"]);
  });

  it("keeps the place of the one it has where that is asked for", () => {
    ask({ ...COVER, zoom: 2 }, 1);
    expect(screen.getByRole("button", { name: "2×", hidden: true }).getAttribute("aria-pressed")).toBe("true");
  });

  it("saves the one that is chosen, as it usually lies, and is done", async () => {
    ask();
    fireEvent.click(radio("2.png"));
    await send();
    expect(api.changePack.mock.calls).toEqual([
      [7, { seen: { cover: COVER }, to: { cover: { ...COVER, asset_id: 2 } } }],
    ]);
    expect([api.refreshPacks, on.onDone, on.onClose].map((each) => each.mock.calls.length)).toEqual([1, 1, 1]);
  });

  it("takes the first pictures instead", async () => {
    ask();
    press("First pictures instead");
    expect([button().textContent.trim(), screen.queryByText("First pictures instead")]).toEqual([
      ...["Use the first pictures", null],
    ]);
    expect([img(), document.querySelector(".segmented")]).toEqual([null, null]);
    await send();
    expect(sent()).toEqual([{ seen: { cover: COVER }, to: { cover: null } }]);
  });

  it("shows the first pictures where it has no cover", () => {
    ask(null);
    expect(img()?.getAttribute("src")).toBe("/preview/1/512");
  });

  it.each([
    [{}, 40, "40 of 41 pictures"],
    [{ isAll: true }, 41, "41 pictures"],
  ])("offers some of many, or all: %j", ({ isAll = false }: { isAll?: boolean }, offered, words) => {
    const many = Array.from({ length: 41 }, (_, index) => asset(index + 1));
    api.usePack.mockReturnValue({ data: { assets: many } });
    ask(null);
    if (isAll) press("Show all");
    expect([document.querySelectorAll(".cover-choices input").length, count()]).toEqual([offered, words]);
    expect(screen.queryByText("Show all") === null).toBe(isAll);
  });

  it.each([
    ["Fits", { zoom: null }],
    ["2×", { zoom: 2 }],
  ])("is enlarged by %s", async (name, part) => {
    ask({ ...COVER, zoom: 1, x: 0.25 });
    expect(screen.getByRole("button", { name: "1×", hidden: true }).getAttribute("aria-pressed")).toBe("true");
    press(name);
    expect(screen.getByRole("button", { name, hidden: true }).getAttribute("aria-pressed")).toBe("true");
    await send();
    expect(sent()).toMatchObject([{ to: { cover: { ...COVER, x: 0.25, ...part } } }]);
  });

  it.each(["Dark", "Middle", "Light"])("lies on %s", async (name) => {
    ask();
    expect(radio("Automatic").checked).toBe(true);
    fireEvent.click(radio(name));
    expect([radio(name).checked, radio("Automatic").checked]).toEqual([true, false]);
    await send();
    expect(sent()).toMatchObject([{ to: { cover: { ...COVER, mat: name.toLowerCase() } } }]);
  });

  // Drawn 154.8 high on a cover of 180: it has 165.2 to move across, and 25.2 down.
  it.each([
    ["ArrowLeft", 0.5 - 16 / 165.2, 0.5],
    ["ArrowRight", 0.5 + 16 / 165.2, 0.5],
    ["ArrowUp", 0.5, 0],
    ["ArrowDown", 0.5, 1],
  ])("is moved by %s", async (key, x, y) => {
    ask();
    expect(place().tabIndex).toBe(0);
    const event = createEvent.keyDown(place(), { key });
    fireEvent(place(), event);
    const other = createEvent.keyDown(place(), { key: "x" });
    fireEvent(place(), other);
    expect([event.defaultPrevented, other.defaultPrevented]).toEqual([true, false]);
    await send();
    const [[, { to }]] = api.changePack.mock.calls as [[number, { to: { cover: Cover } }]];
    expect([to.cover.x, to.cover.y]).toEqual([expect.closeTo(x), expect.closeTo(y)]);
  });

  it.each(["pointerUp", "pointerCancel"] as const)("is dragged until %s", async (end) => {
    ask();
    const capture = vi.fn();
    Object.assign(place(), { setPointerCapture: capture });
    expect(img()?.getAttribute("draggable")).toBe("false"); // else the browser drags the picture itself
    fireEvent.pointerMove(place(), { clientX: 99, clientY: 99 });
    fireEvent.pointerDown(place(), { pointerId: 4, clientX: 10, clientY: 10 });
    fireEvent.pointerMove(place(), { clientX: 20, clientY: 12 });
    fireEvent.pointerMove(place(), { clientX: 26.52, clientY: 12.52 });
    fireEvent[end](place());
    fireEvent.pointerMove(place(), { clientX: 99, clientY: 99 });
    await send();
    const [[, { to }]] = api.changePack.mock.calls as [[number, { to: { cover: Cover } }]];
    expect([capture.mock.calls, to.cover.x, to.cover.y]).toEqual([[[4]], expect.closeTo(0.6), expect.closeTo(0.6)]);
  });

  it.each([
    [{ ...COVER, asset_id: 2 }, "Cover: 2.png"],
    [null, "Cover: the first pictures"],
  ])("overwrites no cover that was chosen elsewhere meanwhile: %j", async (cover, words) => {
    api.changePack.mockRejectedValueOnce(new StaleError({ cover }, ["cover"]));
    ask();
    press("1×");
    await send();
    expect(document.querySelector(".theirs .grow")?.textContent).toBe(words);
    expect([api.refreshPacks, on.onDone, on.onClose].map((each) => each.mock.calls.length)).toEqual([0, 0, 0]);
  });
});

describe("a cover", () => {
  const picture = (id: number, part: object = {}) => ({ ...asset(id), id, ...part }) as unknown as CoverPicture;
  const draw = (pictures: readonly CoverPicture[], cover: Cover | null = null) =>
    show(
      <CoverArt pictures={pictures} cover={cover}>
        Nothing
      </CoverArt>,
    );
  const mat = () => document.querySelector<HTMLElement>(".cover")?.dataset["mat"];
  const style = () => (img() as HTMLElement | null)?.style;

  it("of no picture says so", () => {
    draw([]);
    expect([screen.queryByText("Nothing") !== null, mat()]).toEqual([true, "plain"]);
  });

  it("of some has them beside each other, each in its part", () => {
    draw([picture(1), picture(2)]);
    const drawn = [...document.querySelectorAll<HTMLElement>(".cover img")].map(({ style: { width, position } }) => [
      ...[Number.parseFloat(width), position],
    ]);
    expect(drawn).toEqual(Array.from({ length: 2 }, (): unknown[] => [expect.closeTo(160 * 0.86), ""]));
    expect([mat(), screen.queryByText("Nothing")]).toEqual(["middle", null]);
  });

  it("is drawn once its size is known", () => {
    box.size = { width: 0, height: 0 };
    draw([picture(1)]);
    draw([picture(1)], COVER);
    expect(img()).toBeNull();
  });

  it.each([
    [{}, "light"],
    [{ mat: "dark" }, "dark"],
  ] as const)("of one is placed, with %j on %s", (part, found) => {
    draw([picture(1)], { ...COVER, x: 1, y: 0, ...part });
    expect([mat(), style()?.position, style()?.left, style()?.top]).toEqual([found, "absolute", "165px", "0px"]);
    fireEvent.load(img() ?? document.body);
    expect(box.onRim.mock.calls).toEqual([["a rim"]]);
  });

  it("of another than its picture is not placed", () => {
    draw([picture(2)], COVER);
    expect([mat(), style()?.position]).toEqual(["middle", ""]);
  });

  it.each([
    [256, 1, 256],
    [257, 1, 512],
    [512, 1, 512],
    [513, 1, 1024],
    [257, 2, 1024],
    [171, 3, 512],
  ])("%i wide at %i dots takes a preview of %i", (width, dots, size) => {
    vi.stubGlobal("devicePixelRatio", dots);
    box.size = { width, height: 100 };
    draw([picture(1)]);
    expect(img()?.getAttribute("src")).toBe(`/preview/1/${String(size)}`);
    vi.unstubAllGlobals();
  });

  it.each([
    [{ has_preview: false }, false],
    [{}, true],
  ])("has a sign for what cannot be shown: %j, broken %s", (part, isBroken) => {
    box.isBroken = isBroken;
    draw([picture(1, part)]);
    expect([img(), screen.queryByTestId("sign") !== null]).toEqual([null, true]);
  });

  it("notes what did not arrive, and draws pixels as such", () => {
    draw([picture(1, { width: 16, height: 16 })]);
    expect((img() as HTMLElement | null)?.dataset["pixelated"]).toBe("true");
    fireEvent.error(img() ?? document.body);
    expect(box.note).toHaveBeenCalledTimes(1);
  });
});
