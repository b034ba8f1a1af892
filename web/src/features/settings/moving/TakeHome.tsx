import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Ban, Download, PackageCheck, RotateCcw } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import { apiUrl, requestTakeout } from "../../../data/client";
import { refreshDownloads, refreshTakeouts, useContents } from "../../../data/queries";
import type { Takeout, TakeoutContents } from "../../../data/schema";
import { useNow } from "../../../platform/clock";
import { dayOf, formatAgo, formatBytes, formatCount, formatDate, formatDuration } from "../../../platform/format";
import { joinParts, lowered, nameOf } from "../../../platform/text";
import { Button } from "../../../ui/Button";
import { LoadError } from "../../../ui/Empty";
import { Choice } from "../../../ui/Field";
import { FormError } from "../../../ui/FormError";
import { Progress } from "../../../ui/Progress";
import { Status } from "../../../ui/Status";
import { toast } from "../../../ui/toast";
import { useOnce } from "../../../ui/useOnce";
import { useFormWrite, useWrite } from "../../../ui/useWrite";
import { cancelTakeout, retryTakeout, useTakeoutList } from "./api";
import { Block } from "./Block";
import { accountWords, draftWords, NONE, packWords } from "./words";

const ABOUT = t`One file with your originals and everything you wrote, in folders and plain JSON. It can be brought back here.`;

export function TakeHome() {
  const { data, all: takeouts, error, retry } = useTakeoutList();
  const isRunning = takeouts?.some(({ status }) => status === "processing") ?? false;
  const now = useNow(isRunning ? 1000 : 10_000);
  return (
    <Block title={t`Take everything home`} about={ABOUT}>
      {error ? (
        <LoadError error={error} onRetry={retry} />
      ) : (
        <NewTakeout takeouts={takeouts} isRunning={isRunning} nextAt={data?.next_possible_at ?? null} now={now} />
      )}
      {takeouts && takeouts.length > 0 && (
        <ul className="data-rows" aria-label={t`Takeouts`}>
          {takeouts.slice(0, 5).map((takeout) => (
            <TakeoutRow key={takeout.id} of={takeout} now={now} />
          ))}
        </ul>
      )}
    </Block>
  );
}

type Part = Takeout["parts"][number];
const PART_NAMES: Record<Part, string> = {
  posts: t`Posts`,
  library: t`Library`,
  packs: t`Packs`,
  drafts: t`Drafts and series`,
  account: t`Account`,
};
const PARTS = Object.keys(PART_NAMES) as Part[];

/** What may be in it, and how much that is; null: not known. Until that is read, lines that keep its place. */
function partsOf(data: TakeoutContents | undefined): [Part, string, number | null][] {
  return data ? readParts(data) : PARTS.map((part) => [part, "…", null]);
}

function readParts(data: TakeoutContents): [Part, string, number | null][] {
  return [
    [
      "posts",
      data.post_count === 0
        ? NONE
        : t`${plural(data.post_count, { one: "# post", other: "# posts" })} with texts, comments, reactions; hidden ones too`,
      data.post_bytes,
    ],
    [
      "library",
      data.file_count === 0
        ? NONE
        : plural(data.file_count, {
            one: "# file in its folder, with stars, labels, notes",
            other: "# files in their folders, with stars, labels, notes",
          }),
      data.file_bytes,
    ],
    ["packs", packWords(data), data.edition_bytes],
    ["drafts", draftWords(data), null],
    ["account", accountWords(data), null],
  ];
}

interface ContentsProps {
  of: TakeoutContents | undefined;
  chosen: readonly Part[];
  onChoose: (parts: readonly Part[]) => void;
}

function Contents({ of: contents, chosen, onChoose }: ContentsProps) {
  return (
    <fieldset className="data-totals">
      <legend className="visually-hidden">
        <Trans>What is in it</Trans>
      </legend>
      {partsOf(contents).map(([part, what, bytes]) => (
        <label key={part}>
          <input
            type="checkbox"
            checked={chosen.includes(part)}
            onChange={({ target }) =>
              onChoose(PARTS.filter((each) => (each === part ? target.checked : chosen.includes(each))))
            }
          />
          <strong>{PART_NAMES[part]}</strong>
          <span className="muted">{what}</span>
          <span className="numbers muted">{bytes !== null && bytes > 0 && formatBytes(bytes)}</span>
        </label>
      ))}
    </fieldset>
  );
}

const isAll = (parts: readonly Part[]) => parts.length === PARTS.length;
const partWords = (parts: readonly Part[]) =>
  joinParts(
    PARTS.filter((part) => parts.includes(part)).map((part) => PART_NAMES[part]),
    ", ",
  );

interface NewProps {
  /** Null: not read yet. */
  takeouts: readonly Takeout[] | null;
  isRunning: boolean;
  nextAt: string | null;
  now: number;
}

type Since = "all" | "last" | "day";

function NewTakeout({ takeouts, isRunning, nextAt, now }: NewProps) {
  const contents = useContents().data;
  const [parts, setParts] = useState<readonly Part[]>(PARTS);
  // What an earlier one has not would be in neither of them.
  const last = takeouts?.find((each) => each.status === "ready" && parts.every((part) => each.parts.includes(part)));
  const [wanted, setSince] = useState<Since>("all");
  const since = wanted === "last" && !last ? "all" : wanted;
  const [day, setDay] = useState("");
  const [mails, setMails] = useState(true);
  const [isBusy, write, error] = useFormWrite(refreshTakeouts);
  const once = useOnce();
  const bytes = partsOf(contents).reduce((sum, [part, , size]) => sum + (parts.includes(part) ? (size ?? 0) : 0), 0);
  const left = nextAt === null ? 0 : (Date.parse(nextAt) - now) / 1000;
  const isTooSoon = isRunning || left > 0;
  // Its button stays disabled once one was asked for: the focus goes to why.
  const why = useRef<HTMLSpanElement>(null);
  const wasAsked = useRef(false);
  useEffect(() => {
    if (!isTooSoon || !wasAsked.current) return;
    wasAsked.current = false;
    if (document.activeElement?.matches("body, :disabled")) why.current?.focus({ preventScroll: true });
  }, [isTooSoon]);
  const ask = async () => {
    wasAsked.current = true; // not after the answer: the event stream may be faster
    const from = since === "last" ? last?.id : since === "day" ? day : undefined;
    const name = isAll(parts) ? null : partWords(parts);
    const body = { name, parts, send_email: mails, ...(from && { since: from }) };
    try {
      await once(body, (key) => requestTakeout(body, key));
    } catch (refusal) {
      wasAsked.current = false;
      throw refusal;
    }
    toast.success(isAll(parts) ? t`Everything is being packed.` : t`What you chose is being packed.`);
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
      <Contents of={contents} chosen={parts} onChoose={setParts} />
      <fieldset>
        <legend className="over">
          <Trans>Which files</Trans>
        </legend>
        <Choice type="radio" name="since" checked={since === "all"} onChange={() => setSince("all")}>
          <Trans>All</Trans>
        </Choice>
        <Choice
          type="radio"
          name="since"
          note={
            takeouts === null
              ? "…"
              : last
                ? t`Unpack it over that one.`
                : isAll(parts)
                  ? t`There is none yet.`
                  : t`There is none yet with all of this.`
          }
          checked={since === "last"}
          disabled={!last}
          onChange={() => setSince("last")}
        >
          <Trans>Only newer ones than the last takeout{last && t`, of ${formatDate(last.created_at)}`}</Trans>
        </Choice>
        <div className="beside">
          <Choice type="radio" name="since" checked={since === "day"} onChange={() => setSince("day")}>
            <Trans>Only since</Trans>
          </Choice>
          <input
            type="date"
            aria-label={t`The first day`}
            value={day}
            max={dayOf(new Date(now))}
            required={since === "day"}
            onChange={(event) => {
              setDay(event.target.value);
              setSince("day");
            }}
          />
        </div>
      </fieldset>
      <Choice type="checkbox" checked={mails} onChange={setMails}>
        <Trans>E-mail me when it is ready</Trans>
      </Choice>
      {error && <FormError>{error}</FormError>}
      <div className="buttons">
        <Button
          type="submit"
          icon={PackageCheck}
          look="primary"
          disabled={isBusy || takeouts === null || isTooSoon || parts.length === 0}
        >
          <Trans>Make one file</Trans>
          {bytes > 0 && (
            <span className="numbers">{since === "all" ? formatBytes(bytes) : t`at most ${formatBytes(bytes)}`}</span>
          )}
        </Button>
        <span className="muted" ref={why} tabIndex={-1}>
          {isRunning
            ? t`One is being made.`
            : left > 0
              ? t`One a day: the next one in ${formatDuration(left)}.`
              : t`You can close this page; it waits here and in Downloads.`}
        </span>
      </div>
    </form>
  );
}

const names = {
  processing: t`Being made`,
  ready: t`Ready`,
  failed: t`Failed`,
  cancelled: t`Stopped`,
  expired: t`Expired`,
};

function TakeoutRow({ of: takeout, now }: { of: Takeout; now: number }) {
  const [isBusy, write] = useWrite(refreshTakeouts);
  const { status: stored, download_url: url, expires_at: end, parts } = takeout;
  const isGone = stored === "ready" && (url === null || (end !== null && Date.parse(end) <= now));
  const status = isGone ? "expired" : stored;
  const name = t`${takeout.name ?? t`Everything`} of ${formatDate(takeout.created_at)}`;
  const total = takeout.post_count + takeout.file_count;
  const canRetry = takeout.download_id !== null && (status === "failed" || status === "expired");
  return (
    <li data-status={status}>
      <div className="grow">
        <p>
          <strong>
            <bdi>{takeout.name ?? t`Everything`}</bdi>
          </strong>
          <Status of={status}>{nameOf(names, status)}</Status>
          <time className="muted" dateTime={takeout.created_at}>
            {formatAgo(takeout.created_at, now)}
          </time>
        </p>
        <p className="muted">
          {joinParts([
            parts.includes("posts") && plural(takeout.post_count, { one: "# post", other: "# posts" }),
            parts.includes("library") && plural(takeout.file_count, { one: "# file", other: "# files" }),
            parts.includes("packs") && plural(takeout.pack_count, { one: "# pack", other: "# packs" }),
            !isAll(parts) && parts.includes("drafts") && lowered(PART_NAMES.drafts),
            !isAll(parts) && parts.includes("account") && lowered(PART_NAMES.account),
            takeout.since !== null && t`files since ${formatDate(takeout.since)}`,
            status === "ready" && takeout.file_size_bytes !== null && formatBytes(takeout.file_size_bytes),
            status === "ready" && end !== null && t`here for ${formatDuration((Date.parse(end) - now) / 1000)}`,
            takeout.missing_count > 0 && t`${formatCount(takeout.missing_count)} missing, named in it`,
          ])}
        </p>
        {status === "processing" && (
          <Progress label={t`Progress of ${name}`} value={takeout.processed_count} max={Math.max(1, total)} />
        )}
        {takeout.error_message !== null && status === "failed" && <p className="bad">{takeout.error_message}</p>}
      </div>
      {status === "ready" && url !== null && (
        <a className="button" href={apiUrl(url)} download>
          <Download aria-hidden />{" "}
          <Trans>
            Download<span className="visually-hidden"> {name}</span>
          </Trans>
        </a>
      )}
      {status === "processing" && (
        <Button icon={Ban} about={name} disabled={isBusy} onClick={() => write(() => cancelTakeout(takeout.id))}>
          <Trans>Cancel</Trans>
        </Button>
      )}
      {canRetry && (
        <Button icon={RotateCcw} about={name} disabled={isBusy} onClick={() => write(() => retryTakeout(takeout.id))}>
          {status === "failed" ? t`Retry` : t`Make it again`}
        </Button>
      )}
    </li>
  );
}
