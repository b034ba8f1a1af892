import { PackageCheck } from "lucide-react";
import { useState } from "react";

import { cancelTakeout, requestTakeout } from "../api/client";
import { ApiError } from "../api/error";
import { refreshTakeouts, useTakeouts } from "../api/queries";
import { useNow } from "../lib/clock";
import { formatAgo, formatDuration } from "../lib/format";
import { useLive } from "../live/live";
import { Dialog } from "../ui/Dialog";
import { DialogFooter } from "../ui/DialogFooter";
import { Refusal } from "../ui/Refusal";
import { toast } from "../ui/toast";
import { WhoseNote } from "../ui/WhoseNote";

/** Everything at once; nothing is shown where the service does not offer it. */
export function Takeouts() {
  const { data } = useTakeouts();
  const [isAsking, setAsking] = useState(false);
  useLive("takeout", (event) => {
    if (event.type === "update" || event.type === "connected") refreshTakeouts();
  });
  const now = useNow(60_000);
  if (!data) return null;
  const running = data.items.find((takeout) => takeout.status === "processing");
  const next = data.next_possible_at ? Date.parse(data.next_possible_at) : 0;
  const isTooSoon = next > now;
  const stop = async (id: string) => {
    try {
      await cancelTakeout(id);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toast.error(error.message);
    }
    refreshTakeouts();
  };
  return (
    <div className="takeout">
      {running ? (
        <>
          <p>
            Everything is being packed
            {`: ${running.ready_parts} of ${running.part_count} parts`}{" "}
            <span className="muted">{formatAgo(running.created_at, now)}</span>
          </p>
          <button type="button" className="button" onClick={() => void stop(running.id)}>
            Cancel everything
          </button>
        </>
      ) : (
        <button type="button" className="button" disabled={isTooSoon} onClick={() => setAsking(true)}>
          <PackageCheck aria-hidden /> Download everything
          {isTooSoon && ` (again in ${formatDuration((next - now) / 1000)})`}
        </button>
      )}
      {isAsking && <TakeoutDialog onClose={() => setAsking(false)} />}
    </div>
  );
}

const options = {
  include_comments: "Comments",
  include_reactions: "Reactions",
  send_email: "One e-mail when all parts are there",
} as const;

function TakeoutDialog({ onClose }: { onClose: () => void }) {
  const [chosen, setChosen] = useState({ include_comments: true, include_reactions: true, send_email: true });
  const [error, setError] = useState<string | null>(null);
  const ask = async () => {
    try {
      await requestTakeout(chosen);
      toast.success("Everything is being packed, part after part.");
      refreshTakeouts();
      onClose();
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      setError(failure.message);
    }
  };
  return (
    <Dialog title="Download everything" onClose={onClose}>
      <WhoseNote />
      <p>
        All posts, in as many downloads as it takes, built one after another. It does not use the day&rsquo;s allowance.
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void ask();
        }}
      >
        <fieldset className="choices">
          <legend>Also</legend>
          {(Object.keys(options) as (keyof typeof options)[]).map((name) => (
            <label key={name}>
              <input
                type="checkbox"
                checked={chosen[name]}
                onChange={(event) => setChosen({ ...chosen, [name]: event.target.checked })}
              />
              <span>{options[name]}</span>
            </label>
          ))}
        </fieldset>
        {error && <Refusal>{error}</Refusal>}
        <DialogFooter icon={PackageCheck} onClose={onClose}>
          Pack everything
        </DialogFooter>
      </form>
    </Dialog>
  );
}
