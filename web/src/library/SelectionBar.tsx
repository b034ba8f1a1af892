import { Archive, Check, CircleSlash, type LucideIcon, Pencil, RotateCcw, Send, Trash2, Wand2 } from "lucide-react";

import { formatBytes, formatCount } from "../lib/format";
import { Button } from "../ui/Button";
import type { Asset } from "./schema";
import type { AssetAction } from "./states";

/** What is asked about before it is done. */
const ASKS = ["edit", "publish", "task", "pack", "purge"] as const;
export type Ask = (typeof ASKS)[number];
type Offer = readonly [what: Ask | AssetAction, words: string, icon: LucideIcon];

const inTrash: readonly Offer[] = [
  ["restore", "Restore", RotateCcw],
  ["purge", "Remove for good", Trash2],
];
const elsewhere: readonly Offer[] = [
  ["approve", "Approve", Check],
  ["set_aside", "Set aside", CircleSlash],
  ["edit", "Edit", Pencil],
  ["publish", "Publish", Send],
  ["pack", "Pack", Archive],
  ["task", "Task", Wand2],
  ["trash", "Trash", Trash2],
];

function isAsk(what: Ask | AssetAction): what is Ask {
  return ASKS.some((each) => each === what);
}

interface Props {
  selected: readonly Asset[];
  shown: number;
  isComplete: boolean;
  isTrash: boolean;
  isBusy: boolean;
  onAct: (action: AssetAction) => void;
  onAsk: (what: Ask) => void;
  onAll: () => void;
  onNone: () => void;
}

/** What can be done with what is selected; always how many that is. */
export function SelectionBar(props: Props) {
  const { selected, shown, isComplete, isTrash, isBusy, onAct, onAsk, onAll, onNone } = props;
  const bytes = selected.reduce((sum, asset) => sum + asset.size_bytes, 0);
  const isNone = selected.length === 0 || isBusy;
  return (
    <div
      className="buttons selection-bar"
      role="group"
      aria-label="Actions on the selected files"
      data-active={!isNone}
    >
      <span className="selection-count">
        {formatCount(selected.length)} selected
        {selected.length > 0 && <span className="muted"> · {formatBytes(bytes)}</span>}
      </span>
      <div className="segmented">
        <button type="button" disabled={shown === 0} onClick={onAll}>
          {isComplete ? "All" : "All so far"} <span className="count">{formatCount(shown)}</span>
        </button>
        <button type="button" disabled={selected.length === 0} onClick={onNone}>
          None
        </button>
      </div>
      {(isTrash ? inTrash : elsewhere).map(([what, words, icon]) => (
        <Button
          key={what}
          icon={icon}
          look={what === "trash" || what === "purge" ? "danger" : ""}
          disabled={isNone}
          onClick={() => (isAsk(what) ? onAsk(what) : onAct(what))}
        >
          {words}
        </Button>
      ))}
    </div>
  );
}
