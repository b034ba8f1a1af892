/** Actions on rows of work: in keys, palette and menu. */
import { plural, t } from "@lingui/core/macro";
import { Ban, Pause, RotateCcw, User } from "lucide-react";

import type { Command } from "../../commands/commands";
import type { KindOfWork, Overview, WorkItem, WorkRef } from "./schema";
import { kindsOf } from "./words";

interface Doing {
  /** The selected rows, else the one at the cursor. */
  meant: readonly WorkItem[];
  able: readonly WorkItem[];
  overview: Overview | undefined;
  kind: string;
  retry: (rows: readonly WorkRef[]) => void;
  pause: (kind: KindOfWork) => void;
  ask: (rows: readonly WorkRef[]) => void;
  only: (item: WorkItem) => void;
}

export function actionsOf({ meant, able, overview, kind, retry, pause, ask, only }: Doing): Command[] {
  const failed = meant.filter(({ state }) => state === "failed");
  const going = meant.filter(({ state }) => state === "waiting" || state === "running");
  const [first] = meant;
  const chosen = overview?.kinds.find(({ name }) => name === (kind || first?.kind));
  return [
    {
      name: "retry",
      icon: RotateCcw,
      group: "selection",
      disabledReason: failed.length === 0 ? t`it has not failed` : null,
      run: () => retry(failed),
    },
    {
      name: "retryAll",
      icon: RotateCcw,
      group: "view",
      label: t`Retry ${plural(able.length, { one: "# row", other: "# rows" })} that can succeed`,
      disabledReason: able.length === 0 ? t`no row here can succeed by itself` : null,
      run: () => retry(able),
    },
    {
      name: "onlyUser",
      icon: User,
      group: "selection",
      disabledReason: first ? null : t`no row is selected`,
      run: () => first && only(first),
    },
    {
      name: "pauseKind",
      icon: Pause,
      group: "view",
      ...(chosen && { label: `${chosen.paused_at ? t`Resume` : t`Pause`}: ${kindsOf(chosen.name)}` }),
      disabledReason: chosen ? null : t`choose a kind first`,
      run: () => chosen && pause(chosen),
    },
    {
      name: "remove",
      icon: Ban,
      group: "selection",
      label: t`Cancel`,
      isDangerous: true,
      disabledReason: going.length === 0 ? t`it has already ended` : null,
      run: () => ask(going),
    },
    { name: "search", run: () => document.querySelector<HTMLElement>(".ops .search-box input")?.focus() },
  ];
}
