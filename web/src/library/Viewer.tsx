import { ArrowLeft, ArrowRight, Check, CircleSlash, Columns2, Download, Info, Trash2, Undo2, X } from "lucide-react";
import { type KeyboardEvent, useEffect, useState } from "react";

import { formatCount } from "../lib/format";
import { Button, IconButton } from "../ui/Button";
import { Modal } from "../ui/Dialog";
import { Empty } from "../ui/Empty";
import { Refusal } from "../ui/Refusal";
import { fileUrl } from "./api";
import { AssetDetails } from "./AssetDetails";
import { AssetStage } from "./AssetStage";
import { CompareStage } from "./CompareStage";
import type { Asset } from "./schema";
import { stateNames } from "./states";
import { usePapers } from "./useAssets";
import { useReview } from "./useReview";
import { measures } from "./words";

interface Props {
  ids: readonly number[];
  first: number | null;
  byId: ReadonlyMap<number, Asset>;
  /** Begin with the comparison, where there is something to compare with. */
  isComparing?: boolean;
  onConfirmed: (ids: readonly number[], change: (asset: Asset) => Asset) => void;
  onAt: (id: number | null) => void;
  onClose: () => void;
}

/** A file on the whole window, and the next, and the next: judged by a key each, undone by another. */
export function Viewer({ ids, first, byId, isComparing = false, onConfirmed, onAt, onClose }: Props) {
  // What a judgement takes out of the list is still in front: its last known state is kept here.
  const [seen, setSeen] = useState<ReadonlyMap<number, Asset>>(byId);
  const known = (id: number) => seen.get(id) ?? byId.get(id);
  const { review, waiting, trouble, decide, undo, go } = useReview({
    ids,
    first,
    stateOf: (id) => (known(id) ?? papers.data?.asset)?.state ?? null,
    onConfirmed: (changed, change) => {
      setSeen((now) => {
        const next = new Map(now);
        for (const id of changed) {
          const asset = next.get(id) ?? byId.get(id);
          if (asset) next.set(id, change(asset));
        }
        return next;
      });
      onConfirmed(changed, change);
    },
  });
  const id = review.ids[review.at] ?? null;
  const papers = usePapers(id);
  const asset = id === null ? null : (known(id) ?? papers.data?.asset ?? null);
  const parent = papers.data?.asset.id === id ? (papers.data.parent ?? null) : null;
  const [isCompared, setCompared] = useState(isComparing);
  const [isInfoOpen, setInfoOpen] = useState(() => window.innerWidth > 1000);

  useEffect(() => onAt(id), [id, onAt]);

  const onKeyDown = (event: KeyboardEvent) => {
    const isField = event.target instanceof HTMLElement && event.target.matches("input, select, textarea");
    if (isField || event.ctrlKey || event.metaKey || event.altKey) return;
    const keys: Record<string, () => void> = {
      a: () => decide("approve"),
      s: () => decide("set_aside"),
      z: undo,
      ArrowRight: () => go(1),
      ArrowLeft: () => go(-1),
      Delete: () => decide("trash"),
      c: () => setCompared(!isCompared),
      i: () => setInfoOpen(!isInfoOpen),
    };
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };

  const judgedHere = review.judged.find((judgement) => judgement.id === id);
  const isTrash = asset?.state === "trash";
  return (
    <Modal className="viewer" aria-label={asset?.name ?? "Review"} onKeyDown={onKeyDown} onClose={onClose}>
      <header>
        <h2>
          <bdi className="cut">{asset?.name ?? (id === null ? "All seen" : "…")}</bdi>
          {asset && <span className="muted wide-only">{measures(asset)}</span>}
        </h2>
        <span className="viewer-at numbers muted" role="status">
          {id === null ? formatCount(ids.length) : formatCount(review.at + 1)} of {formatCount(ids.length)}
          {waiting > 0 && ` · saving ${formatCount(waiting)}`}
        </span>
        {parent && (
          <IconButton
            icon={Columns2}
            label="Compare with the original (C)"
            title="Compare with the original (C)"
            aria-pressed={isCompared}
            onClick={() => setCompared(!isCompared)}
          />
        )}
        {asset && (
          <a className="icon-button" href={fileUrl(asset, true)} download aria-label="Download" title="Download">
            <Download aria-hidden />
          </a>
        )}
        <IconButton
          icon={Info}
          label="Details (I)"
          title="Details (I)"
          aria-pressed={isInfoOpen}
          onClick={() => setInfoOpen(!isInfoOpen)}
        />
        <IconButton icon={X} label="Close" title="Close (Esc)" onClick={onClose} />
      </header>
      {trouble && <Refusal>{trouble} It is tried again.</Refusal>}
      <div className="viewer-body">
        <div className="viewer-stage">
          {id === null && (
            <Empty icon={Check} title={`That was the last one. ${formatCount(review.judged.length)} judged.`}>
              <Button look="primary" onClick={onClose}>
                Back to the library
              </Button>
            </Empty>
          )}
          {asset && parent && isCompared && <CompareStage key={asset.id} result={asset} parentId={parent.id} />}
          {asset && !(parent && isCompared) && <AssetStage key={asset.id} asset={asset} />}
        </div>
        {isInfoOpen && asset && (
          <AssetDetails asset={asset} papers={papers.data?.asset.id === id ? papers.data : null} />
        )}
      </div>
      <footer>
        <IconButton
          icon={ArrowLeft}
          label="Previous"
          title="Previous (←)"
          disabled={review.at === 0}
          onClick={() => go(-1)}
        />
        <Button
          icon={Check}
          disabled={!asset || isTrash}
          data-on={asset?.state === "approved"}
          onClick={() => decide("approve")}
        >
          {isCompared && parent ? "Keep" : "Approve"} <kbd>A</kbd>
        </Button>
        <Button
          icon={CircleSlash}
          disabled={!asset || isTrash}
          data-on={asset?.state === "set_aside"}
          onClick={() => decide("set_aside")}
        >
          Set aside <kbd>S</kbd>
        </Button>
        <Button icon={Trash2} look="danger" disabled={!asset || isTrash} onClick={() => decide("trash")}>
          {isCompared && parent ? "Discard" : "Trash"} <kbd className="wide-only">Del</kbd>
        </Button>
        <Button icon={Undo2} look="undo" disabled={review.judged.length === 0} onClick={undo}>
          Undo <kbd>Z</kbd>
        </Button>
        <IconButton icon={ArrowRight} label="Next" title="Next (→)" disabled={id === null} onClick={() => go(1)} />
        <span className="visually-hidden" role="status">
          {asset && `${stateNames[asset.state]}${judgedHere ? ", judged here" : ""}`}
        </span>
      </footer>
    </Modal>
  );
}
