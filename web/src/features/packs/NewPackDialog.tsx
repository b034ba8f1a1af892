import { plural, t } from "@lingui/core/macro";
import { Plus } from "lucide-react";
import { type ReactNode, useState } from "react";

import { config } from "../../data/config";
import { go } from "../../platform/address";
import { FormDialog } from "../../ui/Dialog";
import { TextField } from "../../ui/Field";
import { useIfShown } from "../../ui/useIfShown";
import { useOnce } from "../../ui/useOnce";
import { createPack, refreshPacks } from "./api";
import { LicenseChoices } from "./LicenseChoices";
import { overfull } from "../../data/packLimits";
import type { LicenseType } from "./schema";

interface Props {
  assetIds: readonly number[];
  /** Their total size, if known. */
  bytes?: number | undefined;
  note?: ReactNode;
  onClose: () => void;
}

export function NewPackDialog({ assetIds, bytes, note, onClose }: Props) {
  const [name, setName] = useState("");
  const [type, setType] = useState<LicenseType>("attribution");
  const [words, setWords] = useState("");
  const once = useOnce();
  const ifShown = useIfShown();
  const tooMuch = overfull(assetIds.length, bytes, config.limits.pack_max_bytes);
  const create = async () => {
    const assets = assetIds.map((id) => ({ asset_id: id }));
    const body = {
      name: name.trim(),
      license_type: type,
      ...(type === "custom" && { custom_license: words.trim() }),
      assets,
    };
    const pack = await once(body, (key) => createPack(body, key));
    refreshPacks();
    const open = () => go("packs", { pack: pack.id });
    ifShown(
      () => {
        onClose();
        open();
      },
      { text: t`The pack “${pack.name}” was made.`, action: { label: t`Open the pack`, onClick: open } },
    );
  };
  return (
    <FormDialog
      title={
        assetIds.length > 0
          ? t`New pack of ${plural(assetIds.length, { one: "# file", other: "# files" })}`
          : t`New pack`
      }
      className="middling"
      icon={Plus}
      confirm={t`Create pack`}
      isDisabled={name.trim() === "" || tooMuch !== null || (type === "custom" && words.trim() === "")}
      onSubmit={create}
      onClose={onClose}
    >
      {note}
      {tooMuch && <p className="wait">{tooMuch}</p>}
      <div className="fields">
        <TextField className="wide" label={t`Name`} required maxLength={255} value={name} onChange={setName} />
      </div>
      <LicenseChoices value={type} onChange={setType} words={words} onWords={setWords} />
    </FormDialog>
  );
}
