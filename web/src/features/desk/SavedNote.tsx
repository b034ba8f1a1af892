import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";

import { StatusNote } from "../../commands/StatusBar";
import { useNow } from "../../platform/clock";
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
            <Again at={failure.retryAt} />
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

function Again({ at }: { at: number | null }) {
  const seconds = Math.ceil(((at ?? 0) - useNow(1000)) / 1000);
  return (
    <>
      {seconds > 0 && t`Trying again in ${seconds} s. `}
      <button type="button" className="link" onClick={() => desk.retry()}>
        <Trans>Try now</Trans>
      </button>
    </>
  );
}
