/** Actions on the selected files, or on the file at the cursor. */
import { t } from "@lingui/core/macro";
import {
  Archive,
  CalendarPlus,
  Check,
  CircleSlash,
  Columns2,
  Download,
  Pencil,
  RotateCcw,
  Send,
  Trash2,
  Wand2,
} from "lucide-react";

import { toast } from "../../ui/toast";
import type { Command } from "../../commands/commands";
import { fileUrl } from "../../data/assets/urls";
import type { Asset } from "../../data/assets/schema";
import { MAX_COMPARED } from "./series";
import { sound } from "./sound";
import type { AssetAction } from "./states";

/** Actions that open a dialog first. */
export type Ask = "edit" | "publish" | "drafts" | "task" | "pack" | "download" | "purge";

/** For the sound that is playing. */
export const soundActs: readonly Command[] = [
  { name: "loop", run: sound.loop },
  { name: "mute", run: sound.mute },
];

interface Options {
  targets: readonly Asset[];
  selected: readonly Asset[];
  /** What is done with their stacks. */
  stackOffers: readonly Command[];
  isTrash: boolean;
  onPerform: (action: AssetAction) => void;
  onAsk: (about: Ask) => void;
  onCompare: (ids: readonly number[]) => void;
}

/** In the order of the selection bar, the menu and the palette. */
export function offersOf(options: Options): Command[] {
  const { targets, selected, stackOffers, isTrash, onPerform, onAsk, onCompare } = options;
  const why = targets.length === 0 ? t`no file is selected` : null;
  const offer = (part: Omit<Command, "group">): Command => ({ disabledReason: why, ...part, group: "selection" });
  if (isTrash) {
    return [
      offer({ label: t`Restore`, icon: RotateCcw, run: () => onPerform("restore") }),
      offer({
        name: "remove",
        label: t`Delete permanently`,
        icon: Trash2,
        isDangerous: true,
        run: () => onAsk("purge"),
      }),
    ];
  }
  const isFew = selected.length >= 2 && selected.length <= MAX_COMPARED;
  const [only] = targets;
  return [
    offer({ name: "approve", label: t`Approve`, icon: Check, run: () => onPerform("approve") }),
    offer({ name: "setAside", label: t`Set aside`, icon: CircleSlash, run: () => onPerform("set_aside") }),
    offer({
      name: "compare",
      label: t`Compare`,
      icon: Columns2,
      disabledReason: isFew ? null : t`select two to four files`,
      run: () => onCompare(selected.map(({ id }) => id)),
    }),
    offer({ label: t`Task`, icon: Wand2, run: () => onAsk("task") }),
    offer({ label: t`Pack`, icon: Archive, run: () => onAsk("pack") }),
    offer({ name: "edit", label: t`Edit`, icon: Pencil, run: () => onAsk("edit") }),
    offer({ label: t`Make drafts`, icon: CalendarPlus, run: () => onAsk("drafts") }),
    offer({ label: t`Publish`, icon: Send, run: () => onAsk("publish") }),
    offer({
      label: t`Download`,
      icon: Download,
      run: () => {
        if (targets.length > 1) onAsk("download");
        else if (only) location.assign(fileUrl(only, true));
      },
    }),
    ...stackOffers.map(offer),
    offer({
      name: "remove",
      label: t`Move to trash`,
      icon: Trash2,
      isDangerous: true,
      run: () => {
        // A key must not delete what is not seen.
        if (selected.length === 0 && !isOnScreen(`asset-${only?.id ?? 0}`))
          toast.info(t`Move to trash: it is not on screen`);
        else onPerform("trash");
      },
    }),
  ];
}

function isOnScreen(elementId: string): boolean {
  const box = document.getElementById(elementId)?.getBoundingClientRect();
  return box !== undefined && box.bottom > 0 && box.top < innerHeight;
}
