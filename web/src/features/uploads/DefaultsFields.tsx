import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import * as v from "valibot";

import { useLicenses } from "../../data/queries";
import { readStored, writeStored } from "../../platform/stored";
import { splitHashtags } from "../../platform/text";
import { Button } from "../../ui/Button";
import { type Option, SelectField, TextField } from "../../ui/Field";
import type { Defaults } from "./schema";
import type { Offered } from "./useIntake";

const KEY = "pmd.upload.defaults";
const Stored = v.object({
  theme: v.string(),
  source: v.string(),
  provenance: v.picklist(["unknown", "ai_generated", "user_provided"]),
  license: v.string(),
  attribution: v.string(),
  hashtags: v.string(),
});
type Values = v.InferOutput<typeof Stored>;

const none: Values = { theme: "", source: "", provenance: "user_provided", license: "", attribution: "", hashtags: "" };

const provenances: Record<Values["provenance"], string> = {
  user_provided: t`I made them`,
  ai_generated: t`Made with AI`,
  unknown: t`Someone else, or I don’t know`,
};

/** Prefilled with the values of the last upload. */
export function useDefaults() {
  const [values, setValues] = useState(() => readStored(localStorage, KEY, Stored) ?? none);
  const asDefaults = (): Defaults => {
    writeStored(localStorage, KEY, values);
    const hashtags = splitHashtags(values.hashtags);
    return {
      provenance: values.provenance,
      ...(values.theme.trim() && { theme: values.theme.trim() }),
      ...(values.source.trim() && { source: values.source.trim() }),
      ...(values.license && { license_id: Number(values.license) }),
      ...(values.attribution.trim() && { attribution: values.attribution.trim() }),
      ...(hashtags.length > 0 && { hashtags }),
    };
  };
  return [values, setValues, asDefaults] as const;
}

interface Props {
  value: Values;
  /** The number of files of the upload. */
  total: number;
  /** The licences found in its folders. */
  licenses: readonly Offered[];
  given: ReadonlyMap<string, number>;
  onGiven: (given: ReadonlyMap<string, number>) => void;
  onChange: (value: Values) => void;
}

/** Metadata for all files of the upload; each can be edited in the library later. */
export function DefaultsFields({ value, total, licenses: found, given, onGiven, onChange }: Props) {
  const licenses = useLicenses().data?.items ?? [];
  const field = (name: keyof Values, label: string) => ({
    label,
    value: value[name],
    onChange: (text: string) => onChange({ ...value, [name]: text }),
  });
  return (
    <fieldset className="fields">
      <legend>
        <Trans>For all files</Trans>
      </legend>
      <SelectField {...field("provenance", t`Who made them`)} options={Object.entries(provenances)} />
      <SelectField
        {...field("license", t`Licence`)}
        options={[
          ["", t`None (all rights reserved)`],
          ...licenses.map(({ id, identifier, title }): Option => [id, `${identifier} · ${title}`]),
        ]}
      />
      {found.map((each) => (
        <FolderLicense
          key={each.path}
          offered={each}
          isForAll={each.count === total}
          isGiven={(each.count === total ? Number(value.license) : given.get(each.folder)) === each.license.id}
          onGive={(isGiven) => {
            if (each.count === total) onChange({ ...value, license: isGiven ? String(each.license.id) : "" });
            else if (isGiven) onGiven(new Map(given).set(each.folder, each.license.id));
            else onGiven(new Map([...given].filter(([folder]) => folder !== each.folder)));
          }}
        />
      ))}
      <TextField {...field("theme", t`Theme`)} maxLength={100} placeholder={t`dragons`} />
      <TextField {...field("source", t`Source`)} maxLength={200} placeholder={t`e.g. camera, game jam`} />
      <TextField {...field("hashtags", t`Hashtags`)} maxLength={500} placeholder={t`sprite 16x16`} />
      {value.provenance === "unknown" && (
        <TextField {...field("attribution", t`Credit`)} maxLength={300} placeholder={t`name to credit`} />
      )}
    </fieldset>
  );
}

interface FolderProps {
  offered: Offered;
  /** Whether all files of the upload are in its folder. */
  isForAll: boolean;
  isGiven: boolean;
  onGive: (isGiven: boolean) => void;
}

/** A licence that lies in a folder is offered for the files in that folder. */
function FolderLicense({ offered: { path, folder, count, license }, isForAll, isGiven, onGive }: FolderProps) {
  const { identifier } = license;
  const words = isForAll
    ? isGiven
      ? t`${identifier} is given to all of them`
      : t`Give ${identifier} to all of them`
    : isGiven
      ? t`${identifier} is given to the ${plural(count, { one: "# file", other: "# files" })} in “${folder}”`
      : t`Give ${identifier} to the ${plural(count, { one: "# file", other: "# files" })} in “${folder}”`;
  return (
    <p className="spread folder-license">
      <span>
        <Trans>
          <bdi>“{path}”</bdi> is {license.title}.
        </Trans>
      </span>
      <Button aria-pressed={isGiven} onClick={() => onGive(!isGiven)}>
        {words}
      </Button>
    </p>
  );
}
