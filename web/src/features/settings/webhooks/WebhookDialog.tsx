import { Webhook as WebhookIcon } from "lucide-react";
import { useState } from "react";

import { FormDialog } from "../../../ui/Dialog";
import { Choice, TextField } from "../../../ui/Field";
import { addWebhook, editWebhook, refreshWebhooks } from "./api";
import type { EventName, NewSecret, Webhook } from "./schema";
import { EVENTS } from "./words";

const USUAL: readonly EventName[] = ["post.made", "post.hidden_by_moderator", "pack.built"];

interface Props {
  of?: Webhook;
  onMade?: (made: NewSecret) => void;
  onClose: () => void;
}

/** A new webhook, or where another one leads and what it is told of. */
export function WebhookDialog({ of: webhook, onMade, onClose }: Props) {
  const [url, setUrl] = useState(webhook?.url ?? "");
  const [events, setEvents] = useState<readonly EventName[]>(webhook?.events ?? USUAL);
  const save = async () => {
    if (webhook) {
      await editWebhook(webhook.id, { url, events });
      refreshWebhooks();
    } else onMade?.(await addWebhook({ url, events }));
    onClose();
  };
  const toggle = (event: EventName, isOn: boolean) =>
    setEvents((before) => [...before.filter((each) => each !== event), ...(isOn ? [event] : [])]);
  return (
    <FormDialog
      title={webhook ? "Edit the webhook" : "New webhook"}
      icon={WebhookIcon}
      confirm={webhook ? "Save" : "Make the webhook"}
      busy="Saving…"
      isDisabled={events.length === 0}
      onSubmit={save}
      onClose={onClose}
    >
      <TextField
        className="field"
        label="Address of your server"
        type="url"
        placeholder="https://"
        required
        maxLength={2000}
        autoComplete="off"
        spellCheck={false}
        value={url}
        onChange={setUrl}
      />
      <div className="webhook-events" role="group" aria-label="Told of">
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
    </FormDialog>
  );
}
