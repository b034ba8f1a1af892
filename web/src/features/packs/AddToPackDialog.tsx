import "./packs.css";

import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Archive, Plus } from "lucide-react";
import { type ReactNode, useState } from "react";

import { formatCount } from "../../platform/format";
import { config } from "../../data/config";
import { go } from "../../platform/address";
import { Button } from "../../ui/Button";
import { LoadError } from "../../ui/Empty";
import { Dialog, DialogFooter } from "../../ui/Dialog";
import { FormError } from "../../ui/FormError";
import { toast } from "../../ui/toast";
import { useFormWrite } from "../../ui/useWrite";
import { fillPack, getPack, refreshPacks, usePacks } from "./api";
import { overfull } from "../../data/packLimits";
import { NewPackDialog } from "./NewPackDialog";
import { addTo, chosenOf } from "./order";
import type { Pack } from "./schema";

interface Props {
  assetIds: readonly number[];
  /** Their total size, if known. */
  bytes?: number;
  /** Shown first: for instance what is left out. */
  note?: ReactNode;
  onClose: () => void;
}

/** Adds files to a new or existing pack. */
export default function AddToPackDialog({ assetIds, bytes = 0, note, onClose }: Props) {
  const { packs, error: unlisted, retry } = usePacks();
  const [isNew, setNew] = useState(false);
  const [isBusy, write, error, refuse] = useFormWrite();
  // Once and for all: the stream tells of the new pack before its request is answered.
  if (packs?.length === 0 && !isNew) setNew(true);
  if (isNew) return <NewPackDialog assetIds={assetIds} bytes={bytes} note={note} onClose={onClose} />;

  const addToPack = async (pack: Pack) => {
    const { assets: held } = await getPack(pack.id);
    const known = new Map(held.map((asset) => [asset.asset_id, asset]));
    const order = addTo([...known.keys()], assetIds);
    const tooMany = overfull(order.length);
    if (tooMany) {
      refuse(tooMany);
      return;
    }
    await fillPack(
      pack.id,
      held.map(chosenOf),
      order.map((id) => chosenOf(known.get(id) ?? { asset_id: id, notes: null, path: null })),
    );
    refreshPacks();
    const added = order.length - held.length;
    toast.success(
      added > 0
        ? t`${plural(added, { one: "# file", other: "# files" })} added to “${pack.name}”.`
        : t`They are already in “${pack.name}”.`,
      { action: { label: t`Open the pack`, onClick: () => go("packs", { pack: pack.id }) } },
    );
    onClose();
  };
  return (
    <Dialog title={t`Add ${plural(assetIds.length, { one: "# file", other: "# files" })} to a pack`} onClose={onClose}>
      {note}
      {packs === null && !unlisted && (
        <p role="status">
          <Trans>Loading your packs…</Trans>
        </p>
      )}
      {unlisted && <LoadError error={unlisted} onRetry={retry} />}
      <ul className="pack-choices">
        {packs?.map((pack) => (
          <li key={pack.id}>
            <Button icon={Archive} disabled={isBusy} onClick={() => write(() => addToPack(pack))}>
              <bdi className="cut">{pack.name}</bdi> <span className="count">{formatCount(pack.asset_count)}</span>
            </Button>
            <WithThese pack={pack} files={assetIds.length} bytes={bytes} />
          </li>
        ))}
      </ul>
      {error && <FormError>{error}</FormError>}
      <DialogFooter icon={Plus} onConfirm={() => setNew(true)} onClose={onClose}>
        <Trans>New pack</Trans>
      </DialogFooter>
    </Dialog>
  );
}

/** A warning if the pack might become too large; some of the files may be in it already. */
function WithThese({ pack, files, bytes }: { pack: Pack; files: number; bytes: number }) {
  const tooMuch = overfull(pack.asset_count + files, pack.total_size_bytes + bytes, config.limits.pack_max_bytes);
  return (
    tooMuch && (
      <p className="wait">
        <Trans>With these files: {tooMuch}</Trans>
      </p>
    )
  );
}
