import { Check } from "lucide-react";
import { useState } from "react";

import { useLicenses } from "../../data/queries";
import { plural } from "../../platform/format";
import { commonValue } from "../../platform/lists";
import { FormDialog } from "../../ui/Dialog";
import { SelectField, TextField } from "../../ui/Field";
import { changeFrom } from "./edits";
import type { Asset, AssetEdit } from "../../data/assets/schema";
import { provenanceNames } from "./words";

interface Props {
  assets: readonly Asset[];
  /** Resolves when the service has changed all of them. */
  onApply: (change: AssetEdit) => Promise<void>;
  onClose: () => void;
}

/** Edits one or many files: empty fields leave the files' own values unchanged. */
export function EditDialog({ assets, onApply, onClose }: Props) {
  const licenses = useLicenses().data?.items ?? [];
  const [first] = assets;
  const isOne = assets.length === 1;
  const [values, setValues] = useState(() => ({
    name: isOne ? (first?.name ?? "") : "",
    theme: commonValue(assets, ({ theme }) => theme ?? "") ?? "",
    source: commonValue(assets, ({ source }) => source ?? "") ?? "",
    attribution: commonValue(assets, ({ attribution }) => attribution ?? "") ?? "",
    provenance: commonValue(assets, ({ provenance }) => provenance) ?? "",
    license: commonValue(assets, ({ license_id: id }) => String(id ?? "none")) ?? "",
    add: "",
    remove: "",
  }));
  const [initial] = useState(values);
  const change = changeFrom(values, initial);
  const tags = [...new Set(assets.flatMap(({ hashtags }) => hashtags))].sort();
  const field = (name: keyof typeof values, label: string) => ({
    label,
    value: values[name],
    onChange: (value: string) => setValues({ ...values, [name]: value }),
  });
  const text = (name: keyof typeof values, label: string, maxLength: number) => (
    <TextField
      {...field(name, label)}
      maxLength={maxLength}
      placeholder={!isOne && values[name] === "" ? "unchanged" : ""}
    />
  );
  const asItIs = <option value="">Unchanged</option>;
  return (
    <FormDialog
      title={isOne ? "Edit file" : `Edit ${plural(assets.length, "file")}`}
      icon={Check}
      confirm={`Apply to ${plural(assets.length, "file")}`}
      isDisabled={Object.keys(change).length === 0}
      onSubmit={async () => {
        await onApply(change);
        onClose();
      }}
      onClose={onClose}
    >
      <fieldset className="fields">
        <legend>{isOne ? "" : "Fields you leave alone stay as they are."}</legend>
        {isOne && text("name", "Name", 255)}
        {text("theme", "Theme", 64)}
        <SelectField {...field("provenance", "Made by")} options={Object.entries(provenanceNames)}>
          {values.provenance === "" && asItIs}
        </SelectField>
        <SelectField
          {...field("license", "Licence")}
          options={licenses.map(({ id, identifier }) => [String(id), identifier])}
        >
          {values.license === "" && asItIs}
          <option value="none">None (all rights reserved)</option>
        </SelectField>
        {text("attribution", "Credit", 255)}
        {text("source", "Source", 255)}
        <TextField {...field("add", "Add hashtags")} maxLength={500} />
        <TextField {...field("remove", "Remove hashtags")} maxLength={500} list="asset-tags">
          <datalist id="asset-tags">
            {tags.map((tag) => (
              <option key={tag} value={tag} />
            ))}
          </datalist>
        </TextField>
      </fieldset>
    </FormDialog>
  );
}
