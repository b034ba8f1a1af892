/** The command registry: keyboard shortcuts, palette, context menu and selection bar all draw from it. */
import type { LucideIcon } from "lucide-react";
import { type RefObject, useLayoutEffect, useMemo, useRef, useSyncExternalStore } from "react";

import { belongsToControls, isPrintable, SHORTCUT_NAMES, type ShortcutName, keysOf, shortcutOf } from "./keymap";
import { createStore, useStore } from "../platform/store";
import { isPaletteOpen, typeAhead } from "../ui/palette";
import { toast } from "../ui/toast";

export interface Command {
  /** Its keyboard shortcut, if it has one. */
  name?: ShortcutName;
  /** "Approve 3 files"; by default the shortcut's description. */
  label?: string;
  /** In the status bar, where its shortcut's own words say something else. */
  hint?: string;
  icon?: LucideIcon;
  /** Where it is offered besides its shortcut: for the selection or current item, or for the view. */
  group?: "selection" | "view";
  /** Shown greyed out with this reason. */
  disabledReason?: string | null | undefined;
  isDangerous?: boolean;
  /** In the menu, a line before it. */
  isApart?: boolean;
  /** `key` is the pressed key. False: not handled, the next layer may. */
  run: (key: string) => unknown;
}

interface Layer {
  commands: readonly Command[];
  /** A dialog: while it is open, only its own shortcuts work. */
  within: RefObject<HTMLElement | null> | null;
}

/** Layers mounted later take precedence: a page's before the frame's. */
const layers = createStore<readonly Layer[]>([]);
const PREFIX_MS = 1500;

const signatureOf = (commands: readonly Command[]) =>
  commands.map(({ name, label, hint, disabledReason }) => [name, label, hint, disabledReason].join()).join("|");

/** Register commands while the component is mounted. */
export function useCommands(commands: readonly Command[], within: RefObject<HTMLElement | null> | null = null): void {
  const layer = useRef<Layer>({ commands, within });
  // `run` is always the latest; subscribers are notified only when labels change. Layout effects, because a key may
  // arrive between paint and passive effects.
  useLayoutEffect(() => {
    layer.current.commands = commands;
  });
  const signature = signatureOf(commands);
  useLayoutEffect(() => {
    const mine = layer.current;
    layers.set(layers.get().includes(mine) ? [...layers.get()] : [...layers.get(), mine]);
  }, [signature]);
  useLayoutEffect(() => {
    const mine = layer.current;
    return () => layers.set(layers.get().filter((each) => each !== mine));
  }, []);
}

/** All registered commands, the page's own first. */
export function allCommands(): Command[] {
  return [...layers.get()].reverse().flatMap(({ commands }) => commands);
}

export function useAllCommands(): Command[] {
  useStore(layers);
  return allCommands();
}

/** The shortcuts of these commands, in keymap order. */
export function shortcutsOf(commands: readonly Command[]): ShortcutName[] {
  return SHORTCUT_NAMES.filter((name) => commands.some((command) => command.name === name));
}

/** The registered shortcuts' words for the status bar, in keymap order; changed labels do not render. */
export function useHints(): readonly (readonly [ShortcutName, string])[] {
  const pairs = useSyncExternalStore(layers.subscribe, () => JSON.stringify(hintsOf(allCommands())));
  return useMemo(() => JSON.parse(pairs) as ReturnType<typeof hintsOf>, [pairs]);
}

function hintsOf(commands: readonly Command[]): (readonly [ShortcutName, string])[] {
  return shortcutsOf(commands).flatMap((name) => {
    const words = commands.find((command) => command.name === name)?.hint ?? shortcutOf(name).hint;
    return words ? [[name, words] as const] : [];
  });
}

export function labelOf({ name, label }: Command): string {
  return label ?? (name ? shortcutOf(name).description : "");
}

/** Run it, or explain why it is disabled. */
export function runCommand(command: Command, key = ""): boolean {
  if (command.disabledReason) {
    toast.info(`${labelOf(command)}: ${command.disabledReason}`);
    return true;
  }
  return command.run(key) !== false;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input:not([type=checkbox], [type=radio]), select, textarea");
}

/** A page's title, also in a toolbar, has the focus where nothing else has it. */
const TITLES = "h1, h2, h3";
const CONTROLS =
  "button, a[href], summary, input, select, textarea, [role=toolbar] *, [role=menuitem], [data-own-keys]";

/** The layers that receive keys now: those of the topmost open dialog, else those outside dialogs. */
function activeLayers(): Layer[] {
  const dialog = [...document.querySelectorAll("dialog[open]")].at(-1);
  return [...layers.get()]
    .reverse()
    .filter(({ within }) => (dialog ? dialog.contains(within?.current ?? null) : within === null));
}

function dispatch(keys: readonly string[]): boolean {
  for (const key of keys) {
    for (const { commands } of activeLayers()) {
      const command = commands.find(({ name }) => name !== undefined && shortcutOf(name).keys.includes(key));
      if (command && runCommand(command, key)) return true;
    }
  }
  return false;
}

/** Listen for shortcuts; returns the unsubscribe function. Text fields receive no shortcuts; controls keep their own keys. */
export function listenForShortcuts(): () => void {
  let prefix = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onKey = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key === "Escape" && document.querySelector(":popover-open")) return; // the browser closes it
    const { target } = event;
    if (isPaletteOpen()) {
      if (isTyping(target) || !isPrintable(event)) return;
      typeAhead(event.key);
      event.preventDefault(); // a space would press a button of what stands there until the palette comes
      return;
    }
    const isOnControl = target instanceof Element && !target.matches(TITLES) && target.closest(CONTROLS) !== null;
    const keys = keysOf(event).filter((key) => {
      if (isTyping(target)) return key === "Mod+k";
      return !(isOnControl && belongsToControls(key));
    });
    const begun = prefix;
    prefix = "";
    clearTimeout(timer);
    if (begun && dispatch(keys.map((key) => `${begun} ${key}`))) event.preventDefault();
    else if (dispatch(keys)) event.preventDefault();
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
