import { Fragment } from "react";

import { type KeyName, lineOf, type Part } from "../lib/keymap";
import { namesOf, offeredActs } from "../ui/acts";
import { Dialog } from "../ui/Dialog";

/** The keys of this page: of the one map, what is offered here. */
export default function KeysDialog({ onClose }: { onClose: () => void }) {
  const names = namesOf(offeredActs());
  const parts = [...new Set(names.map((name) => lineOf(name).part))];
  return (
    <Dialog title="Keyboard shortcuts" className="wide" onClose={onClose}>
      <div className="keys">
        {parts.map((part) => (
          <KeysOfPart key={part} part={part} names={names.filter((name) => lineOf(name).part === part)} />
        ))}
      </div>
      <p className="muted">Letter keys work without Shift. Shortcuts are off while you type.</p>
    </Dialog>
  );
}

function KeysOfPart({ part, names }: { part: Part; names: readonly KeyName[] }) {
  return (
    <section>
      <h3 className="over">{part}</h3>
      <dl>
        {names.map((name) => (
          <div key={name}>
            <dt>
              {lineOf(name).shown.map((key) => (
                <Fragment key={key}>{/^(–|then)$/.test(key) ? ` ${key} ` : <kbd>{key}</kbd>}</Fragment>
              ))}
            </dt>
            <dd>{lineOf(name).words}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
