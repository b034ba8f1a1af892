import { plural, t } from "@lingui/core/macro";
import { Check } from "lucide-react";
import { useState } from "react";

import { useLicenses } from "../../data/queries";
import { commonValue } from "../../platform/lists";
import { FormDialog } from "../../ui/Dialog";
import { SelectField, TextArea, TextField } from "../../ui/Field";
import { OptOutField, optOutOf } from "../../ui/OptOutField";
import { WarningField } from "../../ui/WarningChoice";
import { changeFrom, LONGEST_ALT, type Name, type Values } from "./edits";
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
  const [values, setValues] = useState<Values>(() => ({
    name: isOne ? (first?.name ?? "") : "",
    theme: commonValue(assets, ({ theme }) => theme ?? "") ?? "",
    source: commonValue(assets, ({ source }) => source ?? "") ?? "",
    attribution: commonValue(assets, ({ attribution }) => attribution ?? "") ?? "",
    provenance: commonValue(assets, ({ provenance }) => provenance) ?? "",
    license: commonValue(assets, ({ license_id: id }) => String(id ?? "none")) ?? "",
    alt_text: commonValue(assets, ({ alt_text: text }) => text ?? "") ?? "",
    opt_out: commonValue(assets, ({ ai_opt_out: value }) => optOutOf(value)) ?? "",
    warnings: null,
    add: "",
    remove: "",
  }));
  const [initial] = useState(values);
  const change = changeFrom(values, initial);
  const tags = [...new Set(assets.flatMap(({ hashtags }) => hashtags))].sort();
  const haveSame = commonValue(assets, ({ content_warnings: words }) => words.join("\n")) !== null;
  const warnings = values.warnings ?? (haveSame ? (first?.content_warnings ?? []) : []);
  const field = (name: Name, label: string) => ({
    label,
    value: values[name],
    onChange: (value: string) => setValues({ ...values, [name]: value }),
  });
  const text = (name: Name, label: string, maxLength: number) => (
    <TextField
      {...field(name, label)}
      maxLength={maxLength}
      placeholder={!isOne && values[name] === "" ? t`unchanged` : ""}
    />
  );
  const asItIs = <option value="">{t`Unchanged`}</option>;
  return (
    <FormDialog
      title={isOne ? t`Edit file` : t`Edit ${plural(assets.length, { one: "# file", other: "# files" })}`}
      icon={Check}
      confirm={t`Apply to ${plural(assets.length, { one: "# file", other: "# files" })}`}
      isDisabled={Object.keys(change).length === 0}
      onSubmit={async () => {
        await onApply(change);
        onClose();
      }}
      onClose={onClose}
    >
      <fieldset className="fields">
        <legend>{isOne ? "" : t`Fields you leave alone stay as they are.`}</legend>
        {isOne && text("name", t`Name`, 255)}
        {text("theme", t`Theme`, 64)}
        <SelectField {...field("provenance", t`Made by`)} options={Object.entries(provenanceNames)}>
          {values.provenance === "" && asItIs}
        </SelectField>
        <SelectField
          {...field("license", t`Licence`)}
          options={licenses.map(({ id, identifier }) => [String(id), identifier])}
        >
          {values.license === "" && asItIs}
          <option value="none">{t`None (all rights reserved)`}</option>
        </SelectField>
        {text("attribution", t`Credit`, 255)}
        {text("source", t`Source`, 255)}
        <TextField {...field("add", t`Add hashtags`)} maxLength={500} />
        <TextField {...field("remove", t`Remove hashtags`)} maxLength={500} list="asset-tags">
          <datalist id="asset-tags">
            {tags.map((tag) => (
              <option key={tag} value={tag} />
            ))}
          </datalist>
        </TextField>
      </fieldset>
      <TextArea
        className="field"
        {...field("alt_text", t`Alt text`)}
        rows={2}
        dir="auto"
        maxLength={LONGEST_ALT}
        placeholder={!isOne && values.alt_text === "" ? t`unchanged` : ""}
      />
      <WarningField
        chosen={warnings}
        onChange={(word, isOn) =>
          setValues({ ...values, warnings: isOn ? [...warnings, word] : warnings.filter((each) => each !== word) })
        }
        help={!haveSame && t`They differ now: what you choose replaces them in all of these files.`}
      />
      <OptOutField value={values.opt_out} onChange={(opt_out) => setValues({ ...values, opt_out })}>
        {values.opt_out === "" && asItIs}
      </OptOutField>
    </FormDialog>
  );
}
