import { newIdempotencyKey } from "@pmd/client";
import { useQuery } from "@tanstack/react-query";
import { AudioLines, Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import type { Asset } from "../../data/assets/schema";
import { plural } from "../../platform/format";
import { Button, IconButton } from "../../ui/Button";
import { Choice } from "../../ui/Field";
import { toast } from "../../ui/toast";
import { useWrite } from "../../ui/useWrite";
import { getJob, JOBS, refreshJobs, startJobs } from "./api";
import type { Values } from "./form";
import type { Job } from "./schema";
import { type SeamPlayer, seamPlayer } from "./seam";

interface Props {
  asset: Pick<Asset, "id" | "name">;
  values: Values;
  onChange: (values: Values) => void;
}

const POLL_MS = 500;
const isOpen = (job: Job | undefined) => job?.status === "pending" || job?.status === "running";

/** Lists where a sound loops; each seam can be heard before one is chosen. */
export function LoopList({ asset, values, onChange }: Props) {
  const [listing, setListing] = useState<number | null>(null);
  const [isBusy, write] = useWrite(refreshJobs);
  const player = useRef<SeamPlayer | null>(null);
  const { data: job } = useQuery({
    queryKey: [...JOBS, "loops", listing],
    queryFn: ({ signal }) => getJob(listing ?? 0, signal),
    enabled: listing !== null,
    refetchInterval: ({ state }) => (state.data === undefined || isOpen(state.data) ? POLL_MS : false),
  });
  useEffect(
    () => () => {
      player.current?.close();
      player.current = null;
    },
    [asset.id],
  );

  const list = async () => {
    const { items } = await startJobs("loop", [asset.id], { list_only: true }, newIdempotencyKey());
    setListing(items[0]?.id ?? null);
  };
  const play = ({ start, end }: Job["loops"][number]) => {
    player.current ??= seamPlayer(asset.id);
    player.current.play(start, end).catch(() => toast.error("This browser cannot play the sound."));
  };
  const isListing = isBusy || (listing !== null && (job === undefined || isOpen(job)));

  return (
    <fieldset className="loops wide">
      <legend className="muted">Where it loops</legend>
      <Button icon={Search} disabled={isListing} onClick={() => write(list)}>
        Find loops
      </Button>
      <p role="status" className={job?.status === "failed" ? "bad" : "muted"}>
        {isListing && "Comparing all parts of the sound…"}
        {!isListing && job?.status === "failed" && job.error_message}
        {!isListing && job?.status === "completed" && "The best first. Play a seam to hear it, then choose one."}
      </p>
      <ol>
        {job?.loops.map((loop, at) => (
          <li key={at} className="spread">
            <Choice
              type="radio"
              name="loop"
              note={loopWords(loop)}
              checked={values["start"] === loop.start && values["end"] === loop.end}
              onChange={() => onChange({ ...values, start: loop.start, end: loop.end })}
            >
              {loop.start.toFixed(3)}–{loop.end.toFixed(3)} s
            </Choice>
            <IconButton icon={AudioLines} label={`Play the seam of loop ${at + 1}`} onClick={() => play(loop)} />
          </li>
        ))}
      </ol>
    </fieldset>
  );
}

/** What is known of a loop: its beats, and how alike its ends are. */
function loopWords({ beats, likeness }: Job["loops"][number]): string {
  const length = beats === null ? "" : `${plural(beats, "beat")}, `;
  return length + (likeness === null ? "the whole sound" : `ends ${Math.round(Math.max(0, likeness) * 100)} % alike`);
}
