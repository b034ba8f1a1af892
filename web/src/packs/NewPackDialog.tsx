import { Plus } from "lucide-react";
import { type ReactNode, useState } from "react";

import { go } from "../lib/address";
import { plural } from "../lib/format";
import { FormDialog } from "../ui/Dialog";
import { TextField } from "../ui/Field";
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
  const [words, setWords] = useState("");
  const create = async () => {
    const assets = assetIds.map((id) => ({ asset_id: id }));
    const pack = await createPack({
      name: name.trim(),
      license_type: type,
      ...(type === "custom" && { custom_license: words.trim() }),
      assets,
    });
    refreshPacks();
    onClose();
    go("packs", { pack: String(pack.id) });
  };
  return (
    <FormDialog
      title={assetIds.length > 0 ? `New pack of ${plural(assetIds.length, "file")}` : "New pack"}
      className="middling"
      icon={Plus}
      confirm="Make the pack"
      isDisabled={name.trim() === "" || (type === "custom" && words.trim() === "")}
      onSubmit={create}
      onClose={onClose}
    >
      {note}
      <div className="fields">
        <TextField className="wide" label="Name" required maxLength={255} value={name} onChange={setName} />
      </div>
      <LicenseChoices value={type} onChange={setType} words={words} onWords={setWords} />
    </FormDialog>
  );
}
