import { formatDecimal } from "../../platform/format";
import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";

import { newIdempotencyKey } from "@pmd/client";
import { useQuery } from "@tanstack/react-query";
import { AudioLines, Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import type { Asset } from "../../data/assets/schema";
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
    player.current.play(start, end).catch(() => toast.error(t`This browser cannot play the sound.`));
  };
  const isListing = isBusy || (listing !== null && (job === undefined || isOpen(job)));

  return (
    <fieldset className="loops wide">
      <legend className="muted">
        <Trans>Where it loops</Trans>
      </legend>
      <Button icon={Search} disabled={isListing} onClick={() => write(list)}>
        <Trans>Find loops</Trans>
      </Button>
      <p role="status" className={job?.status === "failed" ? "bad" : "muted"}>
        {isListing && t`Comparing all parts of the sound…`}
        {!isListing && job?.status === "failed" && job.error_message}
        {!isListing && job?.status === "completed" && t`The best first. Play a seam to hear it, then choose one.`}
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
              <Trans>
                {formatDecimal(loop.start, 3)}–{formatDecimal(loop.end, 3)} s
              </Trans>
            </Choice>
            <IconButton icon={AudioLines} label={t`Play the seam of loop ${at + 1}`} onClick={() => play(loop)} />
          </li>
        ))}
      </ol>
    </fieldset>
  );
}

/** What is known of a loop: its beats, and how alike its ends are. */
function loopWords({ beats, likeness }: Job["loops"][number]): string {
  const length = beats === null ? "" : t`${plural(beats, { one: "# beat", other: "# beats" })}, `;
  return length + (likeness === null ? t`the whole sound` : t`ends ${Math.round(Math.max(0, likeness) * 100)} % alike`);
}
