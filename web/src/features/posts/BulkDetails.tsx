import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";

import type { BulkRequest } from "../../data/changes/schema";
import { Choice, SelectField, TextArea } from "../../ui/Field";
import { isOptedOut, OptOutField, optOutOf } from "../../ui/OptOutField";
import { WarningField } from "../../ui/WarningChoice";
import { disclosures, LIMITS } from "./texts";

/** What is set; the rest stays as it is in each post. */
export type Details = Pick<BulkRequest, "alt_text" | "content_warnings" | "ai_disclosure" | "ai_opt_out">;

interface Props {
  details: Details;
  onChange: (details: Details) => void;
}

type Disclosure = keyof typeof disclosures;

/** What all posts of a filter get: warnings, what is said about AI, and an alt text where there is none. */
export function BulkDetails({ details, onChange }: Props) {
  const set = (part: Details) => onChange({ ...details, ...part });
  const without = (name: keyof Details) =>
    onChange(Object.fromEntries(Object.entries(details).filter(([each]) => each !== name)));
  const { content_warnings: warnings, ai_disclosure: disclosure, ai_opt_out: optsOut } = details;
  const asItIs = <option value="">{t`Unchanged`}</option>;
  return (
    <div className="detail-fields">
      <div className="choices">
        <Choice
          type="checkbox"
          checked={warnings !== undefined}
          onChange={(isOn) => (isOn ? set({ content_warnings: [] }) : without("content_warnings"))}
        >
          <Trans>Replace their warnings</Trans>
        </Choice>
      </div>
      {warnings && (
        <WarningField
          chosen={warnings}
          onChange={(word, isOn) =>
            set({ content_warnings: isOn ? [...warnings, word] : warnings.filter((each) => each !== word) })
          }
          help={warnings.length === 0 && t`Without one chosen, their warnings are removed.`}
        />
      )}
      <SelectField
        className="field"
        label={t`Use of AI`}
        options={Object.entries(disclosures)}
        value={disclosure === undefined ? "" : (disclosure ?? "unsaid")}
        onChange={(chosen) =>
          chosen === ""
            ? without("ai_disclosure")
            : set({ ai_disclosure: chosen === "unsaid" ? null : (chosen as Exclude<Disclosure, "unsaid">) })
        }
      >
        {asItIs}
      </SelectField>
      <OptOutField
        value={optsOut === undefined ? "" : optOutOf(optsOut)}
        onChange={(chosen) =>
          (chosen as string) === "" ? without("ai_opt_out") : set({ ai_opt_out: isOptedOut(chosen) })
        }
      >
        {asItIs}
      </OptOutField>
      <TextArea
        className="field"
        label={t`Alt text, where there is none`}
        rows={2}
        dir="auto"
        maxLength={LIMITS.alt}
        value={details.alt_text ?? ""}
        onChange={(text) => (text.trim() === "" ? without("alt_text") : set({ alt_text: text }))}
      />
    </div>
  );
}
