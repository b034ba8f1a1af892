import { t } from "@lingui/core/macro";
import { Webhook as WebhookIcon } from "lucide-react";

import { FormDialog } from "../../../ui/Dialog";
import { Choice, TextField } from "../../../ui/Field";
import { Theirs, useEdits } from "../../../ui/useEdits";
import { useOnce } from "../../../ui/useOnce";
import { addWebhook, editWebhook, refreshWebhooks } from "./api";
import type { EventName, NewSecret, Webhook } from "./schema";
import { EVENTS, eventWords } from "./words";

const USUAL: readonly EventName[] = ["post.made", "post.hidden_by_moderator", "pack.built"];

interface Props {
  of?: Webhook;
  onMade?: (made: NewSecret) => void;
  onClose: () => void;
}

/** A new webhook, or where another one leads and what it is told of. */
export function WebhookDialog({ of: webhook, onMade, onClose }: Props) {
  const edits = useEdits<Pick<Webhook, "url" | "events">>(
    webhook ? { url: webhook.url, events: webhook.events } : { url: "", events: [...USUAL] },
  );
  const { url, events } = edits.values;
  const once = useOnce();
  const save = async () => {
    if (webhook) {
      if (!(await edits.save((edit) => editWebhook(webhook.id, edit)))) return;
      refreshWebhooks();
    } else onMade?.(await once({ url, events }, (key) => addWebhook({ url, events }, key)));
    onClose();
  };
  const toggle = (event: EventName, isOn: boolean) =>
    edits.set({ events: [...events.filter((each) => each !== event), ...(isOn ? [event] : [])] });
  return (
    <FormDialog
      title={webhook ? t`Edit the webhook` : t`New webhook`}
      icon={WebhookIcon}
      confirm={webhook ? t`Save` : t`Make the webhook`}
      busy={t`Saving…`}
      isDisabled={events.length === 0}
      onSubmit={save}
      onClose={onClose}
    >
      <TextField
        className="field"
        label={t`Address of your server`}
        type="url"
        placeholder={t`https://`}
        required
        maxLength={2000}
        autoComplete="off"
        spellCheck={false}
        value={url}
        onChange={(typed) => edits.set({ url: typed })}
      />
      <div className="webhook-events" role="group" aria-label={t`Told of`}>
        {EVENTS.map(([kind, own]) => (
          <fieldset key={kind}>
            <legend className="over">{kind}</legend>
            {own.map(([event, text]) => (
              <Choice
                key={event}
                type="checkbox"
                checked={events.includes(event)}
                onChange={(isOn) => toggle(event, isOn)}
              >
                {text}
              </Choice>
            ))}
          </fieldset>
        ))}
      </div>
      <Theirs
        edits={edits}
        shown={{
          url: [t`Address of your server`, String],
          events: [t`Told of`, (theirs) => theirs.map(eventWords).join(", ")],
        }}
      />
    </FormDialog>
  );
}
