import { plural, t } from "@lingui/core/macro";
import { useMemo, useState } from "react";

import { toast } from "../../ui/toast";
import { useWrite } from "../../ui/useWrite";
import { fillPack } from "./api";
import { type Packed, placedIn } from "./folders";
import { chosenOf, isSameOrder, moveBy, moveTo } from "./order";

/** A file that was left out in this visit, and where it stood. */
interface Out {
  readonly asset: Packed;
  readonly index: number;
}

/** The pack's files as they are shown: every change is saved at once, and what was left out stays in sight. */
export function usePackFiles(packId: number, saved: readonly Packed[], onChanged: () => void) {
  // What is being saved; the service's answer takes its place.
  const [wanted, setWanted] = useState<readonly Packed[] | null>(null);
  const [known, setKnown] = useState(saved);
  const [outs, setOuts] = useState<readonly Out[]>([]);
  const refused = (message: string) => {
    toast.error(t`The pack was not saved. ${message}`);
    setWanted(null);
    onChanged();
  };
  const [isSaving, write] = useWrite(undefined, refused, `pack_${packId}`);
  if (known !== saved) {
    setKnown(saved);
    // What is served while another change is on its way was read before it.
    if (!isSaving) setWanted(null);
  }
  const inside = wanted ?? saved;
  const ids = useMemo(() => inside.map(({ asset_id: id }) => id), [inside]);
  const there = useMemo(() => new Set(ids), [ids]);
  const isOut = (id: number) => !there.has(id);
  const shown = useMemo(() => {
    const all = [...inside];
    for (const { asset, index } of outs) if (!there.has(asset.asset_id)) all.splice(index, 0, asset);
    return all;
  }, [inside, outs, there]);

  const put = (next: readonly Packed[], onSaved?: () => void, from = inside) => {
    setWanted(next);
    write(async () => {
      await fillPack(packId, from.map(chosenOf), next.map(chosenOf));
      onChanged();
      onSaved?.();
    });
  };
  const inOrder = (moved: number, order: readonly number[]) => {
    if (isOut(moved) || isSameOrder(order, ids)) return;
    const byId = new Map(inside.map((asset) => [asset.asset_id, asset]));
    put(order.flatMap((id) => byId.get(id) ?? []));
  };
  const leaveOut = (some: readonly number[]) => {
    const gone = new Set(some.filter((id) => there.has(id)));
    if (gone.size === 0) return;
    const taken = shown.flatMap((asset, index) => (gone.has(asset.asset_id) ? [{ asset, index }] : []));
    setOuts([...outs.filter(({ asset }) => !gone.has(asset.asset_id)), ...taken].sort((a, b) => a.index - b.index));
    const words = plural(gone.size, {
      one: "# file left out of the pack. Your library keeps it.",
      other: "# files left out of the pack. Your library keeps them.",
    });
    const others = inside.filter(({ asset_id: id }) => !gone.has(id));
    const undo = { label: t`Undo`, onClick: () => put(inside, undefined, others) };
    put(others, () => toast.info(words, { action: undo }));
  };
  const takeIn = (some: readonly number[]) => {
    const wantedIds = new Set(some);
    const next = shown.filter(({ asset_id: id }) => there.has(id) || wantedIds.has(id));
    if (next.length > inside.length) put(next);
  };
  const toFolder = (some: readonly number[], folder: string) => {
    const moved = new Set(some);
    put(inside.map((asset) => (moved.has(asset.asset_id) ? placedIn(asset, folder) : asset)));
  };
  return {
    ...{ inside, shown, isOut, leaveOut, takeIn, toFolder },
    /** Before another as it is shown: one that is left out stands before the next that is in. */
    moveBefore: (id: number, before: number) => {
      const from = shown.findIndex(({ asset_id: each }) => each === before);
      const next = shown.find(({ asset_id: each }, index) => index >= from && there.has(each));
      inOrder(id, moveTo(ids, id, next ? ids.indexOf(next.asset_id) : ids.length));
    },
    /** A place up or down. */
    moveBy: (id: number, by: -1 | 1) => inOrder(id, moveBy(ids, id, by)),
  };
}
