import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { KeyRound } from "lucide-react";
import { type Ref, useState } from "react";

import { Button } from "../../ui/Button";
import { Choice, TextField } from "../../ui/Field";
import { FormError } from "../../ui/FormError";
import { useOnce } from "../../ui/useOnce";
import { useFormWrite } from "../../ui/useWrite";
import { makeKey } from "./api";
import { DurationChoice } from "./DurationChoice";
import type { MadeKey, Scope } from "./schema";
import { deletes, GROUPS, ofKind, toggled, wordsOf } from "./scopes";
import { allowedDays, USUAL_DAYS } from "./words";

const USUAL: readonly Scope[] = ["posts:read", "library:read"];

interface Props {
  nameField: Ref<HTMLInputElement>;
  /** Its name is focused at once. */
  isWanted: boolean;
  onMade: (made: MadeKey) => void;
}

export function NewKeyForm({ nameField, isWanted, onMade }: Props) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState(USUAL);
  const [days, setDays] = useState<number | null>(USUAL_DAYS);
  const [networks, setNetworks] = useState("");
  const [isBusy, write, error] = useFormWrite();
  const once = useOnce();
  const make = async () => {
    const body = {
      name,
      scopes,
      expires_in_days: allowedDays(days, scopes),
      networks: networks.split(/[\s,]+/).filter(Boolean),
    };
    const made = await once(body, (key) => makeKey(body, key));
    // What was written since is about the next one.
    setName((now) => (now === name ? "" : now));
    setScopes((now) => (now === scopes ? USUAL : now));
    setDays((now) => (now === days ? USUAL_DAYS : now));
    setNetworks((now) => (now === networks ? "" : now));
    onMade(made);
  };
  return (
    <form
      className="settings-pane"
      aria-labelledby="new-key"
      onSubmit={(event) => {
        event.preventDefault();
        write(make);
      }}
    >
      <h3 id="new-key">
        <Trans>New key</Trans>
      </h3>
      <TextField
        className="field"
        label={t`Name, so that you know it later`}
        placeholder={t`What uses it?`}
        ref={nameField}
        autoFocus={isWanted}
        required
        pattern=".*\S.*"
        maxLength={80}
        dir="auto"
        autoComplete="off"
        value={name}
        onChange={setName}
      />
      <div role="group" aria-label={t`It may`}>
        {GROUPS.map(([title, kind]) => (
          <fieldset key={kind} className="scopes">
            <legend className="over">{title}</legend>
            {ofKind(kind).map((scope) => (
              <Choice
                key={scope}
                type="checkbox"
                data-deletes={deletes(scope)}
                note={wordsOf(scope).note}
                checked={scopes.includes(scope)}
                onChange={(isOn) => setScopes(toggled(scopes, scope, isOn))}
              >
                {wordsOf(scope).text}
              </Choice>
            ))}
          </fieldset>
        ))}
      </div>
      <DurationChoice days={days} scopes={scopes} onChange={setDays} />
      <TextField
        className="field"
        label={t`Only from these addresses (may stay empty)`}
        placeholder="203.0.113.0/24"
        autoComplete="off"
        spellCheck={false}
        value={networks}
        onChange={setNetworks}
      />
      {error && <FormError>{error}</FormError>}
      <Button type="submit" icon={KeyRound} disabled={isBusy || scopes.length === 0}>
        {isBusy ? t`Making…` : t`Make the key`}
      </Button>
      <p className="muted">
        <Trans>
          No key can sign out browsers, or make, see or revoke other keys. Moderators’ and owners’ rights are not given
          to it.
        </Trans>
      </p>
    </form>
  );
}
