import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";

import type { Scope } from "./schema";
import { allowedDays, DURATIONS, MAX_DELETE_DAYS } from "./words";

interface Props {
  days: number | null;
  /** Those that delete things for good bound it. */
  scopes: readonly Scope[];
  onChange: (days: number | null) => void;
}

/** For how long a key lasts. */
export function DurationChoice({ days, scopes, onChange }: Props) {
  const chosen = allowedDays(days, scopes);
  return (
    <fieldset className="durations">
      <legend className="muted">
        <Trans>Ends after</Trans>
      </legend>
      <div className="segmented" role="group" aria-label={t`Ends after`}>
        {DURATIONS.map((each) => (
          <button
            key={each.text}
            type="button"
            aria-pressed={each.days === chosen}
            disabled={allowedDays(each.days, scopes) !== each.days}
            onClick={() => onChange(each.days)}
          >
            {each.text}
          </button>
        ))}
      </div>
      {allowedDays(null, scopes) !== null && (
        <small className="muted">
          <Trans>A key that deletes for good ends after {MAX_DELETE_DAYS} days at most.</Trans>
        </small>
      )}
    </fieldset>
  );
}
