/** What can be done on this page, each by the map's keys, in the palette, in the menu and in the bar of the selection. */
import type { LucideIcon } from "lucide-react";
import { type RefObject, useLayoutEffect, useRef, useSyncExternalStore } from "react";

import { belongsToControls, isLetter, KEY_NAMES, type KeyName, keysOf, lineOf } from "../lib/keymap";
import { createStore, useStore } from "../lib/store";
import { isPaletteOpen, typeAhead } from "./palette";
import { toast } from "./toast";

export interface Act {
  /** Its line in the map of keys; what has no key has none. */
  name?: KeyName;
  /** "Approve 3 files"; the map's own words where there are no better. */
  words?: string;
  icon?: LucideIcon;
  /** Where it is offered besides its keys: on what is selected or at the cursor, or as a way to look at the list. */
  place?: "selection" | "view";
  /** Why it cannot be done now: it stands there in grey. */
  why?: string | null | undefined;
  isDangerous?: boolean;
  /** Does it; hears which of its keys it was. False: not taken, somebody else may. */
  run: (key: string) => unknown;
}

interface Layer {
  acts: readonly Act[];
  /** In a dialog: these keys work while it is open, and no others do. */
  within: RefObject<HTMLElement | null> | null;
}

/** The page's own last: they come before the frame's. */
const layers = createStore<readonly Layer[]>([]);
const PREFIX_MS = 1500;

const signatureOf = (acts: readonly Act[]) => acts.map(({ name, words, why }) => [name, words, why].join()).join("|");

/** Offer these acts for as long as the component is on the page. */
export function useActs(acts: readonly Act[], within: RefObject<HTMLElement | null> | null = null): void {
  const layer = useRef<Layer>({ acts, within });
  // What runs is always the newest; who shows acts hears of those that have changed in words. Before it is painted:
  // what can be seen can be used, and a key may come before an effect that waits for that.
  useLayoutEffect(() => {
    layer.current.acts = acts;
  });
  const signature = signatureOf(acts);
  useLayoutEffect(() => {
    const mine = layer.current;
    layers.set(layers.get().includes(mine) ? [...layers.get()] : [...layers.get(), mine]);
  }, [signature]);
  useLayoutEffect(() => {
    const mine = layer.current;
    return () => layers.set(layers.get().filter((each) => each !== mine));
  }, []);
}

/** All that is offered now, the page's own first. */
export function offeredActs(): Act[] {
  return [...layers.get()].reverse().flatMap(({ acts }) => acts);
}

export function useOfferedActs(): Act[] {
  useStore(layers);
  return offeredActs();
}

/** The lines of the map that these acts have, in the map's order. */
export function namesOf(acts: readonly Act[]): KeyName[] {
  return KEY_NAMES.filter((name) => acts.some((act) => act.name === name));
}

/** The same of all that is offered; other words of an act draw nothing anew. */
export function useOfferedNames(): KeyName[] {
  const names = useSyncExternalStore(layers.subscribe, () => namesOf(offeredActs()).join(" "));
  return names.split(" ").filter((name): name is KeyName => name !== "");
}

export function wordsOf({ name, words }: Act): string {
  return words ?? (name ? lineOf(name).words : "");
}

/** Do it, or say why not. */
export function runAct(act: Act, key = ""): boolean {
  if (act.why) {
    toast.info(`${wordsOf(act)}: ${act.why}`);
    return true;
  }
  return act.run(key) !== false;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input:not([type=checkbox], [type=radio]), select, textarea");
}

const CONTROLS =
  "button, a[href], summary, input, select, textarea, [role=toolbar] *, [role=menuitem], [data-own-keys]";

/** The layers whose keys work now: those of the dialog that is open, else those of none. */
function awake(): Layer[] {
  const dialog = [...document.querySelectorAll("dialog[open]")].at(-1);
  return [...layers.get()]
    .reverse()
    .filter(({ within }) => (dialog ? dialog.contains(within?.current ?? null) : within === null));
}

function take(keys: readonly string[]): boolean {
  for (const key of keys) {
    for (const { acts } of awake()) {
      const act = acts.find(({ name }) => name !== undefined && lineOf(name).keys.includes(key));
      if (act && runAct(act, key)) return true;
    }
  }
  return false;
}

/** Hear the keys; gives what ends it. None acts in a field, and a control keeps what is its own. */
export function listenToKeys(): () => void {
  let prefix = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onKey = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing) return;
    const { target } = event;
    if (isPaletteOpen()) {
      if (isLetter(event)) typeAhead(event.key);
      return;
    }
    const isOnControl = target instanceof Element && target.closest(CONTROLS) !== null;
    const keys = keysOf(event).filter((key) => {
      if (isTyping(target)) return key === "Mod+k";
      return !(isOnControl && belongsToControls(key));
    });
    const begun = prefix;
    prefix = "";
    clearTimeout(timer);
    if (begun && take(keys.map((key) => `${begun} ${key}`))) event.preventDefault();
    else if (take(keys)) event.preventDefault();
    else if (keys.includes("g")) {
      prefix = "g";
      timer = setTimeout(() => (prefix = ""), PREFIX_MS);
    }
  };
  document.addEventListener("keydown", onKey);
  return () => {
    clearTimeout(timer);
    document.removeEventListener("keydown", onKey);
  };
}
