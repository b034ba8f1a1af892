import { StatusNote } from "../../commands/StatusBar";
import { useNow } from "../../platform/clock";
import { plural } from "../../platform/format";
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
            {plural(waiting, "cell")} not saved. {failure.message} <Again at={failure.retryAt} />
          </span>
        ) : isBusy || waiting > 0 ? (
          "Saving…"
        ) : (
          savedAt !== null && (
            <>
              Saved <time>{formatClock(savedAt)}</time>
            </>
          )
        )}
        {faults > 0 && <span className="bad"> · {plural(faults, "cell")} cannot be saved</span>}
        {conflicts > 0 && <span className="bad"> · {plural(conflicts, "cell")} changed elsewhere too</span>}
      </span>
    </StatusNote>
  );
}

function Again({ at }: { at: number }) {
  const seconds = Math.ceil((at - useNow(1000)) / 1000);
  return (
    <>
      {seconds > 0 && `Trying again in ${seconds} s. `}
      <button type="button" className="link" onClick={() => desk.retry()}>
        Try now
      </button>
    </>
  );
}
