import { t } from "@lingui/core/macro";

import type { PostDetails } from "../../data/client";
import type { Post } from "../../data/schema";
import { commonValue } from "../../platform/lists";
import { SelectField, TextArea } from "../../ui/Field";
import { isOptedOut, OptOutField, optOutOf } from "../../ui/OptOutField";
import { WarningField } from "../../ui/WarningChoice";
import { disclosures, LIMITS } from "./texts";

type Disclosure = NonNullable<Post["ai_disclosure"]> | "unsaid";

interface Props {
  posts: readonly Post[];
  /** What has been chosen so far. */
  details: Partial<PostDetails>;
  onChange: (details: Partial<PostDetails>) => void;
  isDisabled: boolean;
}

/** The alt text of one post; warnings and what is said about AI of one or many. */
export function DetailFields({ posts, details, onChange, isDisabled }: Props) {
  const after = posts.map((post) => ({ ...post, ...details }));
  const only = after.length === 1 ? after[0] : undefined;
  const set = (part: Partial<PostDetails>) => onChange({ ...details, ...part });
  const haveSame = commonValue(after, ({ content_warnings: words }) => words.join("\n")) !== null;
  const warnings = haveSame ? (after[0]?.content_warnings ?? []) : [];
  const disclosure = commonValue(after, ({ ai_disclosure: value }): Disclosure => value ?? "unsaid") ?? "";
  const optOut = commonValue(after, ({ ai_opt_out: value }) => optOutOf(value)) ?? "";
  const asItIs = <option value="">{t`Unchanged`}</option>;
  return (
    <fieldset className="detail-fields" disabled={isDisabled}>
      {only && (
        <TextArea
          className="field"
          label={t`Alt text`}
          rows={2}
          dir="auto"
          maxLength={LIMITS.alt}
          value={only.alt_text ?? ""}
          onChange={(text) => set({ alt_text: text.trim() === "" ? null : text })}
        />
      )}
      <WarningField
        chosen={warnings}
        onChange={(word, isOn) =>
          set({ content_warnings: isOn ? [...warnings, word] : warnings.filter((each) => each !== word) })
        }
        help={!haveSame && t`They differ now: what you choose replaces them in all of these posts.`}
      />
      <SelectField
        className="field"
        label={t`Use of AI`}
        options={Object.entries(disclosures)}
        value={disclosure}
        onChange={(chosen) => set({ ai_disclosure: chosen === "unsaid" ? null : (chosen as Post["ai_disclosure"]) })}
      >
        {disclosure === "" && asItIs}
      </SelectField>
      <OptOutField value={optOut} onChange={(chosen) => set({ ai_opt_out: isOptedOut(chosen) })}>
        {optOut === "" && asItIs}
      </OptOutField>
    </fieldset>
  );
}
