/** What can be done with the selected drafts, or with those of the range. */
import { t } from "@lingui/core/macro";
import { CalendarDays, Clock, Pencil, RotateCcw, Send, Trash2 } from "lucide-react";

import type { Command } from "../../commands/commands";
import type { Tab } from "./useDrafts";
import type { useScheduling } from "./useScheduling";

interface Options {
  tab: Tab;
  targets: readonly number[];
  scheduling: ReturnType<typeof useScheduling>;
  disabledReason: string | null;
  isRuled: boolean;
  onDay: () => void;
  onPost: (id: number) => void;
}

/** In the order of the selection bar, the menu and the palette. */
export function offersOf({ tab, targets, scheduling, disabledReason, isRuled, onDay, onPost }: Options): Command[] {
  const offer = (part: Omit<Command, "group">): Command => ({ disabledReason, ...part, group: "selection" });
  const now = offer({ label: t`Publish now`, icon: Send, run: () => scheduling.publish(targets) });
  if (tab === "published") {
    const [only] = targets;
    const why = targets.length === 1 ? null : t`choose one post`;
    const edit = () => only !== undefined && onPost(only);
    return [offer({ label: t`Edit the post`, icon: Pencil, disabledReason: why, run: edit })];
  }
  if (tab === "scheduled") {
    return [
      offer({ name: "day", label: t`Move to another day`, icon: CalendarDays, run: onDay }),
      now,
      offer({ label: t`Back to drafts`, icon: RotateCcw, run: () => scheduling.toDrafts(targets) }),
    ];
  }
  return [
    offer({ name: "day", label: t`Set a day`, icon: CalendarDays, run: onDay }),
    offer({
      label: t`Schedule on free days`,
      icon: Clock,
      disabledReason: disabledReason ?? (isRuled ? null : t`the rule is off`),
      run: () => scheduling.schedule({ draft_ids: [...targets] }),
    }),
    now,
    offer({ label: t`Delete the draft`, icon: Trash2, isDangerous: true, run: () => scheduling.remove(targets) }),
  ];
}
