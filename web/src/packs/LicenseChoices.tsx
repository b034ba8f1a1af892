import { licenseWords, LICENSE_TYPES } from "./licences";
import type { LicenseType } from "./schema";

interface Props {
  value: LicenseType;
  onChange: (value: LicenseType) => void;
}

/** What whoever takes the pack may, must and must not: three plain lines each. */
export function LicenseChoices({ value, onChange }: Props) {
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
              {Object.entries(terms).map(([term, words]) => (
                <span key={term}>
                  <b>{term}</b> {words}
                </span>
              ))}
            </span>
          </label>
        );
      })}
    </fieldset>
  );
}
