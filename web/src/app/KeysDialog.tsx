import "./KeysDialog.css";

import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Fragment } from "react";

import { type ShortcutName, shortcutOf, type ShortcutGroup } from "../commands/keymap";
import { shortcutsOf, allCommands } from "../commands/commands";
import { Dialog } from "../ui/Dialog";

const partNames: Record<ShortcutGroup, string> = {
  Move: t`Move`,
  Select: t`Select`,
  Review: t`Review`,
  View: t`View`,
  Change: t`Change`,
  Sound: t`Sound`,
  Go: t`Go`,
};

/** The shortcuts registered on this page. */
export default function KeysDialog({ onClose }: { onClose: () => void }) {
  const names = shortcutsOf(allCommands());
  const parts = [...new Set(names.map((name) => shortcutOf(name).group))];
  return (
    <Dialog title={t`Keyboard shortcuts`} className="wide" onClose={onClose}>
      <div className="keys">
        {parts.map((part) => (
          <KeysOfPart key={part} part={part} names={names.filter((name) => shortcutOf(name).group === part)} />
        ))}
      </div>
      <p className="muted">
        <Trans>Letter keys work without Shift. Shortcuts are off while you type.</Trans>
      </p>
    </Dialog>
  );
}

function KeysOfPart({ part, names }: { part: ShortcutGroup; names: readonly ShortcutName[] }) {
  return (
    <div>
      <h3 className="over">{partNames[part]}</h3>
      <dl>
        {names.map((name) => (
          <div key={name}>
            <dt>
              {shortcutOf(name).keycaps.map((key) => (
                <Fragment key={key}>
                  {/^(–|then)$/.test(key) ? ` ${key === "then" ? t`then` : key} ` : <kbd>{key}</kbd>}
                </Fragment>
              ))}
            </dt>
            <dd>{shortcutOf(name).description}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
