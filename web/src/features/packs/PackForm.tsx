import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Check } from "lucide-react";

import { useLicenses } from "../../data/queries";
import { Button } from "../../ui/Button";
import { type Option, SelectField, TextArea, TextField } from "../../ui/Field";
import { FormError } from "../../ui/FormError";
import { editOf, namesOf, pick } from "../../ui/edits";
import { Theirs, useEdits } from "../../ui/useEdits";
import { useFormWrite } from "../../ui/useWrite";
import { changePack } from "./api";
import { LicenseChoices } from "./LicenseChoices";
import { licenseKindOf, licenseWords } from "./licenses";
import type { Pack, PackChanges } from "./schema";

const layouts: readonly Option[] = [
  ["folders", t`As in the library`],
  ["flat", t`All files in one folder`],
];

const WRITTEN = ["name", "theme", "description", "custom_license", "license_type"] as const;
type Written = Pick<Pack, (typeof WRITTEN)[number]>;
const TEXTS = {
  name: t`Name`,
  theme: t`Theme`,
  description: t`Description`,
  custom_license: t`Own licence`,
};

const own = (text: string | null) => text;
const trimmedOf = (text: string | null = null) => (text?.trim() === "" ? null : (text?.trim() ?? null));

/** The pack's name and licence. A licence is saved immediately, and its conflicts are shown. */
export function PackForm({ pack, onChanged }: { pack: Pack; onChanged: () => void }) {
  const licenses = useLicenses().data?.items ?? [];
  const edits = useEdits<Written>(pick<Written>(pack, WRITTEN) as Written);
  const { values, changed } = edits;
  const [isBusy, write, error] = useFormWrite();
  // Custom was chosen, but has no text yet: it is saved with its text.
  const isWriting = changed.license_type === "custom";
  const field = (name: keyof typeof TEXTS, maxLength: number) => ({
    className: "wide",
    label: TEXTS[name],
    maxLength,
    value: values[name] ?? "",
    onChange: (value: string) => edits.set({ [name]: value }),
  });

  const run = (work: () => Promise<unknown>) => {
    write(async () => {
      if ((await work()) !== false) onChanged();
    });
  };
  const choose = (change: PackChanges) => {
    edits.set({ license_type: pack.license_type });
    run(() => changePack(pack.id, editOf(pack, change as Partial<Pack>)));
  };
  const choices = (licenseKindOf(pack.license_type)?.fitting ?? []).flatMap((identifier): Option[] => {
    if (identifier === null) return [["", t`Plain text`]];
    const found = licenses.find((license) => license.identifier === identifier);
    return found ? [[String(found.id), identifier]] : [];
  });
  return (
    <form
      className="pack-form"
      onSubmit={(event) => {
        event.preventDefault();
        const written = namesOf(changed).filter((name) => name !== "license_type");
        const trimmed = Object.fromEntries(written.map((name) => [name, trimmedOf(changed[name])]));
        run(() => edits.save((edit) => changePack(pack.id, edit), trimmed));
      }}
    >
      <LicenseChoices
        value={values.license_type}
        onChange={(type) => {
          if (type === pack.license_type || (type === "custom" && !pack.custom_license))
            edits.set({ license_type: type });
          else choose({ license_type: type });
        }}
        words={values.custom_license ?? ""}
        onWords={(custom_license) => edits.set({ custom_license })}
      />
      {choices.length > 1 && !isWriting && (
        <SelectField
          className="licence-text"
          label={t`Licence text`}
          options={choices}
          value={String(pack.license_id ?? "")}
          disabled={isBusy}
          onChange={(id) => choose({ license_id: id ? Number(id) : null })}
        />
      )}
      <SelectField
        className="licence-text"
        label={t`Folders`}
        options={layouts}
        value={pack.layout}
        disabled={isBusy}
        onChange={(layout) => choose({ layout: layout === "flat" ? "flat" : "folders" })}
      />
      <div className="fields">
        <TextField required {...field("name", 255)} />
        <TextField {...field("theme", 64)} />
        <TextArea {...field("description", 5000)} />
      </div>
      <Theirs
        edits={edits}
        shown={{
          name: [TEXTS.name, String],
          theme: [TEXTS.theme, own],
          description: [TEXTS.description, own],
          custom_license: [TEXTS.custom_license, own],
          license_type: [t`Licence`, (type) => licenseWords(type).title],
        }}
      />
      {error && <FormError>{error}</FormError>}
      <Button
        icon={Check}
        type="submit"
        disabled={namesOf(changed).length === 0 || isBusy || values.name.trim() === ""}
      >
        <Trans>Save</Trans>
      </Button>
    </form>
  );
}
