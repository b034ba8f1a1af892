import { Archive, Check, CircleSlash, Pencil, RotateCcw, Send, Trash2, Wand2 } from "lucide-react";

import { formatBytes, formatCount } from "../lib/format";
import type { Asset } from "./schema";
import type { AssetAction } from "./states";

export type Ask = "edit" | "publish" | "task" | "pack" | "purge";

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
    <div className="selection-bar" role="group" aria-label="Actions on the selected files" data-active={!isNone}>
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
      {isTrash ? (
        <>
          <button type="button" className="button" disabled={isNone} onClick={() => onAct("restore")}>
            <RotateCcw aria-hidden /> Restore
          </button>
          <button type="button" className="button danger" disabled={isNone} onClick={() => onAsk("purge")}>
            <Trash2 aria-hidden /> Remove for good
          </button>
        </>
      ) : (
        <>
          <button type="button" className="button" disabled={isNone} onClick={() => onAct("approve")}>
            <Check aria-hidden /> Approve
          </button>
          <button type="button" className="button" disabled={isNone} onClick={() => onAct("set_aside")}>
            <CircleSlash aria-hidden /> Set aside
          </button>
          <button type="button" className="button" disabled={isNone} onClick={() => onAsk("edit")}>
            <Pencil aria-hidden /> Edit
          </button>
          <button type="button" className="button" disabled={isNone} onClick={() => onAsk("publish")}>
            <Send aria-hidden /> Publish
          </button>
          <button type="button" className="button" disabled={isNone} onClick={() => onAsk("pack")}>
            <Archive aria-hidden /> Pack
          </button>
          <button type="button" className="button" disabled={isNone} onClick={() => onAsk("task")}>
            <Wand2 aria-hidden /> Task
          </button>
          <button type="button" className="button danger" disabled={isNone} onClick={() => onAct("trash")}>
            <Trash2 aria-hidden /> Trash
          </button>
        </>
      )}
    </div>
  );
}
