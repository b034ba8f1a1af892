/** Keyboard shortcuts. A key means the same on every page; a page offers those that apply to it. */

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
    "Next, previous; in a grid the arrows also move by row",
    "move",
  ),
  open: shortcut("View", "Enter", "Enter", "Open", "open"),
  look: shortcut("View", "Space", "Space", "Preview, or play and stop", "preview"),
  select: shortcut("Select", "x, Shift+Space", "x", "Select", "select"),
  extend: shortcut(
    "Select",
    "Shift+j, Shift+k, Shift+ArrowDown, Shift+ArrowUp, Shift+ArrowLeft, Shift+ArrowRight, Shift+PageDown, " +
      "Shift+PageUp, Shift+Home, Shift+End",
    "Shift+j Shift+k",
    "Extend the selection",
  ),
  all: shortcut("Select", "Mod+a", "Ctrl+A", "Select all results"),
  edit: shortcut("Change", "e, F2", "e F2", "Edit the name or title", "edit"),
  remove: shortcut("Change", "#, Delete", "# Del", "Delete the selection, or the current item"),
  cell: shortcut(
    "Move",
    "ArrowUp, ArrowDown, ArrowLeft, ArrowRight, PageDown, PageUp, Home, End, Mod+ArrowUp, Mod+ArrowDown, " +
      "Mod+ArrowLeft, Mod+ArrowRight, Mod+Home, Mod+End",
    "↑ ↓ ← →",
    "Next cell; with Ctrl the first or last one",
    "cell",
  ),
  cellRange: shortcut(
    "Select",
    "Shift+ArrowUp, Shift+ArrowDown, Shift+ArrowLeft, Shift+ArrowRight, Shift+PageDown, Shift+PageUp, Shift+Home, " +
      "Shift+End, Mod+Shift+ArrowUp, Mod+Shift+ArrowDown, Mod+Shift+ArrowLeft, Mod+Shift+ArrowRight",
    "Shift+↑↓←→",
    "Extend the range of cells",
  ),
  row: shortcut("Select", "Shift+Space", "Shift+Space", "Select the rows of the range"),
  editCell: shortcut("Change", "Enter, F2", "Enter", "Edit the cell; typing replaces a text", "edit"),
  clearCells: shortcut("Change", "Delete, Backspace", "Del", "Clear the cells"),
  fillDown: shortcut("Change", "Mod+d", "Ctrl+D", "Fill down", "fill down"),
  pattern: shortcut("Change", "=", "=", "Fill with a pattern: {n} {count} {name} {folder} {date}", "pattern"),
  day: shortcut("Change", "s", "s", "Set a day", "set a day"),
  warn: shortcut("Change", "w", "w", "Content warning", "warning"),
  redo: shortcut("Change", "Mod+Shift+z, Mod+y", "Ctrl+Shift+Z", "Redo"),
  stars: shortcut("Review", "0, 1, 2, 3, 4, 5", "0 – 5", "Rate with stars; 0 clears", "stars"),
  label: shortcut("Review", "6, 7, 8, 9", "6 – 9", "Label; press again to remove", "label"),
  approve: shortcut("Review", "a", "A", "Approve", "approve"),
  setAside: shortcut("Review", "s", "S", "Set aside", "set aside"),
  undo: shortcut("Change", "z, Mod+z", "Z", "Undo the last action", "undo"),
  compare: shortcut("View", "c", "c", "Compare 2 to 4 selected"),
  step: shortcut("View", "[, ]", "[ ]", "Next or previous file in this pane"),
  mat: shortcut("View", "b", "b", "Next background"),
  autoMat: shortcut("View", "Shift+b", "Shift+b", "Automatic background"),
  zoom: shortcut("View", "+, -, =", "+ - =", "Zoom in, zoom out, 1:1"),
  pan: shortcut(
    "View",
    "Shift+ArrowLeft, Shift+ArrowRight, Shift+ArrowUp, Shift+ArrowDown",
    "Shift+←→↑↓",
    "Move the picture",
  ),
  inspect: shortcut("View", "i", "i", "Details"),
  tray: shortcut("View", "w", "w", "Downloads"),
  filter: shortcut("View", "f", "f", "Filters"),
  search: shortcut("View", "/", "/", "Search; ↓ or Esc returns to the list"),
  loop: shortcut("Sound", "l", "l", "Loop"),
  mute: shortcut("Sound", "v", "v", "Mute"),
  hear: shortcut("Sound", "p", "p", "Play sounds automatically as you move"),
  download: shortcut("Change", "d", "d", "Download"),
  hide: shortcut("Change", "h", "h", "Hide"),
  unhide: shortcut("Change", "Shift+h", "Shift+h", "Unhide"),
  pack: shortcut("Change", "p", "p", "Add to a pack"),
  tags: shortcut("Change", "t", "t", "Tags"),
  licence: shortcut("Change", "l", "l", "Licence"),
  copy: shortcut("Change", "Shift+c", "Shift+c", "Copy link"),
  add: shortcut("Change", "n", "n", "New", "new"),
  copyLink: shortcut("Change", "c", "c", "Copy link", "copy link"),
  cover: shortcut("Change", "i", "i", "Choose cover", "choose cover"),
  build: shortcut("Change", "Mod+Enter", "Ctrl+Enter", "Build the next edition", "build"),
  leaveOut: shortcut("Select", "o", "o", "Leave out, take in", "leave out, take in"),
  folder: shortcut("Move", "[, ]", "[ ]", "Previous or next folder", "folder"),
  copySecret: shortcut("Change", "c", "c", "Copy the new key"),
  answer: shortcut("Change", "r", "r", "Answer the moderator"),
  retry: shortcut("Change", "r", "r", "Retry", "retry"),
  retryAll: shortcut("Change", "Shift+r", "Shift+r", "Retry everything that can succeed"),
  onlyUser: shortcut("View", "u", "u", "Only this user", "only this user"),
  pause: shortcut("Change", "Shift+p", "Shift+p", "Pause or resume the upload", "pause"),
  pauseKind: shortcut("Change", "Shift+p", "Shift+p", "Pause or resume this kind", "pause this kind"),
  menu: shortcut("View", "m, Shift+F10, ContextMenu", "m", "Context menu"),
  close: shortcut("View", "Escape", "Esc", "Close; clear the selection; clear the search"),
  palette: shortcut("Go", "Mod+k", "Ctrl+K", "Command palette"),
  help: shortcut("Go", "?", "?", "Keyboard shortcuts", "all shortcuts"),
  go: shortcut(
    "Go",
    "g p, g d, g l, g u, g k, g t, g h, g s, g m, g o",
    "g then p d l u k t h s m o",
    "Go to posts, publish, library, uploads, packs, tasks, hidden posts, settings, notifications, work (owners)",
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
