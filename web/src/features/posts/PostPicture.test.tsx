// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Post } from "../../data/schema";
import { aPost } from "../../testing/posts";
import { PostPicture } from "./PostPicture";

const page = vi.hoisted(() => ({
  isCovered: false,
  isSettled: true,
  still: null as string | null,
  returned: new Set<() => void>(),
}));
const lazy = vi.hoisted(() => ({ noteLoaded: vi.fn(), abortFetch: vi.fn() }));
vi.mock("../../data/broken", () => ({
  onReturn: (listener: () => void) => page.returned.add(listener),
  useReturns: () => 0,
}));
vi.mock("../../data/client", () => ({
  artSource: ({ art_url: url }: Post) => url,
  stillSource: () => page.still,
}));
vi.mock("./covers", () => ({ useIsCovered: () => page.isCovered }));
vi.mock("../../ui/useLazyImage", () => ({
  ...lazy,
  useLazyImage: (src: string) => ({ src, onLoad: () => void lazy.noteLoaded(src) }),
  useSettled: () => page.isSettled,
}));

let number = 0;
/** Each has an address of its own: one that has failed is remembered. */
const post = (part: Partial<Post> = {}) =>
  aPost(1, { art_url: `/art/${(number += 1)}.png`, width: 16, height: 8, ...part });
const query = (selector: string) => document.querySelector<HTMLElement>(selector);
const img = () => document.querySelector("img");
const show = (drawn: Post, box = 40) => render(<PostPicture post={drawn} box={box} />);
let reduced: boolean;
let clock: number;
beforeEach(() => {
  vi.resetAllMocks();
  Object.assign(page, { isCovered: false, isSettled: true, still: null });
  reduced = false;
  clock = 1000;
  vi.spyOn(performance, "now").mockImplementation(() => clock);
  vi.stubGlobal("devicePixelRatio", 1);
  vi.spyOn(window, "matchMedia").mockImplementation(() => ({ matches: reduced }) as MediaQueryList);
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

it.each([
  [16, 8, 40, 32, 16, ""],
  [40, 40, 40, 40, 40, ""],
  [64, 32, 40, 40, 20, "smooth"],
  [null, 8, 40, 40, 40, ""],
  [16, null, 40, 40, 40, ""],
])(
  "draws %s × %s in a box of %i at %i × %i, smooth only where it is made smaller",
  (width, height, box, w, h, look) => {
    show(post({ width, height }), box);
    const [image, place] = [img(), query(".picture")];
    expect([image?.getAttribute("width"), image?.getAttribute("height"), image?.className]).toEqual([
      `${w}`,
      `${h}`,
      look,
    ]);
    expect([place?.style.width, place?.style.height]).toEqual([`${box}px`, `${box}px`]);
    expect([image?.alt, image?.getAttribute("referrerpolicy"), image?.getAttribute("draggable")]).toEqual([
      "",
      "no-referrer",
      "false",
    ]);
  },
);

it("says that there is none where there is no address", () => {
  show(post({ art_url: null }));
  expect([screen.queryByTitle("No image") !== null, img()]).toEqual([true, null]);
});

it("says that there is none once it has failed, and asks again after a minute", () => {
  const drawn = post();
  show(drawn);
  fireEvent.error(img() ?? document.body);
  expect([img(), screen.queryByTitle("No image") !== null]).toEqual([null, true]);
  cleanup();
  clock += 59_999;
  show(drawn);
  expect(img()).toBeNull();
  cleanup();
  clock += 1;
  show(drawn);
  expect(img()?.getAttribute("src")).toBe(drawn.art_url);
});

it("asks again at once where the network is back", () => {
  const drawn = post();
  show(drawn);
  fireEvent.error(img() ?? document.body);
  cleanup();
  for (const returned of page.returned) returned();
  show(drawn);
  expect(img()).not.toBeNull();
});

it.each([
  [71, "visually-hidden"],
  [72, ""],
])("covers a picture that warns, and says of what where a box of %i has room", (box, look) => {
  page.isCovered = true;
  show(post({ content_warnings: ["Blood", "Spiders"] }), box);
  const cover = screen.getByTitle("Covered: Blood, Spiders");
  const words = cover.querySelector("span");
  expect([img(), words?.textContent, words?.className, cover.style.width]).toEqual([
    null,
    "Blood, Spiders",
    look,
    `${box}px`,
  ]);
});

it("has no cover over what is not there", () => {
  page.isCovered = true;
  show(post({ art_url: null }));
  expect([screen.queryByTitle("No image") !== null, query("[data-cover]")]).toEqual([true, null]);
});

const ANIMATION = { frame_count: 2 };
it.each([
  [null, false],
  [1, false],
  [2, true],
])("takes %s frames for an animation: %s", (frames, is) => {
  page.still = "/still";
  show(post({ frame_count: frames }));
  expect(query(".animated") !== null).toBe(is);
});

it("plays under the pointer, in place of its first frame once it is there", () => {
  page.still = "/still";
  const drawn = post(ANIMATION);
  show(drawn);
  const box = query(".animated") ?? document.body;
  const sources = () => [...document.querySelectorAll("img")].map((image) => image.getAttribute("src"));
  expect([sources(), box.dataset["playing"]]).toEqual([["/still"], "false"]);
  fireEvent.pointerEnter(box);
  expect([sources(), box.dataset["playing"]]).toEqual([["/still", drawn.art_url], "false"]);
  fireEvent.load(document.querySelectorAll("img")[1] ?? document.body);
  expect(box.dataset["playing"]).toBe("true");
  fireEvent.pointerLeave(box);
  expect([sources(), box.dataset["playing"]]).toEqual([["/still"], "false"]);
});

it("stands still under reduced motion", () => {
  Object.assign(page, { still: "/still" });
  reduced = true;
  show(post(ANIMATION));
  fireEvent.pointerEnter(query(".animated") ?? document.body);
  expect(document.querySelectorAll("img")).toHaveLength(1);
});

/** What is fetched to be drawn, instead of the browser's. */
class Fetched {
  static all: Fetched[] = [];
  src = "";
  referrerPolicy = "";
  naturalWidth = 20;
  naturalHeight = 10;
  onload: (() => void) | null = null;
  onerror: (() => void) | null = null;
  constructor() {
    Fetched.all.push(this);
  }
}

it("draws the first frame itself where only the whole file can be had", () => {
  Fetched.all = [];
  vi.stubGlobal("Image", Fetched);
  const drawImage = vi.fn();
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue({ drawImage } as never);
  const drawn = post(ANIMATION);
  const { unmount } = show(drawn);
  const canvas = document.querySelector("canvas");
  const [fetched] = Fetched.all;
  expect([fetched?.src, fetched?.referrerPolicy, img(), canvas?.style.width]).toEqual([
    ...[drawn.art_url, "no-referrer", null, "32px"],
  ]);
  act(() => fetched?.onload?.());
  expect([canvas?.width, canvas?.height, drawImage.mock.calls, lazy.noteLoaded.mock.calls]).toEqual([
    ...[20, 10, [[fetched, 0, 0]], [[drawn.art_url]]],
  ]);
  unmount();
  expect([fetched?.onload, fetched?.onerror, lazy.abortFetch.mock.calls]).toEqual([null, null, [[fetched]]]);
});

it("fetches no whole file before it has settled, and says where it fails", () => {
  Fetched.all = [];
  vi.stubGlobal("Image", Fetched);
  page.isSettled = false;
  const drawn = post(ANIMATION);
  const { rerender } = show(drawn);
  expect(Fetched.all).toEqual([]);
  page.isSettled = true;
  rerender(<PostPicture post={drawn} box={40} />);
  act(() => Fetched.all[0]?.onerror?.());
  expect([Fetched.all.length, screen.queryByTitle("No image") !== null]).toEqual([1, true]);
});
