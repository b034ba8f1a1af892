import { PackageCheck } from "lucide-react";
import { useState } from "react";

import { cancelTakeout, requestTakeout } from "../api/client";
import { refreshTakeouts, useTakeouts } from "../api/queries";
import { useNow } from "../lib/clock";
import { formatAgo, formatDuration } from "../lib/format";
import { useLive } from "../live/live";
import { Button } from "../ui/Button";
import { FormDialog } from "../ui/Dialog";
import { Ticks } from "../ui/Field";
import { toast } from "../ui/toast";
import { orTell } from "../ui/useAsking";
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
  const stop = (id: string) => void orTell(() => cancelTakeout(id)).then(refreshTakeouts);
  return (
    <div className="takeout">
      {running ? (
        <>
          <p>
            Everything is being packed
            {`: ${running.ready_parts} of ${running.part_count} parts`}{" "}
            <span className="muted">{formatAgo(running.created_at, now)}</span>
          </p>
          <Button onClick={() => stop(running.id)}>Cancel everything</Button>
        </>
      ) : (
        <Button icon={PackageCheck} disabled={isTooSoon} onClick={() => setAsking(true)}>
          Download everything
          {isTooSoon && ` (again in ${formatDuration((next - now) / 1000)})`}
        </Button>
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
  const ask = async () => {
    await requestTakeout(chosen);
    toast.success("Everything is being packed, part after part.");
    refreshTakeouts();
    onClose();
  };
  return (
    <FormDialog
      title="Download everything"
      icon={PackageCheck}
      confirm="Pack everything"
      onSubmit={ask}
      onClose={onClose}
    >
      <WhoseNote />
      <p>
        All posts, in as many downloads as it takes, built one after another. It does not use the day&rsquo;s allowance.
      </p>
      <Ticks names={options} chosen={chosen} onChange={setChosen} />
    </FormDialog>
  );
}
