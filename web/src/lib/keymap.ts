/** One map of keys for all lists: what a key means is the same everywhere, and a page says which of them it has. */

export type Part = "Move" | "Select" | "Judge" | "Look" | "Change" | "Sound" | "Go";

interface Line {
  readonly part: Part;
  /** As `keysOf` writes them: "j", "Shift+j", "g p", "Mod+k", "ArrowDown". */
  readonly keys: readonly string[];
  /** As they are written on the page. */
  readonly shown: readonly string[];
  readonly words: string;
  /** In the foot of the page, where there is room for few. */
  readonly hint?: string;
}

const line = (part: Part, keys: string, shown: string, words: string, hint?: string): Line => ({
  part,
  keys: keys.split(", "),
  shown: shown.split(" "),
  words,
  ...(hint && { hint }),
});

export const KEYMAP = {
  move: line(
    "Move",
    "j, k, ArrowDown, ArrowUp, ArrowLeft, ArrowRight, PageDown, PageUp, Home, End",
    "j k ↑ ↓",
    "Next, before; arrows in a grid also by row",
    "move",
  ),
  open: line("Look", "Enter", "Enter", "Open", "open"),
  look: line("Look", "Space", "Space", "Look large, or play and stop", "look"),
  select: line("Select", "x, Shift+Space", "x", "Select", "select"),
  extend: line(
    "Select",
    "Shift+j, Shift+k, Shift+ArrowDown, Shift+ArrowUp, Shift+ArrowLeft, Shift+ArrowRight, Shift+PageDown, " +
      "Shift+PageUp, Shift+Home, Shift+End",
    "Shift+j Shift+k",
    "Select up to the next, the one before",
  ),
  all: line("Select", "Mod+a", "Ctrl+A", "Select all that is found"),
  edit: line("Change", "e, F2", "e F2", "Edit the name or title", "edit"),
  remove: line("Change", "#, Delete", "# Del", "Delete or trash what is selected, else the one at the cursor"),
  stars: line("Judge", "0, 1, 2, 3, 4, 5", "0 – 5", "Stars; 0 takes them away", "stars"),
  label: line("Judge", "6, 7, 8, 9", "6 – 9", "Label; the same again takes it away", "label"),
  approve: line("Judge", "a", "A", "Approve", "approve"),
  setAside: line("Judge", "s", "S", "Set aside", "set aside"),
  undo: line("Judge", "z, Mod+z", "Z", "Undo the last act, whatever it was", "undo"),
  compare: line("Look", "c", "c", "Compare 2 to 4 selected"),
  step: line("Look", "[, ]", "[ ]", "Put the next, the one before, into the pane"),
  mat: line("Look", "b", "b", "Next mat behind the art"),
  autoMat: line("Look", "Shift+b", "Shift+b", "The mat that shows each picture best"),
  zoom: line("Look", "+, -, =", "+ - =", "Larger, smaller, 1:1"),
  pan: line(
    "Look",
    "Shift+ArrowLeft, Shift+ArrowRight, Shift+ArrowUp, Shift+ArrowDown",
    "Shift+←→↑↓",
    "Move the picture",
  ),
  inspect: line("Look", "i", "i", "What is known of it"),
  tray: line("Look", "w", "w", "Downloads"),
  filter: line("Look", "f", "f", "Filters"),
  search: line("Look", "/", "/", "Search; ↓ or Esc leaves to the list"),
  loop: line("Sound", "l", "l", "Play again and again"),
  mute: line("Sound", "v", "v", "Mute"),
  hear: line("Sound", "p", "p", "Play each sound that the cursor comes to"),
  download: line("Change", "d", "d", "Download"),
  hide: line("Change", "h", "h", "Hide"),
  unhide: line("Change", "Shift+h", "Shift+h", "Show again"),
  pack: line("Change", "p", "p", "Put into a pack"),
  tags: line("Change", "t", "t", "Tags"),
  licence: line("Change", "l", "l", "Licence"),
  copy: line("Change", "Shift+c", "Shift+c", "Copy the link"),
  answer: line("Change", "r", "r", "Answer the moderator"),
  retry: line("Change", "r", "r", "Try again", "retry"),
  retryAll: line("Change", "Shift+r", "Shift+r", "Try all again that can succeed"),
  onlyUser: line("Look", "u", "u", "Only this user", "only this user"),
  pauseKind: line("Change", "Shift+p", "Shift+p", "Pause this kind, or let it go on", "pause this kind"),
  menu: line("Look", "m, Shift+F10, ContextMenu", "m", "Menu at the cursor"),
  close: line("Look", "Escape", "Esc", "Close; then clear the selection; then the search"),
  palette: line("Go", "Mod+k", "Ctrl+K", "Go to or do anything"),
  help: line("Go", "?", "?", "The keys of this page", "all keys"),
  go: line(
    "Go",
    "g p, g l, g u, g k, g t, g h, g m, g o",
    "g then p l u k t h m o",
    "Go to posts, library, uploads, packs, tasks, hidden posts, messages, work (owners)",
  ),
} as const satisfies Record<string, Line>;

export type KeyName = keyof typeof KEYMAP;

/** In the order in which they are told. */
export const KEY_NAMES = Object.keys(KEYMAP) as KeyName[];

export function lineOf(name: KeyName): Line {
  return KEYMAP[name];
}

/** The first of its keys, as a button or a menu shows it beside itself. */
export function shownKey(name: KeyName): string {
  return lineOf(name).shown[0] ?? "";
}

type Pressed = Pick<KeyboardEvent, "key" | "code" | "shiftKey" | "ctrlKey" | "metaKey" | "altKey">;

/**
 * What was pressed, in the map's writing, the most particular first; none where a modifier is held that means nothing
 * here. A letter is its key, not the capital, and where another alphabet is typed, the key of that place.
 */
export function keysOf({ key, code, shiftKey, ctrlKey, metaKey, altKey }: Pressed): string[] {
  const isOtherAlphabet = /^\p{L}$/u.test(key) && !/^[a-z]$/i.test(key) && /^Key[A-Z]$/.test(code);
  const named = isOtherAlphabet ? code.slice(3) : key === " " ? "Space" : key;
  const name = named.length === 1 ? named.toLowerCase() : named;
  if (altKey) return [];
  if (ctrlKey || metaKey) return shiftKey ? [] : [`Mod+${name}`];
  return shiftKey ? [`Shift+${name}`, name] : [name];
}

/** Whether it would stand in a field as it is. */
export function isLetter({ key, ctrlKey, metaKey, altKey }: Pressed): boolean {
  return /^.$/u.test(key) && !(ctrlKey || metaKey || altKey);
}

/** Keys that a control which has the focus takes for itself. */
export function belongsToControls(key: string): boolean {
  return /^(Shift\+)?(Enter|Space|Home|End|Page.*|Arrow.*)$/.test(key);
}
