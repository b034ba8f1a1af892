import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Check } from "lucide-react";
import { useState } from "react";

import { useLicenses } from "../../data/queries";
import { Button } from "../../ui/Button";
import { type Option, SelectField, TextArea, TextField } from "../../ui/Field";
import { FormError } from "../../ui/FormError";
import { useWrite } from "../../ui/useWrite";
import { changePack } from "./api";
import { LicenseChoices } from "./LicenseChoices";
import { licenseKinds, type Pack, type PackChanges } from "./schema";

const layouts: readonly Option[] = [
  ["folders", t`As in the library`],
  ["flat", t`All files in one folder`],
];

/** The pack's name and licence. A licence is saved immediately, and its conflicts are shown. */
export function PackForm({ pack, onChanged }: { pack: Pack; onChanged: () => void }) {
  const licenses = useLicenses().data?.items ?? [];
  const saved = {
    name: pack.name,
    theme: pack.theme ?? "",
    description: pack.description ?? "",
    custom_license: pack.custom_license ?? "",
  };
  const [values, setValues] = useState(saved);
  const [error, setError] = useState<string | null>(null);
  const [isBusy, write] = useWrite(undefined, setError);
  // Custom was chosen, but has no text yet: it is saved with its text.
  const [isWriting, setWriting] = useState(false);
  const isCustom = isWriting || pack.license_type === "custom";
  const names = ["name", "theme", "description", "custom_license"] as const;
  const field = (name: (typeof names)[number], label: string, maxLength: number) => ({
    className: "wide",
    label,
    maxLength,
    value: values[name],
    onChange: (value: string) => setValues({ ...values, [name]: value }),
  });

  const save = (change: PackChanges) => {
    setError(null);
    write(async () => {
      await changePack(pack.id, change);
      setWriting(false);
      onChanged();
    });
  };
  const choices = licenseKinds[pack.license_type].fitting.flatMap((identifier): Option[] => {
    if (identifier === null) return [["", t`Plain text`]];
    const found = licenses.find((license) => license.identifier === identifier);
    return found ? [[String(found.id), identifier]] : [];
  });
  return (
    <form
      className="pack-form"
      onSubmit={(event) => {
        event.preventDefault();
        save({
          name: values.name.trim(),
          theme: values.theme.trim() || null,
          description: values.description.trim() || null,
          ...(isCustom && { license_type: "custom", custom_license: values.custom_license.trim() }),
        });
      }}
    >
      <LicenseChoices
        value={isCustom ? "custom" : pack.license_type}
        onChange={(type) => {
          if (type === "custom" && !pack.custom_license) setWriting(true);
          else if (type === pack.license_type) setWriting(false);
          else save({ license_type: type });
        }}
        words={values.custom_license}
        onWords={(custom_license) => setValues({ ...values, custom_license })}
      />
      {choices.length > 1 && !isWriting && (
        <SelectField
          className="licence-text"
          label={t`Licence text`}
          options={choices}
          value={String(pack.license_id ?? "")}
          disabled={isBusy}
          onChange={(id) => save({ license_id: id ? Number(id) : null })}
        />
      )}
      <SelectField
        className="wide"
        label={t`Folders`}
        options={layouts}
        value={pack.layout}
        disabled={isBusy}
        onChange={(layout) => save({ layout: layout === "flat" ? "flat" : "folders" })}
      />
      <div className="fields">
        <TextField required {...field("name", t`Name`, 255)} />
        <TextField {...field("theme", t`Theme`, 64)} />
        <TextArea {...field("description", t`Description`, 5000)} />
      </div>
      {error && <FormError>{error}</FormError>}
      <Button
        icon={Check}
        type="submit"
        disabled={names.every((name) => values[name] === saved[name]) || isBusy || values.name.trim() === ""}
      >
        <Trans>Save</Trans>
      </Button>
    </form>
  );
}
