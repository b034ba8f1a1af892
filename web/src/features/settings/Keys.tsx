import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Copy, KeyRound, Trash2 } from "lucide-react";
import { useRef, useState } from "react";

import { lowered } from "../../platform/text";
import { useNow } from "../../platform/clock";
import { formatAgo } from "../../platform/format";
import { go } from "../../platform/address";
import { useStore } from "../../platform/store";
import { Button } from "../../ui/Button";
import { type Command, useCommands } from "../../commands/commands";
import { FormDialog } from "../../ui/Dialog";
import { Empty, LoadError } from "../../ui/Empty";
import { ListHead } from "../../ui/ListHead";
import { StatusText } from "../../commands/StatusBar";
import { copyText, toast } from "../../ui/toast";
import { useDialog } from "../../ui/useDialog";
import { useIfShown } from "../../ui/useIfShown";
import { useWrite } from "../../ui/useWrite";
import { changeKey, refreshKeys, revokeKey, useKeys } from "./api";
import { NewKeyForm } from "./NewKeyForm";
import type { AccessKey, MadeKey } from "./schema";
import { ScopeChips } from "./ScopeChips";
import { shown, wordsOf } from "./scopes";
import { newKey } from "./secrets";
import { allowedDays, endedWords, endWords, stateOf, USUAL_DAYS, useWords } from "./words";
import { useFocusedRows } from "../../commands/list/useFocusedRows";

export function Keys() {
  const { data: keys, error, refetch } = useKeys();
  const made = useStore(newKey);
  const ifShown = useIfShown();
  const nameField = useRef<HTMLInputElement>(null);
  // The form comes with the list: its name is focused then, where a new key was asked for before.
  const [isWanted, want] = useState(false);
  const now = useNow(10_000);
  const valid = keys?.filter((key) => stateOf(key, now) === "valid").length ?? 0;
  const [rows, moving] = useFocusedRows();
  const copy = () => copyText(made?.secret ?? "", t`Key copied.`);
  const add = () => (nameField.current ? nameField.current.focus() : want(true));
  useCommands([
    ...moving,
    { name: "add", label: t`New access key`, icon: KeyRound, group: "view", run: add },
    ...(made ? [{ name: "copySecret", run: copy } satisfies Command] : []),
  ]);
  return (
    <>
      <section className="settings-main" aria-labelledby="keys-title">
        <h2 id="keys-title">
          <Trans>Access keys</Trans>
        </h2>
        <p className="settings-lead">
          <Trans>
            A key lets a script or a tool work for you: an export from Aseprite, a bot, the build of a game. It can do
            only what is written beside it.
          </Trans>
        </p>
        {made && <Fresh made={made} onCopy={() => void copy()} onDone={() => newKey.set(null)} />}
        {error && <LoadError error={error} onRetry={() => void refetch()} />}
        {keys?.length === 0 && (
          <Empty icon={KeyRound} title={t`No keys yet.`} hint={t`Make one for each tool that needs it.`} />
        )}
        {keys && keys.length > 0 && (
          <div className="settings-table keys-table">
            <ListHead look="settings-head" names={[t`Name`, t`May`, t`Last used`, t`Ends`]} />
            <ul aria-label={t`Access keys`} ref={rows}>
              {keys.map((key) =>
                stateOf(key, now) === "valid" ? (
                  <KeyRow key={key.id} of={key} now={now} />
                ) : (
                  <EndedRow key={key.id} of={key} now={now} />
                ),
              )}
            </ul>
          </div>
        )}
        {keys && <StatusText>{plural(valid, { one: "# key", other: "# keys" })}</StatusText>}
      </section>
      {/* On a phone it is below the list, which would push it away. */}
      {(keys ?? error) && (
        <NewKeyForm
          nameField={nameField}
          isWanted={isWanted}
          onMade={(each) => {
            newKey.set(each);
            refreshKeys();
            ifShown(() => undefined, {
              text: t`“${each.key.name}” is made.`,
              action: { label: t`Show the key`, onClick: () => go("settings", { section: "keys" }) },
            });
          }}
        />
      )}
    </>
  );
}

interface FreshProps {
  made: MadeKey;
  onCopy: () => void;
  onDone: () => void;
}

/** The secret, shown this once. */
function Fresh({ made, onCopy, onDone }: FreshProps) {
  return (
    <div className="fresh" role="status">
      <p>
        <strong>
          <Trans>
            “<bdi>{made.key.name}</bdi>” is made. Copy it now: it is shown only this once.
          </Trans>
        </strong>
      </p>
      <div className="fresh-secret">
        <code aria-label={t`The key`}>{made.secret}</code>
        <Button icon={Copy} look="primary" aria-keyshortcuts="c" onClick={onCopy} ref={focusAndShow}>
          <Trans>Copy</Trans> <kbd aria-hidden>C</kbd>
        </Button>
        <Button look="quiet" onClick={onDone}>
          <Trans>I have it</Trans>
        </Button>
      </div>
    </div>
  );
}

/** On a narrow page the form is below. */
function focusAndShow(button: HTMLButtonElement | null) {
  button?.focus();
}

function NameCell({ of: key, now }: { of: AccessKey; now: number }) {
  return (
    <div className="cell-name">
      <strong className="cut" title={key.name}>
        <bdi>{key.name}</bdi>
      </strong>
      <span className="muted">
        <Trans>
          made {formatAgo(key.created_at, now)} · <code>{key.hint}…</code>
        </Trans>
      </span>
    </div>
  );
}

function KeyRow({ of: key, now }: { of: AccessKey; now: number }) {
  const [isBusy, write] = useWrite(refreshKeys);
  const [open, dialog] = useDialog((onClose) => <RevokeDialog of={key} now={now} onClose={onClose} />);
  const used = useWords(key, now);
  const ends = endWords(key, now);
  const prolong = async () => {
    await changeKey(key.id, { expires_in_days: allowedDays(USUAL_DAYS, key.scopes) });
    toast.success(t`“${key.name}” ends in ${String(allowedDays(USUAL_DAYS, key.scopes))} days.`);
  };
  return (
    <li tabIndex={-1} aria-label={key.name}>
      <NameCell of={key} now={now} />
      <div>
        <ScopeChips scopes={key.scopes} />
        {key.networks.length > 0 && (
          <span className="muted">
            <Trans>only from {key.networks.join(", ")}</Trans>
          </span>
        )}
      </div>
      <div>
        <span className="visually-hidden">
          <Trans>Last used:</Trans>{" "}
        </span>
        <span title={key.last_used_from ? t`from ${key.last_used_from}` : undefined}>{used.first}</span>
        <small className={used.isWarning ? "wait" : "muted"}>{used.second}</small>
      </div>
      <div>
        <span className="visually-hidden">
          <Trans>Ends:</Trans>{" "}
        </span>
        <span className={ends.isWarning ? "wait" : ""}>{ends.first}</span>
        {ends.isWarning ? (
          <button type="button" className="as-link" disabled={isBusy} onClick={() => write(prolong)}>
            {ends.second}
          </button>
        ) : (
          <small className="muted">{ends.second}</small>
        )}
      </div>
      <Button look="danger quiet" about={key.name} data-remove onClick={open}>
        <Trans>Revoke</Trans>
      </Button>
      {dialog}
    </li>
  );
}

function EndedRow({ of: key, now }: { of: AccessKey; now: number }) {
  const [first, second] = endedWords(key, now);
  return (
    <li className="ended" tabIndex={-1} aria-label={key.name}>
      <NameCell of={key} now={now} />
      <ScopeChips scopes={key.scopes} />
      <div>
        <span className="visually-hidden">
          <Trans>Last used:</Trans>{" "}
        </span>
        {useWords(key, now).first}
      </div>
      <div className="wide">
        <span>{first}</span>
        <small>{second}</small>
      </div>
    </li>
  );
}

function RevokeDialog({ of: key, now, onClose }: { of: AccessKey; now: number; onClose: () => void }) {
  const revoke = async () => {
    await revokeKey(key.id);
    refreshKeys();
    toast.info(t`“${key.name}” no longer works.`);
    onClose();
  };
  const does = shown(key.scopes).map((scope) => lowered(wordsOf(scope).short));
  return (
    <FormDialog
      title={t`Revoke “${key.name}”?`}
      icon={Trash2}
      isDangerous
      confirm={t`Revoke`}
      busy={t`Revoking…`}
      onSubmit={revoke}
      onClose={onClose}
    >
      <p>
        <Trans>
          Whatever uses it stops at once, uploads and downloads that are under way too. It may {does.join(", ")};{" "}
          {key.last_used_at === null
            ? t`it has not been used yet.`
            : t`it was last used ${formatAgo(key.last_used_at, now)}, from ${key.last_used_from ?? t`somewhere`}.`}
        </Trans>
      </p>
      <p className="muted">
        <Trans>This can’t be undone: a tool that still needs it gets a new key.</Trans>
      </p>
    </FormDialog>
  );
}
