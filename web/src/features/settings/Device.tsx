import "./Device.css";

import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Check, CircleCheck, TerminalSquare, X } from "lucide-react";
import { useState } from "react";

import { config } from "../../data/config";
import { setParameters, useParameters } from "../../platform/address";
import { useNow } from "../../platform/clock";
import { formatAgo } from "../../platform/format";
import { Button } from "../../ui/Button";
import { TextField } from "../../ui/Field";
import { FormError } from "../../ui/FormError";
import { useFormWrite } from "../../ui/useWrite";
import { decide, refreshKeys, useDevice } from "./api";
import { DurationChoice } from "./DurationChoice";
import type { DeviceGrant } from "./schema";
import { deletes, shown, wordsOf } from "./scopes";
import { allowedDays, USUAL_DAYS } from "./words";

const CODE = ["user_code"] as const;

/** A program shows a code; here its owner sees what it asks for, and decides (RFC 8628). */
export function Device() {
  const { user_code: code } = useParameters("settings", CODE);
  const setCode = (wanted: string) => setParameters("settings", { user_code: wanted });
  const [typed, setTyped] = useState(code);
  const [decision, setDecision] = useState<"approved" | "denied" | null>(null);
  const { data: grant, error, isFetching } = useDevice(code);
  const look = (wanted: string) => {
    setDecision(null);
    setCode(wanted);
  };
  const done = (made: "approved" | "denied") => {
    setCode(""); // a reload asks for nothing again
    setTyped("");
    setDecision(made);
    refreshKeys();
  };
  return (
    <section className="settings-main alone" aria-labelledby="device-title">
      <h2 id="device-title">
        <Trans>Approve a program</Trans>
      </h2>
      <p className="settings-lead">
        <Trans>
          A program without a browser, such as a command line, shows you a code of eight letters. Enter it to see what
          it asks for.
        </Trans>
      </p>
      {decision && (
        <p className="decided" role="status">
          {decision === "approved" ? <CircleCheck aria-hidden className="good" /> : <X aria-hidden />}
          {decision === "approved"
            ? t`Approved. The program goes on by itself; you can close this page.`
            : t`Denied. The program gets nothing.`}
        </p>
      )}
      {grant ? (
        <Request key={grant.user_code} grant={grant} onDone={done} onBack={() => look("")} />
      ) : (
        <form
          className="device-code"
          onSubmit={(event) => {
            event.preventDefault();
            look(typed);
          }}
        >
          <TextField
            className="field"
            label={t`Code`}
            placeholder={t`WDJB-MJHT`}
            required
            minLength={8}
            maxLength={20}
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            value={typed}
            onChange={setTyped}
          />
          <Button type="submit" icon={TerminalSquare} look="primary" disabled={isFetching}>
            <Trans>Continue</Trans>
          </Button>
          {error && <FormError>{error.message}</FormError>}
        </form>
      )}
    </section>
  );
}

interface RequestProps {
  grant: DeviceGrant;
  onDone: (decision: "approved" | "denied") => void;
  onBack: () => void;
}

function Request({ grant, onDone, onBack }: RequestProps) {
  const [days, setDays] = useState<number | null>(USUAL_DAYS);
  const [isBusy, write, error] = useFormWrite();
  const now = useNow(10_000);
  const answer = (approve: boolean) => async () => {
    await decide(grant.user_code, { approve, expires_in_days: approve ? allowedDays(days, grant.scopes) : null });
    onDone(approve ? "approved" : "denied");
  };
  return (
    <div className="device-request">
      <h3>
        <Trans>
          “<bdi>{grant.name}</bdi>” asks to work for <bdi>@{config.viewer.handle}</bdi>
        </Trans>
      </h3>
      <p className="muted">
        <Trans>
          Asked {formatAgo(grant.created_at, now)} from {grant.address}. Its code is{" "}
          <code className="numbers">{grant.user_code}</code>. Approve it only if you have started it yourself, just now,
          and it shows this code.
        </Trans>
      </p>
      <ul className="device-scopes" aria-label={t`It may`}>
        {shown(grant.scopes).map((scope) => (
          <li key={scope} data-deletes={deletes(scope)}>
            <Check aria-hidden /> <span>{wordsOf(scope).text}</span>
          </li>
        ))}
      </ul>
      <DurationChoice days={days} scopes={grant.scopes} onChange={setDays} />
      {error && <FormError>{error}</FormError>}
      <div className="buttons">
        <Button icon={Check} look="primary" disabled={isBusy} onClick={() => write(answer(true))}>
          <Trans>Approve</Trans>
        </Button>
        <Button icon={X} disabled={isBusy} onClick={() => write(answer(false))}>
          <Trans>Deny</Trans>
        </Button>
        <Button look="quiet" onClick={onBack}>
          <Trans>Another code</Trans>
        </Button>
      </div>
    </div>
  );
}
