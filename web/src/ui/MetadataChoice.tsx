import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import type { ReactNode } from "react";

import { SkippedList } from "./CardList";
import { Choice } from "./Field";

/** What happens to embedded metadata when files are published, packed or downloaded. */
export type MetadataPolicy = "keep" | "strip";

interface Disclosure {
  code: string;
  message: string;
  asset_ids: readonly number[];
}

interface Props {
  /** Null while loading. */
  disclosures: readonly Disclosure[] | null;
  /** File names by id. */
  names: ReadonlyMap<number, string>;
  value: MetadataPolicy;
  isDisabled?: boolean;
  onChange: (value: MetadataPolicy) => void;
  /** A link to a file, if available. */
  linkTo?: (id: number) => ReactNode;
}

const WORDS: readonly (readonly [MetadataPolicy, string, string])[] = [
  ["strip", t`Remove it`, t`Copies without metadata are used. Your own files stay unchanged.`],
  ["keep", t`Keep it`, t`Files are used unchanged. Anyone who gets them can read the metadata.`],
];

/** Embedded metadata such as locations and authors: lists the files that have it, and whether to strip or keep it. */
export function MetadataChoice({ disclosures, names, value, isDisabled, onChange, linkTo }: Props) {
  return (
    <>
      <div role="status">
        {disclosures?.map(({ code, message, asset_ids: ids }, index) => (
          <SkippedList
            key={`${code} ${index}`}
            summary={message}
            label={message}
            items={ids.map((id) => ({ id, name: names.get(id) ?? "", reason: null }))}
          >
            {ids[0] !== undefined && linkTo?.(ids[0])}
          </SkippedList>
        ))}
        {disclosures?.length === 0 && (
          <p className="muted">
            <Trans>No file contains locations, authors or prompts.</Trans>
          </p>
        )}
      </div>
      <fieldset className="choices" disabled={isDisabled}>
        <legend className="muted">
          <Trans>Embedded metadata: locations, authors, prompts, cameras</Trans>
        </legend>
        {WORDS.map(([each, title, words]) => (
          <Choice
            key={each}
            type="radio"
            name="marks"
            note={words}
            checked={value === each}
            onChange={() => onChange(each)}
          >
            {title}
          </Choice>
        ))}
      </fieldset>
    </>
  );
}
