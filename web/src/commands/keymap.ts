/** Keyboard shortcuts. A key means the same on every page; a page offers those that apply to it. */
import { t } from "@lingui/core/macro";

export type ShortcutGroup = "Move" | "Select" | "Review" | "View" | "Change" | "Sound" | "Go";

interface Shortcut {
  readonly group: ShortcutGroup;
  /** As `keysOf` writes them: "j", "Shift+j", "g p", "Mod+k", "ArrowDown". */
  readonly keys: readonly string[];
  /** As keycaps show them. */
  readonly keycaps: readonly string[];
  readonly description: string;
  /** In the status bar, which has room for few. */
  readonly hint?: string;
}

function shortcut(group: ShortcutGroup, keys: string, keycaps: string, description: string, hint?: string): Shortcut {
  return {
    group,
    keys: keys.split(", "),
    keycaps: keycaps.split(" ").map((key) => key.replace(/\b[a-z]$/, (letter) => letter.toUpperCase())),
    description,
    ...(hint && { hint }),
  };
}

export const KEYMAP = {
  move: shortcut(
    "Move",
    "j, k, ArrowDown, ArrowUp, ArrowLeft, ArrowRight, PageDown, PageUp, Home, End",
    "j k ↑ ↓",
    t`Next, previous; in a grid the arrows also move by row`,
    t`move`,
  ),
  open: shortcut("View", "Enter", "Enter", t`Open`, t`open`),
  look: shortcut("View", "Space", "Space", t`Preview, or play and stop`, t`preview`),
  select: shortcut("Select", "x, Shift+Space", "x", t`Select`, t`select`),
  extend: shortcut(
    "Select",
    "Shift+j, Shift+k, Shift+ArrowDown, Shift+ArrowUp, Shift+ArrowLeft, Shift+ArrowRight, Shift+PageDown, " +
      "Shift+PageUp, Shift+Home, Shift+End",
    "Shift+j Shift+k",
    t`Extend the selection`,
  ),
  all: shortcut("Select", "Mod+a", "Ctrl+A", t`Select all results`),
  edit: shortcut("Change", "e, F2", "e F2", t`Edit the name or title`, t`edit`),
  remove: shortcut("Change", "#, Delete", "# Del", t`Delete the selection, or the current item`),
  cell: shortcut(
    "Move",
    "ArrowUp, ArrowDown, ArrowLeft, ArrowRight, PageDown, PageUp, Home, End, Mod+ArrowUp, Mod+ArrowDown, " +
      "Mod+ArrowLeft, Mod+ArrowRight, Mod+Home, Mod+End",
    "↑ ↓ ← →",
    t`Next cell; with Ctrl the first or last one`,
    t`cell`,
  ),
  cellRange: shortcut(
    "Select",
    "Shift+ArrowUp, Shift+ArrowDown, Shift+ArrowLeft, Shift+ArrowRight, Shift+PageDown, Shift+PageUp, Shift+Home, " +
      "Shift+End, Mod+Shift+ArrowUp, Mod+Shift+ArrowDown, Mod+Shift+ArrowLeft, Mod+Shift+ArrowRight",
    "Shift+↑↓←→",
    t`Extend the range of cells`,
  ),
  row: shortcut("Select", "Shift+Space", "Shift+Space", t`Select the rows of the range`),
  editCell: shortcut("Change", "Enter, F2", "Enter", t`Edit the cell; typing replaces a text`, t`edit`),
  clearCells: shortcut("Change", "Delete, Backspace", "Del", t`Clear the cells`),
  fillDown: shortcut("Change", "Mod+d", "Ctrl+D", t`Fill down`, t`fill down`),
  pattern: shortcut(
    "Change",
    "=",
    "=",
    t`Fill with a pattern: ${"{n}"} ${"{count}"} ${"{name}"} ${"{folder}"} ${"{date}"}`,
    t`pattern`,
  ),
  day: shortcut("Change", "s", "s", t`Set a day`, t`set a day`),
  warn: shortcut("Change", "w", "w", t`Content warning`, t`warning`),
  redo: shortcut("Change", "Mod+Shift+z, Mod+y", "Ctrl+Shift+Z", t`Redo`),
  stars: shortcut("Review", "0, 1, 2, 3, 4, 5", "0 – 5", t`Rate with stars; 0 clears`, t`stars`),
  label: shortcut("Review", "6, 7, 8, 9", "6 – 9", t`Label; press again to remove`, t`label`),
  approve: shortcut("Review", "a", "A", t`Approve`, t`approve`),
  setAside: shortcut("Review", "s", "S", t`Set aside`, t`set aside`),
  undo: shortcut("Change", "z, Mod+z", "Z", t`Undo the last action`, t`undo`),
  compare: shortcut("View", "c", "c", t`Compare 2 to 4 selected`),
  step: shortcut("View", "[, ]", "[ ]", t`Next or previous file in this pane`),
  mat: shortcut("View", "b", "b", t`Next background`),
  autoMat: shortcut("View", "Shift+b", "Shift+b", t`Automatic background`),
  zoom: shortcut("View", "+, -, =", "+ - =", t`Zoom in, zoom out, 1:1`),
  pan: shortcut(
    "View",
    "Shift+ArrowLeft, Shift+ArrowRight, Shift+ArrowUp, Shift+ArrowDown",
    "Shift+←→↑↓",
    t`Move the picture`,
  ),
  inspect: shortcut("View", "i", "i", t`Details`),
  tray: shortcut("View", "w", "w", t`Downloads`),
  filter: shortcut("View", "f", "f", t`Filters`),
  search: shortcut("View", "/", "/", t`Search; ↓ or Esc returns to the list`),
  loop: shortcut("Sound", "l", "l", t`Loop`),
  mute: shortcut("Sound", "v", "v", t`Mute`),
  hear: shortcut("Sound", "p", "p", t`Play sounds automatically as you move`),
  download: shortcut("Change", "d", "d", t`Download`),
  hide: shortcut("Change", "h", "h", t`Hide`),
  unhide: shortcut("Change", "Shift+h", "Shift+h", t`Unhide`),
  pack: shortcut("Change", "p", "p", t`Add to a pack`),
  tags: shortcut("Change", "t", "t", t`Tags`),
  licence: shortcut("Change", "l", "l", t`Licence`),
  copy: shortcut("Change", "Shift+c", "Shift+c", t`Copy link`),
  add: shortcut("Change", "n", "n", t`New`, t`new`),
  copyLink: shortcut("Change", "c", "c", t`Copy link`, t`copy link`),
  cover: shortcut("Change", "i", "i", t`Choose cover`, t`choose cover`),
  stack: shortcut("Change", "Mod+g", "Ctrl+G", t`Stack the selection`),
  onTop: shortcut("Change", "o", "o", t`Put on top of its stack`),
  unstack: shortcut("Change", "Mod+Shift+g", "Ctrl+Shift+G", t`Take the stack apart`),
  build: shortcut("Change", "Mod+Enter", "Ctrl+Enter", t`Build the next edition`, t`build`),
  leaveOut: shortcut("Select", "o", "o", t`Leave out, take in`, t`leave out, take in`),
  folder: shortcut("Move", "[, ]", "[ ]", t`Previous or next folder`, t`folder`),
  copySecret: shortcut("Change", "c", "c", t`Copy the new key`),
  answer: shortcut("Change", "r", "r", t`Answer the moderator`),
  retry: shortcut("Change", "r", "r", t`Retry`, t`retry`),
  retryAll: shortcut("Change", "Shift+r", "Shift+r", t`Retry everything that can succeed`),
  onlyUser: shortcut("View", "u", "u", t`Only this user`, t`only this user`),
  pause: shortcut("Change", "Shift+p", "Shift+p", t`Pause or resume the upload`, t`pause`),
  pauseKind: shortcut("Change", "Shift+p", "Shift+p", t`Pause or resume this kind`, t`pause this kind`),
  menu: shortcut("View", "m, Shift+F10, ContextMenu", "m", t`Context menu`),
  close: shortcut("View", "Escape", "Esc", t`Close; clear the selection; clear the search`),
  palette: shortcut("Go", "Mod+k", "Ctrl+K", t`Command palette`),
  help: shortcut("Go", "?", "?", t`Keyboard shortcuts`, t`all shortcuts`),
  go: shortcut(
    "Go",
    "g p, g d, g l, g u, g k, g t, g i, g h, g s, g m, g o",
    "g then p d l u k t i h s m o",
    t`Go to posts, publish, library, uploads, packs, tasks, insights, hidden posts, settings, notifications, work (owners)`,
  ),
} as const satisfies Record<string, Shortcut>;

export type ShortcutName = keyof typeof KEYMAP;

/** In display order. */
export const SHORTCUT_NAMES = Object.keys(KEYMAP) as ShortcutName[];

export function shortcutOf(name: ShortcutName): Shortcut {
  return KEYMAP[name];
}

/** The first of its keys, as buttons and menus show it. */
export function keycapOf(name: ShortcutName): string {
  return shortcutOf(name).keycaps[0] ?? "";
}

type Pressed = Pick<KeyboardEvent, "key" | "code" | "shiftKey" | "ctrlKey" | "metaKey" | "altKey">;

/**
 * The pressed key in the keymap's notation, the most specific first; empty when a modifier is held that no shortcut uses.
 * Letters are case-insensitive; in a non-Latin layout the physical key counts.
 */
export function keysOf({ key, code, shiftKey, ctrlKey, metaKey, altKey }: Pressed): string[] {
  const isOtherAlphabet = /^\p{L}$/u.test(key) && !/^[a-z]$/i.test(key) && /^Key[A-Z]$/.test(code);
  const named = isOtherAlphabet ? code.slice(3) : key === " " ? "Space" : key;
  const name = named.length === 1 ? named.toLowerCase() : named;
  if (altKey) return [];
  if (ctrlKey || metaKey) return [shiftKey ? `Mod+Shift+${name}` : `Mod+${name}`];
  return shiftKey ? [`Shift+${name}`, name] : [name];
}

/** Whether it would type a character into a field. */
export function isPrintable({ key, ctrlKey, metaKey, altKey }: Pressed): boolean {
  return /^.$/u.test(key) && !(ctrlKey || metaKey || altKey);
}

/** Keys that a focused control handles itself. */
export function belongsToControls(key: string): boolean {
  return /^(Shift\+)?(Enter|Space|Home|End|Page.*|Arrow.*)$/.test(key);
}
