import { Plus } from "lucide-react";
import { type ReactNode, useState } from "react";

import { ApiError } from "../api/error";
import { go } from "../lib/address";
import { plural } from "../lib/format";
import { Dialog } from "../ui/Dialog";
import { DialogFooter } from "../ui/DialogFooter";
import { Refusal } from "../ui/Refusal";
import { createPack, refreshPacks } from "./api";
import { LicenseChoices } from "./LicenseChoices";
import type { LicenseType } from "./schema";

interface Props {
  assetIds: readonly number[];
  note?: ReactNode;
  onClose: () => void;
}

export function NewPackDialog({ assetIds, note, onClose }: Props) {
  const [name, setName] = useState("");
  const [type, setType] = useState<LicenseType>("attribution");
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const create = async () => {
    setBusy(true);
    try {
      const assets = assetIds.map((id) => ({ asset_id: id }));
      const pack = await createPack({ name: name.trim(), license_type: type, assets });
      refreshPacks();
      onClose();
      go("packs", { pack: String(pack.id) });
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      setError(failure.message);
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={assetIds.length > 0 ? `New pack of ${plural(assetIds.length, "file")}` : "New pack"}
      className="pack-dialog"
      onClose={onClose}
    >
      {note}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void create();
        }}
      >
        <div className="fields">
          <label className="wide">
            <span>Name</span>
            <input
              type="text"
              required
              maxLength={255}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          </label>
        </div>
        <LicenseChoices value={type} onChange={setType} />
        {error && <Refusal>{error}</Refusal>}
        <DialogFooter icon={Plus} isDisabled={isBusy || name.trim() === ""} onClose={onClose}>
          Make the pack
        </DialogFooter>
      </form>
    </Dialog>
  );
}
