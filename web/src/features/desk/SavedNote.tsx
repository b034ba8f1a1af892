import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";

import { StatusNote } from "../../commands/StatusBar";
import { Countdown } from "../../data/live/Countdown";
import { useStore } from "../../platform/store";
import { formatClock } from "./days";
import { unsavedIn } from "./sheet";
import { desk } from "./useDrafts";

/** What is saved, since when, and what is not and why. */
export function SavedNote() {
  const { isBusy, savedAt, failure } = useStore(desk.saving);
  const { waiting, faults, conflicts } = unsavedIn(useStore(desk.sheet));
  return (
    <StatusNote>
      <span role="status" className="desk-saved">
        {failure && waiting > 0 ? (
          <span className="bad">
            <Trans>
              <Plural value={waiting} one="# cell" other="# cells" /> not saved. {failure.message}
            </Trans>{" "}
            {failure.retryAt !== null && <Countdown what={t`Retrying`} at={failure.retryAt} />}{" "}
            <button type="button" className="link" onClick={() => desk.retry()}>
              <Trans>Try now</Trans>
            </button>
          </span>
        ) : isBusy || waiting > 0 ? (
          t`Saving…`
        ) : (
          savedAt !== null && (
            <Trans>
              Saved <time>{formatClock(savedAt)}</time>
            </Trans>
          )
        )}
        {faults > 0 && (
          <span className="bad">
            {" "}
            <Trans>
              · <Plural value={faults} one="# cell" other="# cells" /> cannot be saved
            </Trans>
          </span>
        )}
        {conflicts > 0 && (
          <span className="bad">
            {" "}
            <Trans>
              · <Plural value={conflicts} one="# cell" other="# cells" /> changed elsewhere too
            </Trans>
          </span>
        )}
      </span>
    </StatusNote>
  );
}
