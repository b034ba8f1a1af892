import { plural, t } from "@lingui/core/macro";
import { Check } from "lucide-react";
import { useState } from "react";

import { useLicenses } from "../../data/queries";
import { writeSeen } from "../../data/seen";
import { commonValue } from "../../platform/lists";
import { nameOf } from "../../platform/text";
import { FormDialog } from "../../ui/Dialog";
import { SelectField, TextArea, TextField } from "../../ui/Field";
import { OptOutField, optOutOf, optOutWords } from "../../ui/OptOutField";
import type { Edit } from "../../ui/edits";
import { Theirs, useEdits } from "../../ui/useEdits";
import { WarningField } from "../../ui/WarningChoice";
import { changeFrom, LONGEST_ALT, type Name, type Values } from "./edits";
import type { Asset, AssetEdit } from "../../data/assets/schema";
import { fileOf, type Seen } from "./api";
import { provenanceNames } from "./words";

/** The form's fields that have other names than the file's. */
const FIELDS: Partial<Record<keyof Asset, keyof Values>> = {
  license_id: "license",
  content_warnings: "warnings",
  ai_opt_out: "opt_out",
};

const valuesOf = (assets: readonly Asset[]): Values => ({
  name: assets.length === 1 ? (assets[0]?.name ?? "") : "",
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
});

interface Props {
  assets: readonly Asset[];
  /** Resolves when the service has changed all of them. */
  onApply: (change: AssetEdit, seen?: Seen) => Promise<void>;
  onClose: () => void;
}

/** Edits one or many files: empty fields leave the files' own values unchanged. */
export function EditDialog({ assets, onApply, onClose }: Props) {
  const licenses = useLicenses().data?.items ?? [];
  const [first] = assets;
  const isOne = assets.length === 1;
  const [values, setValues] = useState(() => valuesOf(assets));
  const [initial] = useState(values);
  const edits = useEdits<Partial<Asset>>(isOne && first ? first : {});
  const change = changeFrom(values, initial);
  const tags = [...new Set(assets.flatMap(({ hashtags }) => hashtags))].sort();
  const haveSame = commonValue(assets, ({ content_warnings: words }) => words.join("\n")) !== null;
  const warnings = values.warnings ?? (haveSame ? ((isOne ? edits.known : first)?.content_warnings ?? []) : []);
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
        const write = (edit: Edit<Partial<Asset>>) =>
          writeSeen(fileOf(first?.id ?? 0), edit, (_, seen) => onApply(change, seen));
        if (!isOne) await onApply(change);
        else if (!(await edits.save(write, change.set as Partial<Asset>))) return;
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
      <Theirs
        edits={edits}
        shown={{
          name: [t`Name`, (text) => text],
          theme: [t`Theme`, (text) => text],
          provenance: [t`Made by`, (value) => value && nameOf(provenanceNames, value)],
          license_id: [
            t`Licence`,
            (license) => licenses.find(({ id }) => id === license)?.identifier ?? t`None (all rights reserved)`,
          ],
          attribution: [t`Credit`, (text) => text],
          source: [t`Source`, (text) => text],
          alt_text: [t`Alt text`, (text) => text],
          content_warnings: [t`Warnings`, (words = []) => words.join(", ")],
          ai_opt_out: [t`Not for training AI`, (value) => optOutWords(value ?? null)],
        }}
        onTake={(name) => {
          const field = FIELDS[name] ?? (name as Name);
          setValues({ ...values, [field]: valuesOf([edits.known as Asset])[field] });
        }}
      />
    </FormDialog>
  );
}
