import { Ban, Download, PackageCheck, RotateCcw } from "lucide-react";
import { useState } from "react";

import { apiUrl, requestTakeout } from "../../../data/client";
import { refreshDownloads, refreshTakeouts } from "../../../data/queries";
import type { Takeout, TakeoutContents } from "../../../data/schema";
import { useNow } from "../../../platform/clock";
import { formatAgo, formatBytes, formatCount, formatDate, formatDuration, plural } from "../../../platform/format";
import { joinParts } from "../../../platform/text";
import { Button } from "../../../ui/Button";
import { LoadError } from "../../../ui/Empty";
import { Choice } from "../../../ui/Field";
import { FormError } from "../../../ui/FormError";
import { Progress } from "../../../ui/Progress";
import { Status } from "../../../ui/Status";
import { toast } from "../../../ui/toast";
import { useWrite } from "../../../ui/useWrite";
import { cancelTakeout, retryTakeout, useContents, useTakeoutList } from "./api";
import { Block } from "./Block";

const ABOUT =
  "One file with your originals and everything you wrote, in folders and plain JSON. It can be brought back here.";

export function TakeHome() {
  const { data, all: takeouts, error, retry } = useTakeoutList();
  const isRunning = takeouts?.some(({ status }) => status === "processing") ?? false;
  const now = useNow(isRunning ? 1000 : 10_000);
  return (
    <Block title="Take everything home" about={ABOUT}>
      <Contents />
      {error && <LoadError error={error} onRetry={retry} />}
      {takeouts && (
        <NewTakeout takeouts={takeouts} isRunning={isRunning} nextAt={data?.next_possible_at ?? null} now={now} />
      )}
      {takeouts && takeouts.length > 0 && (
        <ul className="data-rows" aria-label="Takeouts">
          {takeouts.slice(0, 5).map((takeout) => (
            <TakeoutRow key={takeout.id} of={takeout} now={now} />
          ))}
        </ul>
      )}
    </Block>
  );
}

/** What is in it, and how much that is. */
function Contents() {
  const { data } = useContents();
  if (!data) return null;
  const rows = [
    ["Posts", `${plural(data.post_count, "post")} with texts, comments, reactions; hidden ones too`, data.post_bytes],
    ["Library", `${plural(data.file_count, "file")} in their folders, with stars, labels, notes`, data.file_bytes],
    ["Packs", `${plural(data.pack_count, "pack")} with ${plural(data.edition_count, "edition")}`, data.edition_bytes],
    ["Drafts and series", draftWords(data), null],
    ["Account", accountWords(data), null],
  ] as const;
  return (
    <dl className="data-totals">
      {rows.map(([name, what, bytes]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="muted">{what}</dd>
          <dd className="numbers muted">{bytes !== null && bytes > 0 && formatBytes(bytes)}</dd>
        </div>
      ))}
    </dl>
  );
}

const draftWords = ({ draft_count: drafts, scheduled_count: scheduled, series_count: series }: TakeoutContents) =>
  joinParts(
    [
      plural(drafts, "draft"),
      scheduled > 0 && `${formatCount(scheduled)} scheduled`,
      plural(series, "series", "series"),
    ],
    ", ",
  );

const accountWords = ({ key_count: keys, webhook_count: webhooks }: TakeoutContents) =>
  `settings; ${plural(keys, "key")} and ${plural(webhooks, "webhook")} without their secrets`;

interface NewProps {
  takeouts: readonly Takeout[];
  isRunning: boolean;
  nextAt: string | null;
  now: number;
}

type Since = "all" | "last" | "day";

function NewTakeout({ takeouts, isRunning, nextAt, now }: NewProps) {
  const last = takeouts.find(({ status }) => status === "ready");
  const [since, setSince] = useState<Since>("all");
  const [day, setDay] = useState("");
  const [mails, setMails] = useState(true);
  const [error, setError] = useState<string | null>(null);
  const [isBusy, write] = useWrite(refreshTakeouts, setError);
  const left = nextAt === null ? 0 : (Date.parse(nextAt) - now) / 1000;
  const ask = async () => {
    setError(null);
    const from = since === "last" ? last?.id : since === "day" ? day : undefined;
    await requestTakeout({ name: null, send_email: mails, ...(from && { since: from }) });
    toast.success("Everything is being packed.");
    refreshDownloads();
  };
  return (
    <form
      className="data-form"
      onSubmit={(event) => {
        event.preventDefault();
        write(ask);
      }}
    >
      <fieldset>
        <legend className="over">Which files</legend>
        <Choice type="radio" name="since" checked={since === "all"} onChange={() => setSince("all")}>
          All
        </Choice>
        <Choice
          type="radio"
          name="since"
          note={last ? "Unpack it over that one." : "There is none yet."}
          checked={since === "last"}
          disabled={!last}
          onChange={() => setSince("last")}
        >
          Only newer ones than the last takeout{last && `, of ${formatDate(last.created_at)}`}
        </Choice>
        <div className="beside">
          <Choice type="radio" name="since" checked={since === "day"} onChange={() => setSince("day")}>
            Only since
          </Choice>
          <input
            type="date"
            aria-label="The first day"
            value={day}
            max={formatDate(new Date(now))}
            required={since === "day"}
            onChange={(event) => {
              setDay(event.target.value);
              setSince("day");
            }}
          />
        </div>
      </fieldset>
      <Choice type="checkbox" checked={mails} onChange={setMails}>
        E-mail me when it is ready
      </Choice>
      {error && <FormError>{error}</FormError>}
      <div className="buttons">
        <Button type="submit" icon={PackageCheck} look="primary" disabled={isBusy || isRunning || left > 0}>
          Make one file
        </Button>
        <span className="muted">
          {isRunning
            ? "One is being made."
            : left > 0
              ? `One a day: the next one in ${formatDuration(left)}.`
              : "You can close this page; it waits here and in Downloads."}
        </span>
      </div>
    </form>
  );
}

const names = { processing: "Being made", ready: "Ready", failed: "Failed", cancelled: "Stopped", expired: "Expired" };

function TakeoutRow({ of: takeout, now }: { of: Takeout; now: number }) {
  const [isBusy, write] = useWrite(refreshTakeouts);
  const { status: stored, download_url: url, expires_at: end } = takeout;
  const isGone = stored === "ready" && (url === null || (end !== null && Date.parse(end) <= now));
  const status = isGone ? "expired" : stored;
  const name = `${takeout.name ?? "Everything"} of ${formatDate(takeout.created_at)}`;
  const total = takeout.post_count + takeout.file_count;
  const canRetry = takeout.download_id !== null && (status === "failed" || status === "expired");
  return (
    <li data-status={status}>
      <div className="grow">
        <p>
          <strong>
            <bdi>{takeout.name ?? "Everything"}</bdi>
          </strong>
          <Status of={status}>{names[status]}</Status>
          <time className="muted" dateTime={takeout.created_at}>
            {formatAgo(takeout.created_at, now)}
          </time>
        </p>
        <p className="muted">
          {joinParts([
            plural(takeout.post_count, "post"),
            plural(takeout.file_count, "file"),
            plural(takeout.pack_count, "pack"),
            takeout.since !== null && `files since ${formatDate(takeout.since)}`,
            status === "ready" && takeout.file_size_bytes !== null && formatBytes(takeout.file_size_bytes),
            status === "ready" && end !== null && `here for ${formatDuration((Date.parse(end) - now) / 1000)}`,
            takeout.missing_count > 0 && `${formatCount(takeout.missing_count)} missing, named in it`,
          ])}
        </p>
        {status === "processing" && (
          <Progress label={`Progress of ${name}`} value={takeout.processed_count} max={Math.max(1, total)} />
        )}
        {takeout.error_message !== null && status === "failed" && <p className="bad">{takeout.error_message}</p>}
      </div>
      {status === "ready" && url !== null && (
        <a className="button" href={apiUrl(url)} download>
          <Download aria-hidden /> Download<span className="visually-hidden"> {name}</span>
        </a>
      )}
      {status === "processing" && (
        <Button icon={Ban} about={name} disabled={isBusy} onClick={() => write(() => cancelTakeout(takeout.id))}>
          Cancel
        </Button>
      )}
      {canRetry && (
        <Button icon={RotateCcw} about={name} disabled={isBusy} onClick={() => write(() => retryTakeout(takeout.id))}>
          {status === "failed" ? "Retry" : "Make it again"}
        </Button>
      )}
    </li>
  );
}
