import "./licences.css";

import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";

import { TextArea } from "../../ui/Field";
import { licenseWords } from "./licenses";
import { licenseKinds, type LicenseType } from "./schema";

interface Props {
  value: LicenseType;
  onChange: (value: LicenseType) => void;
  /** The text of a custom licence. */
  words: string;
  onWords: (words: string) => void;
}

const LICENSE_TYPES = Object.keys(licenseKinds) as LicenseType[];

/** Kinds of licence, each explained in three lines. */
export function LicenseChoices({ value, onChange, words, onWords }: Props) {
  return (
    <fieldset className="licences">
      <legend>
        <Trans>What may people do with it?</Trans>
      </legend>
      {[...new Set([...LICENSE_TYPES, value])].map((type) => {
        const { title, terms } = licenseWords(type);
        return (
          <label key={type} className="box" data-on={type === value}>
            <input type="radio" name="license-type" checked={type === value} onChange={() => onChange(type)} />
            <span className="licence-words">
              <strong>{title}</strong>
              {terms.map(([term, text]) => (
                <span key={term}>
                  <b>{term}</b> {text}
                </span>
              ))}
            </span>
          </label>
        );
      })}
      {value === "custom" && (
        <TextArea
          className="own-words"
          label={t`Full licence text`}
          required
          rows={8}
          maxLength={20_000}
          value={words}
          onChange={onWords}
        />
      )}
    </fieldset>
  );
}
