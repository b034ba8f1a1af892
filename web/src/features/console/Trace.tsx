import "./Trace.css";

import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Ban, Link, RotateCcw } from "lucide-react";

import { joinParts } from "../../platform/text";
import { Button } from "../../ui/Button";
import { copyText } from "../../ui/toast";
import { useStory } from "./api";
import type { Story, WorkRef } from "./schema";
import { asText, layOut } from "./timeline";
import { blameOf, formatClock, formatTook, kindOf, saidOf } from "./words";

interface Props {
  shown: WorkRef | null;
  onRetry: (ref: WorkRef) => void;
  onCancel: (ref: WorkRef) => void;
}

/** The history of the row at the cursor: whose fault it was, one line per event, and who did what. */
export function Trace({ shown, onRetry, onCancel }: Props) {
  const { data: story, error } = useStory(shown);
  if (shown === null) return <aside className="ops-trace" aria-label={t`What happened`} />;
  return (
    <aside className="ops-trace" aria-label={t`What happened`} aria-busy={!story && !error}>
      {error && !story && <p role="alert">{error.message}</p>}
      {story && <Told story={story} onRetry={onRetry} onCancel={onCancel} />}
    </aside>
  );
}

function Told({ story, onRetry, onCancel }: { story: Story } & Omit<Props, "shown">) {
  const { item, events } = story;
  const title = `${kindOf(item.kind)} · ${item.title}`;
  const took = (Date.parse(item.at) - Date.parse(item.created_at)) / 1000;

  return (
    <>
      <header className="beside">
        <span className="ops-state" data-status={item.state} role="img" aria-label={item.state} />
        <h3 className="cut grow" title={title}>
          {title}
        </h3>
        {story.can_retry && (
          <Button look="edged" icon={RotateCcw} onClick={() => onRetry(item)}>
            {item.next_step === "retry" ? t`Retry` : t`Retry anyway`} <kbd aria-hidden>R</kbd>
          </Button>
        )}
      </header>
      {item.state === "failed" && (
        <div className="ops-cause">
          <b>{blameOf(item)}</b>
          <span>{item.error_message}</span>
          <code>{joinParts([item.code, `${item.kind} ${item.id.slice(0, 8)}`, t`attempt ${item.attempt}`])}</code>
        </div>
      )}
      <dl className="ops-facts">
        <dt className="faint">
          <Trans>User</Trans>
        </dt>
        <dd>{item.handle ?? t`gone`}</dd>
        <dt className="faint">
          <Trans>Request</Trans>
        </dt>
        <dd className="numbers cut">{item.request_id ?? "–"}</dd>
        <dt className="faint">
          <Trans>Came</Trans>
        </dt>
        <dd className="numbers">{formatClock(item.created_at)}</dd>
        <dt className="faint">
          <Trans>Took</Trans>
        </dt>
        <dd className="numbers">{took > 0 ? formatTook(took) : "–"}</dd>
      </dl>
      <div>
        <h4 className="over">
          <Trans>
            Timeline <small>· long waits are compressed</small>
          </Trans>
        </h4>
        <Lines story={story} />
      </div>
      <div>
        <h4 className="over">
          <Trans>Who did what</Trans>
        </h4>
        {story.acts.length === 0 && (
          <p className="muted">
            <Trans>Nobody has done anything yet.</Trans>
          </p>
        )}
        <ul className="ops-acts muted">
          {story.acts.map((act) => (
            <li key={act.id}>
              <time>{formatClock(act.created_at)}</time> {saidOf(act)}
            </li>
          ))}
        </ul>
      </div>
      <footer className="beside">
        <Button look="edged" icon={Link} onClick={() => void copyText(asText(title, events), t`Timeline copied.`)}>
          <Trans>Copy as text</Trans>
        </Button>
        <span className="grow" />
        {story.can_cancel && (
          <Button look="danger quiet" icon={Ban} onClick={() => onCancel(item)}>
            <Trans>Cancel</Trans>
          </Button>
        )}
      </footer>
    </>
  );
}

function Lines({ story: { events } }: { story: Story }) {
  const bars = layOut(events);
  return (
    <ol className="ops-lines">
      {events.map(({ at, place, what, seconds, is_fault: isFault }, index) => {
        const bar = bars[index];
        return (
          <li key={`${at} ${index}`} data-tone={isFault ? "error" : undefined} title={`${place}: ${what}`}>
            <span className="cut">{place.replace(/^(worker) .*/, "$1")}</span>
            <span className="cut">{what}</span>
            <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden>
              <line x1="0" x2="100" y1="5" y2="5" />
              {bar && <rect data-look={bar.look} x={bar.at} width={Math.max(bar.width, 1.5)} height="10" />}
            </svg>
            <span className="numbers">{seconds === null ? "–" : formatTook(seconds)}</span>
          </li>
        );
      })}
    </ol>
  );
}
