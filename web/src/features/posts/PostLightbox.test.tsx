// @vitest-environment happy-dom
import { cleanup, createEvent, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Post } from "../../data/schema";
import { type Selection, selectionOf } from "../../platform/selection";
import { aPost } from "../../testing/posts";
import type { PostModels } from "./models";
import { PostLightbox } from "./PostLightbox";

const view = vi.hoisted(() => ({ closePost: vi.fn(), openPost: vi.fn(), setFilters: vi.fn() }));
const room = vi.hoisted(() => ({ width: 0, height: 0 }));
const config = vi.hoisted(() => ({ site_url: null as string | null, site_name: "Site" }));
vi.mock("./view", () => view);
vi.mock("./cells", () => ({ Mark: () => null }));
vi.mock("./JobProgress", () => ({ ChangeProgress: () => null }));
vi.mock("../../data/client", () => ({ artSource: ({ art_url }: Post) => art_url }));
vi.mock("../../data/config", () => ({ config }));
vi.mock("../../ui/useElementSize", () => ({ useElementSize: () => room }));

const setActiveId = vi.fn();
const select = vi.fn<(change: (now: Selection) => Selection) => void>();
const setQuestion = vi.fn();
beforeEach(() => {
  vi.resetAllMocks();
  Object.assign(room, { width: 80, height: 80 });
  config.site_url = null;
  vi.stubGlobal("devicePixelRatio", 1);
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

interface Part {
  post?: Partial<Post>;
  list?: Partial<PostModels["list"]>;
  job?: object | null;
}
function show(id: number, { post = {}, list = {}, job = null }: Part = {}) {
  const order = [11, 22, 33];
  const all = order.map((each) => aPost(each, { art_url: "/art.png", ...post }));
  const models = {
    list: { order, byId: new Map(all.map((each) => [each.id, each])), isTrash: false, isComplete: true, ...list },
    choice: { selection: selectionOf([22]), select, setActiveId },
    changes: { job, setQuestion },
  } as unknown as PostModels;
  render(<PostLightbox id={id} {...models} />);
}
const dialog = () => screen.getByRole("dialog");
/** Whether the page has taken the key for itself. */
function press(key: string, target: HTMLElement = dialog(), more = {}) {
  const event = createEvent.keyDown(target, { key, ...more });
  fireEvent(target, event);
  return event.defaultPrevented;
}
const button = (name: string) => screen.getByRole<HTMLButtonElement>("button", { name });
const opened = () => [view.openPost.mock.calls, setActiveId.mock.calls].map((calls) => calls.flat() as number[]);
const zoom = () => screen.getByLabelText("Zoom").textContent;

it.each([
  ["ArrowRight", 22, 33],
  ["ArrowDown", 11, 22],
  ["ArrowLeft", 22, 11],
  ["ArrowUp", 33, 22],
  ["Home", 33, 11],
  ["End", 11, 33],
  ["ArrowRight", 33, null],
])("goes through the list by %s from %i to %s", (key, from, to) => {
  show(from);
  expect(press(key)).toBe(true);
  const ids = to === null ? [] : [to];
  expect(opened()).toEqual([ids, ids]);
});

it.each([
  [11, "1 / 3", true, false],
  [22, "2 / 3", false, false],
  [33, "3 / 3", false, true],
])("says where post %i stands: %s", (id, words, isFirst, isLast) => {
  show(id);
  expect(screen.queryByText(words)).not.toBeNull();
  expect([button("Previous").disabled, button("Next").disabled]).toEqual([isFirst, isLast]);
  expect(screen.queryByRole("dialog", { name: `Artwork ${id}` })).not.toBeNull();
});

it("goes on and back by its buttons", () => {
  show(22);
  fireEvent.click(button("Previous"));
  fireEvent.click(button("Next"));
  expect(opened()[0]).toEqual([11, 33]);
});

it.each([
  ["Enter", {}, true],
  ["Enter", { repeat: true }, false],
  ["x", {}, false],
])("closes by %s %j: %s", (key, more, isClosed) => {
  show(22);
  expect(press(key, dialog(), more)).toBe(isClosed);
  expect(view.closePost).toHaveBeenCalledTimes(isClosed ? 1 : 0);
});

it("leaves Enter and Space to a button that has the focus, but not the arrows", () => {
  show(22);
  expect(["Enter", " ", "ArrowRight"].map((key) => press(key, button("Close")))).toEqual([false, false, true]);
  expect([view.closePost, select].map(({ mock }) => mock.calls.length)).toEqual([0, 0]);
  expect(opened()[0]).toEqual([33]);
});

it.each([
  [22, true],
  [11, false],
])("ticks post %i where it is selected, and selects it or not by Space and its box", (id, isSelected) => {
  show(id);
  const box = screen.getByRole<HTMLInputElement>("checkbox", { name: "Selected" });
  expect(box.checked).toBe(isSelected);
  expect(press(" ")).toBe(true);
  fireEvent.click(box);
  const after = select.mock.calls.map(([change]) => change(selectionOf([22])).ids.has(id));
  expect(after).toEqual([!isSelected, !isSelected]);
});

it.each([
  [[], "10×"],
  [["+"], "11×"],
  [["="], "11×"],
  [["-", "-"], "8×"],
])("is as large as fits by whole pixels, and zooms by %j to %s", (keys, words) => {
  show(22);
  expect(keys.map((key) => press(key))).toEqual(keys.map(() => true));
  expect(zoom()).toBe(words);
});

it("zooms by its buttons, and says per cents of what is larger than the page", () => {
  show(22, { post: { width: 160, height: 160 } });
  const picture = screen.getByRole<HTMLImageElement>("img");
  expect([zoom(), picture.width, picture.className]).toEqual(["50 %", 80, "smooth"]);
  fireEvent.click(button("Zoom in"));
  expect([zoom(), picture.width, picture.className]).toEqual(["1×", 160, ""]);
  fireEvent.click(button("Zoom out"));
  fireEvent.click(button("Zoom out"));
  expect(zoom()).toBe("25 %");
});

it.each([
  [{ alt_text: "A sea" }, "A sea"],
  [{ alt_text: null }, "Artwork 22"],
  [{ alt_text: null, title: null }, "Untitled"],
])("reads out the picture's words: %j", (post, alt) => {
  show(22, { post });
  expect(screen.getByRole("img").getAttribute("alt")).toBe(alt);
});

it("says that there is no picture, and measures one of unknown size once it is there", () => {
  show(22, { post: { art_url: null } });
  expect([screen.queryByText("No image") !== null, screen.queryByRole("img")]).toEqual([true, null]);
  cleanup();
  show(22, { post: { width: null, height: null } });
  expect(screen.queryByLabelText("Zoom")).toBeNull();
  const picture = screen.getByRole<HTMLImageElement>("img");
  for (const side of ["naturalWidth", "naturalHeight"] as const) vi.spyOn(picture, side, "get").mockReturnValue(20);
  fireEvent.load(picture);
  expect([zoom(), picture.width]).toEqual(["4×", 80]);
});

it.each([
  ["a post", {}, true],
  ["a deleted one", { list: { isTrash: true } }, false],
  ["one while a change is under way", { job: { is: "under way" } }, false],
  ["a deleted one while a change is under way", { list: { isTrash: true }, job: {} }, false],
] as [string, Part, boolean][])("offers to edit %s: %s", (_what, part, isOffered) => {
  show(22, part);
  const names = ["Edit", "Replace the picture…"];
  const buttons = names.map((name) => screen.queryByRole("button", { name }));
  expect(buttons.map((each) => each !== null)).toEqual([isOffered, isOffered]);
  for (const each of buttons) if (each) fireEvent.click(each);
  const asked = (setQuestion.mock.calls as [{ about: string; posts: Post[] }][]).map(([{ about, posts }]) => [
    about,
    posts.map(({ id }) => id),
  ]);
  expect(asked).toEqual(isOffered ? [["edit", [22]], ["versions", [22]]] : []); // prettier-ignore
});

it("searches for one of its tags, and leads to the site", () => {
  config.site_url = "https://site.example";
  show(22, { post: { hashtags: ["sea"] } });
  const link = screen.getByRole("link", { name: "Open at Site" });
  expect([link.getAttribute("href"), link.getAttribute("rel")]).toEqual(["https://site.example/p/p22", "noopener"]);
  fireEvent.click(button("#sea"));
  expect([view.closePost.mock.calls.length, view.setFilters.mock.calls]).toEqual([
    1,
    [[expect.objectContaining({ tag: "sea", q: "" })]],
  ]);
  cleanup();
  config.site_url = null;
  show(22);
  expect(screen.queryByRole("link")).toBeNull();
});

it.each([
  ["left the complete list", 44, {}, 1],
  ["is not loaded yet", 44, { isComplete: false }, 0],
  ["is hidden by the filters", 22, { order: [11, 33] }, 1],
])("shows nothing of a post that %s", (_what, id, list, closings) => {
  show(id, { list });
  expect([screen.queryByRole("dialog"), view.closePost.mock.calls.length]).toEqual([null, closings]);
});

it("names its facts, and leaves out those that it has not", () => {
  const words = () => [...document.querySelectorAll("dt")].map((dt) => `${dt.textContent}: ${dt.nextElementSibling?.textContent ?? ""}`); // prettier-ignore
  show(22, { post: { frame_count: 1, file_bytes: null } });
  expect(words()).toEqual([
    ...["Posted: 2026-01-01", "Picture: 8 × 8", "File: PNG", "Licence: none"],
    ...["Views: 0", "Reactions: 0", "Comments: 0"],
  ]);
  cleanup();
  const post = { ...{ frame_count: 12, width: null, license_identifier: "CC0-1.0", alt_text: "A sea" } };
  show(22, { post: { ...post, content_warnings: ["flashing"], ai_disclosure: "none", view_count: 1500 } });
  expect(words().slice(1, 6)).toEqual(["Picture: unknown", "Frames: 12", "File: PNG, 1.0 kB", "Licence: CC0-1.0", "Alt text: A sea"]); // prettier-ignore
});
