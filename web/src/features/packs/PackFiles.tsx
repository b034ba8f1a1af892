import { GripVertical, X } from "lucide-react";
import { type DragEvent, type KeyboardEvent, useMemo, useRef, useState } from "react";

import { formatBytes } from "../../platform/format";
import { SmallPreview } from "../../data/assets/SmallPreview";
import { IconButton } from "../../ui/Button";
import { announce } from "../../ui/announce";
import { toast } from "../../ui/toast";
import { useWrite } from "../../ui/useWrite";
import { fillPack } from "./api";
import { chosenOf, isSameOrder, moveBy, moveTo } from "./order";
import type { Conflict, PackedAsset } from "./schema";

interface Props {
  packId: number;
  assets: readonly PackedAsset[];
  conflicts: readonly Conflict[];
  onChanged: () => void;
}

/** The pack's files: dragged, or moved with Alt and arrows; removed with Delete. Saved immediately, with undo. */
export function PackFiles({ packId, assets, conflicts, onChanged }: Props) {
  const byId = useMemo(() => new Map(assets.map((asset) => [asset.asset_id, asset])), [assets]);
  const saved = useMemo(() => assets.map(({ asset_id: id }) => id), [assets]);
  const [order, setOrder] = useState<readonly number[]>(saved);
  const [known, setKnown] = useState(saved);
  const [dragged, setDragged] = useState<number | null>(null);
  const [over, setOver] = useState<number | null>(null);
  const list = useRef<HTMLOListElement>(null);
  const bad = new Set(conflicts.map(({ asset_id: id }) => id));

  // Another tab's changes update the list in place: a remount would lose keyboard focus.
  if (!isSameOrder(saved, known)) {
    setKnown(saved);
    setOrder(saved);
  }

  const [, write] = useWrite(undefined, (message) => {
    toast.error(`The order was not saved. ${message}`);
    setOrder(saved);
  });
  const put = (next: readonly number[], undoTo: readonly number[] | null = null) => {
    if (isSameOrder(next, saved) && undoTo === null) return;
    setOrder(next);
    const chosen = next.map((id) => chosenOf(byId.get(id) ?? { asset_id: id, notes: null, path: null }));
    const save = async () => {
      await fillPack(packId, chosen);
      if (undoTo) {
        toast.info("Removed from the pack. It stays in your library.", {
          action: { label: "Undo", onClick: () => put(undoTo) },
        });
      }
      onChanged();
    };
    write(save);
  };
  const take = (id: number) =>
    put(
      order.filter((each) => each !== id),
      order,
    );

  const onKeyDown = (event: KeyboardEvent, id: number, index: number) => {
    if (event.target !== event.currentTarget) return;
    const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
    if (event.key === "Delete") take(id);
    else if (by !== 0 && event.altKey) {
      const next = moveBy(order, id, by);
      put(next);
      announce(`${byId.get(id)?.name ?? ""}: place ${next.indexOf(id) + 1} of ${next.length}`);
    } else if (by !== 0) {
      (list.current?.children[index + by] as HTMLElement | undefined)?.focus();
    } else return;
    event.preventDefault();
  };
  const drop = (event: DragEvent, index: number) => {
    event.preventDefault();
    if (dragged !== null) put(moveTo(order, dragged, index));
    setDragged(null);
    setOver(null);
  };

  if (order.length === 0) return <p className="muted">No file is in it yet.</p>;
  return (
    <>
      <p className="muted pack-hint">
        Drag to change the order
        <span className="by-keys">
          , or <kbd>Alt</kbd> <kbd>↑</kbd> <kbd>↓</kbd>; <kbd>Del</kbd> removes a file
        </span>
        .
      </p>
      <ol ref={list} className="pack-files" aria-label="Files of the pack, in their order">
        {order.map((id, index) => {
          const asset = byId.get(id);
          if (!asset) return null;
          return (
            <li
              key={id}
              className="box"
              tabIndex={0}
              draggable
              data-over={over === index && dragged !== null}
              data-conflict={bad.has(id)}
              onKeyDown={(event) => onKeyDown(event, id, index)}
              onDragStart={(event) => {
                setDragged(id);
                event.dataTransfer.effectAllowed = "move";
                event.dataTransfer.setData("text/plain", asset.name);
              }}
              onDragEnd={() => setDragged(null)}
              onDragOver={(event) => {
                if (dragged === null) return;
                event.preventDefault();
                setOver(index);
              }}
              onDrop={(event) => drop(event, index)}
            >
              <GripVertical aria-hidden className="grip faint" />
              <SmallPreview asset={{ ...asset, id }} />
              <span className="pack-file-name">
                <bdi className="cut">{asset.name}</bdi>
                <span className="cut muted">
                  {asset.file_format.toUpperCase()} · {formatBytes(asset.size_bytes)}
                  {asset.license_identifier && ` · ${asset.license_identifier}`}
                </span>
              </span>
              <IconButton icon={X} look="danger" label={`Take ${asset.name} out`} onClick={() => take(id)} />
            </li>
          );
        })}
      </ol>
    </>
  );
}
