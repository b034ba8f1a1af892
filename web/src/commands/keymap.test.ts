import { describe, expect, it } from "vitest";

import { belongsToControls, KEYMAP, keysOf, type ShortcutName } from "./keymap";

const plain = { code: "", shiftKey: false, ctrlKey: false, metaKey: false, altKey: false };

/** What each page has of the map, beside what the frame has on all. */
const FRAME: ShortcutName[] = ["menu", "close", "palette", "help", "go"];
const LIST: ShortcutName[] = [
  "move",
  "open",
  "look",
  "select",
  "extend",
  "all",
  "edit",
  "remove",
  "undo",
  "search",
  "filter",
];
const PAGES: Record<string, ShortcutName[]> = {
  library: [
    ...([
      "stars",
      "label",
      "approve",
      "setAside",
      "compare",
      "mat",
      "autoMat",
      "inspect",
      "loop",
      "mute",
      "hear",
    ] as const),
    ...(["stack", "onTop", "unstack"] as const),
  ],
  posts: ["download", "hide", "unhide", "pack", "tags", "licence", "copy", "answer", "tray", "mat", "autoMat"],
  packs: ["copyLink", "cover", "build", "leaveOut", "folder", "download", "add"],
  uploads: ["retry", "pause"],
  console: ["retry", "retryAll", "onlyUser", "pauseKind"],
};

/** A grid of cells is no list: its keys are a spreadsheet's. */
const CELLS: ShortcutName[] = [
  "cell",
  "cellRange",
  "row",
  "editCell",
  "clearCells",
  "fillDown",
  "pattern",
  "undo",
  "redo",
];
/** Looking at one file, or at some side by side: no list, but what belongs to one. */
const VIEWER: ShortcutName[] = [
  "move",
  "open",
  "look",
  "select",
  "remove",
  "undo",
  "stars",
  "label",
  "approve",
  "setAside",
];
const PICTURE: ShortcutName[] = ["compare", "step", "mat", "autoMat", "zoom", "pan", "inspect", "loop", "mute"];

describe("the map of keys", () => {
  it("gives no key two meanings where a file is looked at", () => {
    const keys = [...FRAME, ...VIEWER, ...PICTURE].flatMap((name) => KEYMAP[name].keys);
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  });

  it.each(Object.entries(PAGES))("gives no key two meanings on the page %s", (_, names) => {
    const keys = [...FRAME, ...LIST, ...names].flatMap((name) => KEYMAP[name].keys);
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  });

  it("gives no key two meanings where drafts are written", () => {
    const keys = [...FRAME, ...CELLS, "all", "day", "warn"].flatMap((name) => KEYMAP[name as ShortcutName].keys);
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  });
  it("has every key of the design", () => {
    const keys = Object.values(KEYMAP).flatMap((line) => line.keys);
    const wanted =
      "j k Shift+j Shift+k Enter Space e F2 # Delete / Mod+k ? m Shift+F10 Escape a s z c b Shift+b + - = l v";
    const others = "0 1 2 3 4 5 6 7 8 9 d h p t r u [ ] x ArrowDown ArrowUp";
    for (const key of `${wanted} ${others}`.split(" ")) expect(keys).toContain(key);
    for (const place of "pdlukthm") expect(keys).toContain(`g ${place}`);
  });
});

describe("what was pressed", () => {
  it("can be every key of the map", () => {
    const keys = Object.values(KEYMAP).flatMap((line) => line.keys.flatMap((each) => each.split(" ")));
    const pressed = keys.flatMap((keys) => {
      const key = keys.endsWith("+") ? "+" : (keys.split("+").at(-1) ?? "");
      const has = (name: string) => keys.startsWith(`${name}+`) || keys.includes(`+${name}+`);
      return keysOf({ ...plain, key, shiftKey: has("Shift"), ctrlKey: has("Mod") });
    });
    expect(keys.filter((each) => !pressed.includes(each))).toEqual([]);
  });

  it("is the key and not the capital", () => {
    expect(keysOf({ ...plain, key: "A" })).toEqual(["a"]); // Caps Lock
    expect(keysOf({ ...plain, key: "A", shiftKey: true })).toEqual(["Shift+a", "a"]);
  });

  it("is the key of its place where another alphabet is typed", () => {
    expect(keysOf({ ...plain, key: "ф", code: "KeyA" })).toEqual(["a"]);
    expect(keysOf({ ...plain, key: "q", code: "KeyA" })).toEqual(["q"]); // a French keyboard says what it means
  });

  it("means nothing with a modifier that the map does not know", () => {
    expect(keysOf({ ...plain, key: "a", altKey: true })).toEqual([]);
    expect(keysOf({ ...plain, key: "a", ctrlKey: true })).toEqual(["Mod+a"]);
    expect(keysOf({ ...plain, key: "K", ctrlKey: true, shiftKey: true })).toEqual(["Mod+Shift+k"]);
  });

  it("is a control's own where a control has the focus", () => {
    expect(["Enter", "Space", "ArrowDown", "Shift+ArrowDown", "Home"].every(belongsToControls)).toBe(true);
    expect(["j", "a", "Escape", "Delete"].some(belongsToControls)).toBe(false);
  });
});
