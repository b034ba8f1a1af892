import { TextArea } from "../ui/Field";
import { licenseWords, LICENSE_TYPES } from "./licences";
import type { LicenseType } from "./schema";

interface Props {
  value: LicenseType;
  onChange: (value: LicenseType) => void;
  /** What a licence in one's own words says. */
  words: string;
  onWords: (words: string) => void;
}

/** What whoever takes the pack may, must and must not: three plain lines each. */
export function LicenseChoices({ value, onChange, words, onWords }: Props) {
  return (
    <fieldset className="licences">
      <legend>What may people do with it?</legend>
      {LICENSE_TYPES.map((type) => {
        const { title, ...terms } = licenseWords[type];
        return (
          <label key={type} className="box" data-on={type === value}>
            <input type="radio" name="license-type" checked={type === value} onChange={() => onChange(type)} />
            <span className="licence-words">
              <strong>{title}</strong>
              {Object.entries(terms).map(([term, told]) => (
                <span key={term}>
                  <b>{term}</b> {told}
                </span>
              ))}
            </span>
          </label>
        );
      })}
      {value === "custom" && (
        <TextArea
          className="own-words"
          label="The licence, in full"
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
