import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Copy, Power, Trash2 } from "lucide-react";

import { config } from "../../../data/config";
import { formatDate, formatTime } from "../../../platform/format";
import { Button } from "../../../ui/Button";
import { FormDialog } from "../../../ui/Dialog";
import { copyText, toast } from "../../../ui/toast";
import { useDialog } from "../../../ui/useDialog";
import { editOf } from "../../../ui/edits";
import { useWrite } from "../../../ui/useWrite";
import { changeSecret, editWebhook, refreshWebhooks, removeWebhook } from "./api";
import type { Delivery, NewSecret, Webhook } from "./schema";
import { bodyOf, eventWords, verdict } from "./words";
import { WebhookDialog } from "./WebhookDialog";

interface Props {
  webhook: Webhook;
  delivery: Delivery | undefined;
  now: number;
  onSecret: (made: NewSecret) => void;
}

/** What was sent and what came back, and what can be done with the webhook. */
export function Inspector({ webhook, delivery, now, onSecret }: Props) {
  const [isBusy, write] = useWrite(refreshWebhooks);
  const [edit, editDialog] = useDialog((onClose) => <WebhookDialog of={webhook} onClose={onClose} />);
  const [remove, removeDialog] = useDialog((onClose) => <RemoveDialog of={webhook} onClose={onClose} />);
  const renew = () => write(async () => onSecret(await changeSecret(webhook.id)));
  const turn = () => write(() => editWebhook(webhook.id, editOf(webhook, { is_enabled: !webhook.is_enabled })));
  return (
    <aside className="settings-pane" aria-label={t`Details`}>
      {delivery && <Shown of={delivery} webhook={webhook} now={now} />}
      <div>
        <span className="over">
          <Trans>Secret for the signature</Trans>
        </span>
        <div className="webhook-secret">
          <code>whsec_••••••••</code>
          <Button look="quiet" disabled={isBusy} onClick={renew}>
            <Trans>Change</Trans>
          </Button>
        </div>
        {webhook.previous_secret_expires_at !== null && (
          <small className="muted">
            <Trans>The one before signs as well until {formatDate(webhook.previous_secret_expires_at)}.</Trans>
          </small>
        )}
      </div>
      <div className="webhook-actions">
        <Button onClick={edit}>
          <Trans>Edit…</Trans>
        </Button>
        <Button icon={Power} look={webhook.is_enabled ? "danger quiet" : "primary"} disabled={isBusy} onClick={turn}>
          {webhook.is_enabled ? t`Switch off` : t`Switch on`}
        </Button>
        <Button icon={Trash2} look="danger quiet" onClick={remove}>
          <Trans>Remove…</Trans>
        </Button>
      </div>
      {editDialog}
      {removeDialog}
    </aside>
  );
}

function Shown({ of: delivery, webhook, now }: { of: Delivery; webhook: Webhook; now: number }) {
  const body = bodyOf(delivery, config.subject.sqid);
  const path = URL.canParse(webhook.url) ? new URL(webhook.url).pathname : webhook.url;
  const curl = `curl -X POST '${webhook.url}' -H 'Content-Type: application/json' -H 'webhook-id: ${delivery.message_id}' -d '${JSON.stringify(JSON.parse(body))}'`;
  return (
    <>
      <div className="settings-title">
        <h3>{eventWords(delivery.event)}</h3>
        <time className="muted numbers" dateTime={delivery.created_at}>
          {formatTime(Date.parse(delivery.created_at))}
        </time>
      </div>
      <p role="status">{verdict(delivery, now)}</p>
      <div>
        <span className="over">
          <Trans>What we send</Trans>
        </span>
        <pre tabIndex={0}>{`POST ${path}\nwebhook-id: ${delivery.message_id}\n\n${body}`}</pre>
      </div>
      {delivery.tried_at !== null && (
        <div>
          <span className="over">
            <Trans>What came back{delivery.answer_ms !== null && t`, after ${String(delivery.answer_ms)} ms`}</Trans>
          </span>
          <pre tabIndex={0}>
            {delivery.answer_code ?? delivery.error_message}
            {delivery.answer_body && `\n\n${delivery.answer_body}`}
          </pre>
        </div>
      )}
      <Button icon={Copy} onClick={() => void copyText(curl, t`Copied, without a signature.`)}>
        <Trans>Copy as curl</Trans>
      </Button>
    </>
  );
}

function RemoveDialog({ of: webhook, onClose }: { of: Webhook; onClose: () => void }) {
  const remove = async () => {
    await removeWebhook(webhook.id);
    refreshWebhooks();
    toast.info(t`The webhook is removed.`);
    onClose();
  };
  return (
    <FormDialog
      title={t`Remove this webhook?`}
      icon={Trash2}
      isDangerous
      confirm={t`Remove`}
      busy={t`Removing…`}
      onSubmit={remove}
      onClose={onClose}
    >
      <p>
        <Trans>
          Nothing more is sent to <bdi>{webhook.url}</bdi>, and its deliveries are forgotten. To pause it, switch it
          off.
        </Trans>
      </p>
    </FormDialog>
  );
}
