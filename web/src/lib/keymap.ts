/** Keyboard shortcuts. A key means the same on every page; a page offers those that apply to it. */

export type Part = "Move" | "Select" | "Review" | "View" | "Change" | "Sound" | "Go";

interface Line {
  readonly part: Part;
  /** As `keysOf` writes them: "j", "Shift+j", "g p", "Mod+k", "ArrowDown". */
  readonly keys: readonly string[];
  /** As keycaps show them. */
  readonly shown: readonly string[];
  readonly words: string;
  /** In the status bar, which has room for few. */
  readonly hint?: string;
}

const line = (part: Part, keys: string, shown: string, words: string, hint?: string): Line => ({
  part,
  keys: keys.split(", "),
  shown: shown.split(" ").map((key) => key.replace(/\b[a-z]$/, (letter) => letter.toUpperCase())),
  words,
  ...(hint && { hint }),
});

export const KEYMAP = {
  move: line(
    "Move",
    "j, k, ArrowDown, ArrowUp, ArrowLeft, ArrowRight, PageDown, PageUp, Home, End",
    "j k ↑ ↓",
    "Next, previous; in a grid the arrows also move by row",
    "move",
  ),
  open: line("View", "Enter", "Enter", "Open", "open"),
  look: line("View", "Space", "Space", "Preview, or play and stop", "preview"),
  select: line("Select", "x, Shift+Space", "x", "Select", "select"),
  extend: line(
    "Select",
    "Shift+j, Shift+k, Shift+ArrowDown, Shift+ArrowUp, Shift+ArrowLeft, Shift+ArrowRight, Shift+PageDown, " +
      "Shift+PageUp, Shift+Home, Shift+End",
    "Shift+j Shift+k",
    "Extend the selection",
  ),
  all: line("Select", "Mod+a", "Ctrl+A", "Select all results"),
  edit: line("Change", "e, F2", "e F2", "Edit the name or title", "edit"),
  remove: line("Change", "#, Delete", "# Del", "Delete the selection, or the current item"),
  stars: line("Review", "0, 1, 2, 3, 4, 5", "0 – 5", "Rate with stars; 0 clears", "stars"),
  label: line("Review", "6, 7, 8, 9", "6 – 9", "Label; press again to remove", "label"),
  approve: line("Review", "a", "A", "Approve", "approve"),
  setAside: line("Review", "s", "S", "Set aside", "set aside"),
  undo: line("Change", "z, Mod+z", "Z", "Undo the last action", "undo"),
  compare: line("View", "c", "c", "Compare 2 to 4 selected"),
  step: line("View", "[, ]", "[ ]", "Next or previous file in this pane"),
  mat: line("View", "b", "b", "Next background"),
  autoMat: line("View", "Shift+b", "Shift+b", "Automatic background"),
  zoom: line("View", "+, -, =", "+ - =", "Zoom in, zoom out, 1:1"),
  pan: line(
    "View",
    "Shift+ArrowLeft, Shift+ArrowRight, Shift+ArrowUp, Shift+ArrowDown",
    "Shift+←→↑↓",
    "Move the picture",
  ),
  inspect: line("View", "i", "i", "Details"),
  tray: line("View", "w", "w", "Downloads"),
  filter: line("View", "f", "f", "Filters"),
  search: line("View", "/", "/", "Search; ↓ or Esc returns to the list"),
  loop: line("Sound", "l", "l", "Loop"),
  mute: line("Sound", "v", "v", "Mute"),
  hear: line("Sound", "p", "p", "Play sounds automatically as you move"),
  download: line("Change", "d", "d", "Download"),
  hide: line("Change", "h", "h", "Hide"),
  unhide: line("Change", "Shift+h", "Shift+h", "Unhide"),
  pack: line("Change", "p", "p", "Add to a pack"),
  tags: line("Change", "t", "t", "Tags"),
  licence: line("Change", "l", "l", "Licence"),
  copy: line("Change", "Shift+c", "Shift+c", "Copy link"),
  answer: line("Change", "r", "r", "Answer the moderator"),
  retry: line("Change", "r", "r", "Retry", "retry"),
  retryAll: line("Change", "Shift+r", "Shift+r", "Retry everything that can succeed"),
  onlyUser: line("View", "u", "u", "Only this user", "only this user"),
  pauseKind: line("Change", "Shift+p", "Shift+p", "Pause or resume this kind", "pause this kind"),
  menu: line("View", "m, Shift+F10, ContextMenu", "m", "Context menu"),
  close: line("View", "Escape", "Esc", "Close; clear the selection; clear the search"),
  palette: line("Go", "Mod+k", "Ctrl+K", "Command palette"),
  help: line("Go", "?", "?", "Keyboard shortcuts", "all shortcuts"),
  go: line(
    "Go",
    "g p, g l, g u, g k, g t, g h, g m, g o",
    "g then p l u k t h m o",
    "Go to posts, library, uploads, packs, tasks, hidden posts, notifications, work (owners)",
  ),
} as const satisfies Record<string, Line>;

export type KeyName = keyof typeof KEYMAP;

/** In display order. */
export const KEY_NAMES = Object.keys(KEYMAP) as KeyName[];

export function lineOf(name: KeyName): Line {
  return KEYMAP[name];
}

/** The first of its keys, as buttons and menus show it. */
export function shownKey(name: KeyName): string {
  return lineOf(name).shown[0] ?? "";
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
  if (ctrlKey || metaKey) return shiftKey ? [] : [`Mod+${name}`];
  return shiftKey ? [`Shift+${name}`, name] : [name];
}

/** Whether it would type a character into a field. */
export function isLetter({ key, ctrlKey, metaKey, altKey }: Pressed): boolean {
  return /^.$/u.test(key) && !(ctrlKey || metaKey || altKey);
}

/** Keys that a focused control handles itself. */
export function belongsToControls(key: string): boolean {
  return /^(Shift\+)?(Enter|Space|Home|End|Page.*|Arrow.*)$/.test(key);
}
