import "./webhooks.css";

import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import {
  CircleAlert,
  CircleCheck,
  CircleMinus,
  Clock,
  Plus,
  RotateCw,
  Send,
  Webhook as WebhookIcon,
} from "lucide-react";
import { useState } from "react";

import { go } from "../../../platform/address";
import { useNow } from "../../../platform/clock";
import { formatAgo, formatDate } from "../../../platform/format";
import { useStore } from "../../../platform/store";
import { Button } from "../../../ui/Button";
import { useCommands } from "../../../commands/commands";
import { Empty, LoadError } from "../../../ui/Empty";
import { ListHead } from "../../../ui/ListHead";
import { StatusText } from "../../../commands/StatusBar";
import { toast } from "../../../ui/toast";
import { useDialog } from "../../../ui/useDialog";
import { useIfShown } from "../../../ui/useIfShown";
import { useWrite } from "../../../ui/useWrite";
import { useFocusedRows } from "../../../commands/list/useFocusedRows";
import { newSecret } from "../secrets";
import { refreshWebhooks, sendAgain, sendTest, useDeliveries, useWebhooks } from "./api";
import { Fresh } from "./Fresh";
import { Inspector } from "./Inspector";
import type { Delivery, NewSecret, Webhook } from "./schema";
import { answerWords, eventWords, MAX_ATTEMPTS, type State, stateOf, subjectWords } from "./words";
import { WebhookDialog } from "./WebhookDialog";

const icons = { good: CircleCheck, wait: Clock, bad: CircleAlert, off: CircleMinus };

/** What happens here, sent to servers of the user's: the webhooks, and what was sent to the one that is chosen. */
export function Webhooks() {
  const { data: webhooks, error, refetch } = useWebhooks();
  const [chosen, choose] = useState<number | null>(null);
  const made = useStore(newSecret);
  const ifShown = useIfShown();
  const now = useNow(5_000);
  const [rows, moving] = useFocusedRows();
  const onSecret = (each: NewSecret) => {
    newSecret.set(each);
    refreshWebhooks();
    ifShown(() => choose(each.webhook.id), {
      text: t`The secret of ${each.webhook.url} is made.`,
      action: { label: t`Show the secret`, onClick: () => go("settings", { section: "webhooks" }) },
    });
  };
  const [add, addDialog] = useDialog((onClose) => <WebhookDialog onMade={onSecret} onClose={onClose} />);
  useCommands([...moving, { name: "add", label: t`New webhook`, icon: WebhookIcon, group: "view", run: add }]);
  const current = webhooks?.find(({ id }) => id === chosen) ?? webhooks?.[0];
  // It stays in front, with what is being written in its dialogs, when another program makes a newer one.
  if (chosen === null && current) choose(current.id);
  return (
    <>
      <section className={current ? "settings-main" : "settings-main alone"} aria-labelledby="webhooks-title">
        <div className="settings-title">
          <h2 id="webhooks-title">
            <Trans>Webhooks</Trans>
          </h2>
          <Button icon={Plus} onClick={add}>
            <Trans>New webhook</Trans>
          </Button>
          {addDialog}
        </div>
        <p className="settings-lead">
          <Trans>When something happens here, we tell your server at once.</Trans>
        </p>
        {made && <Fresh made={made} onDone={() => newSecret.set(null)} />}
        {error && <LoadError error={error} onRetry={() => void refetch()} />}
        {webhooks?.length === 0 && (
          <Empty
            icon={WebhookIcon}
            title={t`No webhooks yet.`}
            hint={t`A bot, a website or a backup can hear of your posts.`}
          />
        )}
        {webhooks && webhooks.length > 0 && (
          <div className="settings-table webhooks-table">
            <ListHead look="settings-head" names={[t`Address`, t`Told of`, t`State`]} />
            <ul aria-label={t`Webhooks`} ref={rows}>
              {webhooks.map((webhook) => (
                <WebhookRow
                  key={webhook.id}
                  of={webhook}
                  now={now}
                  isChosen={webhook.id === current?.id}
                  onChoose={() => choose(webhook.id)}
                />
              ))}
            </ul>
          </div>
        )}
        {webhooks && <StatusText>{plural(webhooks.length, { one: "# webhook", other: "# webhooks" })}</StatusText>}
      </section>
      {current && <Deliveries key={current.id} of={current} now={now} onSecret={onSecret} />}
    </>
  );
}

interface RowProps {
  of: Webhook;
  now: number;
  isChosen: boolean;
  onChoose: () => void;
}

function WebhookRow({ of: webhook, now, isChosen, onChoose }: RowProps) {
  const shown = webhook.events.slice(0, 3);
  return (
    <li tabIndex={-1} aria-label={webhook.url} aria-current={isChosen ? "true" : undefined}>
      <div className="cell-name">
        <button type="button" className="plain cut" title={webhook.url} onClick={onChoose}>
          <strong>{webhook.url}</strong>
        </button>
        <span className="muted">
          <Trans>since {formatDate(webhook.created_at)}, signed</Trans>
        </span>
      </div>
      <ul className="chips" aria-label={t`Told of`}>
        {shown.map((event) => (
          <li key={event} className="chip">
            {eventWords(event)}
          </li>
        ))}
        {webhook.events.length > shown.length && (
          <li className="chip" title={webhook.events.slice(shown.length).map(eventWords).join(", ")}>
            <Trans>and {webhook.events.length - shown.length} more</Trans>
          </li>
        )}
      </ul>
      <StateCell {...stateOf(webhook, now)} />
    </li>
  );
}

function StateCell({ look, first, second }: State) {
  const Icon = icons[look];
  return (
    <div className="webhook-state" data-look={look}>
      <span className={look === "off" ? "muted" : look}>
        <Icon aria-hidden /> {first}
      </span>
      <small className="muted">{second}</small>
    </div>
  );
}

interface DeliveriesProps {
  of: Webhook;
  now: number;
  onSecret: (made: NewSecret) => void;
}

function Deliveries({ of: webhook, now, onSecret }: DeliveriesProps) {
  const { data: deliveries, error, refetch } = useDeliveries(webhook.id);
  const [chosen, choose] = useState<number | null>(null);
  const [isBusy, write] = useWrite(refreshWebhooks);
  const current = deliveries?.find(({ id }) => id === chosen) ?? deliveries?.[0];
  const head = deliveries?.findLast(({ status, is_manual: isManual }) => status === "due" && !isManual);
  const failed = deliveries?.filter((each) => each.status === "failed" || each === head) ?? [];
  const again = (some: readonly Delivery[]) =>
    write(async () => {
      for (const each of some) await sendAgain(webhook.id, each.id);
      toast.info(t`${plural(some.length, { one: "# delivery is", other: "# deliveries are" })} being sent.`);
    });
  const test = () =>
    write(async () => {
      await sendTest(webhook.id);
      toast.info(t`A test is being sent.`);
    });
  useCommands([
    {
      name: "retry",
      run: () => {
        if (current) again([current]);
      },
    },
  ]);
  return (
    <>
      <section className="settings-main webhook-deliveries" aria-labelledby="deliveries-title">
        <div className="settings-title">
          <h3 id="deliveries-title">
            <Trans>
              Last deliveries <small className="muted">to {hostOf(webhook.url)}</small>
            </Trans>
          </h3>
          <Button icon={Send} look="quiet" disabled={isBusy} onClick={() => test()}>
            <Trans>Send a test</Trans>
          </Button>
          {failed.length > 0 && (
            <Button icon={RotateCw} look="primary" disabled={isBusy} onClick={() => again(failed)}>
              <Trans>Send {failed.length} again</Trans>
            </Button>
          )}
        </div>
        {error && <LoadError error={error} onRetry={() => void refetch()} />}
        {deliveries?.length === 0 && (
          <p className="muted">
            <Trans>Nothing has happened yet that it is told of.</Trans>
          </p>
        )}
        <ul className="deliveries-table" aria-label={t`Deliveries`}>
          {deliveries?.map((each) => (
            <DeliveryRow
              key={each.id}
              of={each}
              now={now}
              isChosen={each === current}
              canResend={each.status !== "due" || each === head}
              isBusy={isBusy}
              onChoose={() => choose(each.id)}
              onAgain={() => again([each])}
            />
          ))}
        </ul>
      </section>
      <Inspector webhook={webhook} delivery={current} now={now} onSecret={onSecret} />
    </>
  );
}

interface DeliveryRowProps {
  of: Delivery;
  now: number;
  isChosen: boolean;
  canResend: boolean;
  isBusy: boolean;
  onChoose: () => void;
  onAgain: () => void;
}

function DeliveryRow({ of: delivery, now, isChosen, canResend, isBusy, onChoose, onAgain }: DeliveryRowProps) {
  const { status, attempt_count: attempts } = delivery;
  const look = status === "sent" ? "good" : attempts === 0 ? "off" : "bad";
  const Icon = icons[look];
  return (
    <li aria-current={isChosen ? "true" : undefined}>
      <Icon aria-hidden className={look} />
      <button type="button" className="plain" onClick={onChoose}>
        {eventWords(delivery.event)}
      </button>
      <span className="cut">{subjectWords(delivery)}</span>
      <span>
        <span className={look === "bad" ? "bad" : "muted"}>{answerWords(delivery)}</span>
        {status === "due" && attempts > 0 && (
          <small className="muted">
            <Trans>
              try {attempts} of {MAX_ATTEMPTS}
            </Trans>
          </small>
        )}
      </span>
      <span className="muted numbers">{delivery.answer_ms === null ? "" : `${String(delivery.answer_ms)} ms`}</span>
      <time className="muted numbers" dateTime={delivery.created_at}>
        {formatAgo(delivery.created_at, now)}
      </time>
      <Button look={look === "bad" ? "" : "quiet"} disabled={isBusy || !canResend} onClick={onAgain}>
        <Trans>Send again</Trans>
      </Button>
    </li>
  );
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
