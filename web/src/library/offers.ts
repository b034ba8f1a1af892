/** What can be done with what is selected, or with the file at the cursor. */
import { Archive, Check, CircleSlash, Columns2, Download, Pencil, RotateCcw, Send, Trash2, Wand2 } from "lucide-react";

import type { Command } from "../ui/commands";
import { fileUrl } from "./api";
import type { Asset } from "./schema";
import { sound } from "./sound";
import type { AssetAction } from "./states";

/** What is asked about before it is done. */
export type Ask = "edit" | "publish" | "task" | "pack" | "purge";

/** The most that are compared. */
export const MOST_COMPARED = 4;

/** Of whatever sound plays. */
export const soundActs: readonly Command[] = [
  { name: "loop", run: sound.loop },
  { name: "mute", run: sound.mute },
];

interface Options {
  targets: readonly Asset[];
  selected: readonly Asset[];
  isTrash: boolean;
  /** Whether the cursor is in sight: what is deleted by a key must be. */
  isSeen: boolean;
  onPerform: (action: AssetAction) => void;
  onAsk: (about: Ask) => void;
  onCompare: (ids: readonly number[]) => void;
}

/** In the order of the bar, the menu and the palette. */
export function offersOf(options: Options): Command[] {
  const { targets, selected, isTrash, isSeen, onPerform, onAsk, onCompare } = options;
  const why = targets.length === 0 ? "nothing is selected" : null;
  const offer = (part: Omit<Command, "group">): Command => ({ disabledReason: why, ...part, group: "selection" });
  if (isTrash) {
    return [
      offer({ label: "Restore", icon: RotateCcw, run: () => onPerform("restore") }),
      offer({ name: "remove", label: "Remove for good", icon: Trash2, isDangerous: true, run: () => onAsk("purge") }),
    ];
  }
  const isFew = selected.length >= 2 && selected.length <= MOST_COMPARED;
  const [only] = targets;
  return [
    offer({ name: "approve", label: "Approve", icon: Check, run: () => onPerform("approve") }),
    offer({ name: "setAside", label: "Set aside", icon: CircleSlash, run: () => onPerform("set_aside") }),
    offer({
      name: "compare",
      label: "Compare",
      icon: Columns2,
      disabledReason: isFew ? null : "choose two to four",
      run: () => onCompare(selected.map(({ id }) => id)),
    }),
    offer({ label: "Task", icon: Wand2, run: () => onAsk("task") }),
    offer({ label: "Pack", icon: Archive, run: () => onAsk("pack") }),
    offer({ name: "edit", label: "Edit", icon: Pencil, run: () => onAsk("edit") }),
    offer({ label: "Publish", icon: Send, run: () => onAsk("publish") }),
    offer({
      label: "Download",
      icon: Download,
      disabledReason: why ?? (targets.length === 1 ? null : "one file at a time; a pack takes many"),
      run: () => only && location.assign(fileUrl(only, true)),
    }),
    offer({
      name: "remove",
      label: "To the trash",
      icon: Trash2,
      isDangerous: true,
      disabledReason: why ?? (selected.length === 0 && !isSeen ? "it is out of sight" : null),
      run: () => onPerform("trash"),
    }),
  ];
}
