/** What can be done with what is selected, or with the file at the cursor. */
import { Archive, Check, CircleSlash, Columns2, Download, Pencil, RotateCcw, Send, Trash2, Wand2 } from "lucide-react";

import type { Act } from "../ui/acts";
import { fileUrl } from "./api";
import type { Asset } from "./schema";
import { sound } from "./sound";
import type { AssetAction } from "./states";

/** What is asked about before it is done. */
export type Ask = "edit" | "publish" | "task" | "pack" | "purge";

/** The most that are compared. */
export const MOST_COMPARED = 4;

/** Of whatever sound plays. */
export const soundActs: readonly Act[] = [
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
export function offersOf(options: Options): Act[] {
  const { targets, selected, isTrash, isSeen, onPerform, onAsk, onCompare } = options;
  const why = targets.length === 0 ? "nothing is selected" : null;
  const offer = (part: Omit<Act, "place">): Act => ({ why, ...part, place: "selection" });
  if (isTrash) {
    return [
      offer({ words: "Restore", icon: RotateCcw, run: () => onPerform("restore") }),
      offer({ name: "remove", words: "Remove for good", icon: Trash2, isDangerous: true, run: () => onAsk("purge") }),
    ];
  }
  const isFew = selected.length >= 2 && selected.length <= MOST_COMPARED;
  const [only] = targets;
  return [
    offer({ name: "approve", words: "Approve", icon: Check, run: () => onPerform("approve") }),
    offer({ name: "setAside", words: "Set aside", icon: CircleSlash, run: () => onPerform("set_aside") }),
    offer({
      name: "compare",
      words: "Compare",
      icon: Columns2,
      why: isFew ? null : "choose two to four",
      run: () => onCompare(selected.map(({ id }) => id)),
    }),
    offer({ words: "Task", icon: Wand2, run: () => onAsk("task") }),
    offer({ words: "Pack", icon: Archive, run: () => onAsk("pack") }),
    offer({ name: "edit", words: "Edit", icon: Pencil, run: () => onAsk("edit") }),
    offer({ words: "Publish", icon: Send, run: () => onAsk("publish") }),
    offer({
      words: "Download",
      icon: Download,
      why: why ?? (targets.length === 1 ? null : "one file at a time; a pack takes many"),
      run: () => only && location.assign(fileUrl(only, true)),
    }),
    offer({
      name: "remove",
      words: "To the trash",
      icon: Trash2,
      isDangerous: true,
      why: why ?? (selected.length === 0 && !isSeen ? "it is out of sight" : null),
      run: () => onPerform("trash"),
    }),
  ];
}
