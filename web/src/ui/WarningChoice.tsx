import "./WarningChoice.css";

import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Check, Plus } from "lucide-react";
import { useState } from "react";
import * as v from "valibot";

import { useStored } from "../platform/stored";

/** The usual words; one's own are kept for the next time. */
const USUAL = [t`Flashing`, t`Jump scare`, t`Blood`, t`Spiders`, t`Nudity`, t`Loud sound`];
const MOST_OWN = 30;
const LONGEST = 40;

export interface WarningChoiceProps {
  chosen: readonly string[];
  onChange: (word: string, isOn: boolean) => void;
}

/** Words to warn of: pressed ones are chosen. */
export function WarningChoice({ chosen, onChange }: WarningChoiceProps) {
  const [own, setOwn] = useStored("pmd.desk.warnings", v.array(v.string()), []);
  const [text, setText] = useState("");
  const words = [...new Set([...USUAL, ...own, ...chosen])];
  const add = () => {
    const word = text.trim();
    if (word === "") return;
    const known = words.find((each) => each.toLowerCase() === word.toLowerCase()) ?? word;
    if (!words.includes(known)) setOwn((before) => [...before, known].slice(-MOST_OWN));
    onChange(known, true);
    setText("");
  };
  return (
    <>
      <div className="warning-words" role="group" aria-label={t`Warnings`}>
        {words.map((word) => {
          const isOn = chosen.includes(word);
          return (
            <button
              key={word}
              type="button"
              className="warning-word"
              aria-pressed={isOn}
              onClick={() => onChange(word, !isOn)}
            >
              {isOn && <Check aria-hidden />} {word}
            </button>
          );
        })}
      </div>
      <label className="own-warning beside">
        <Plus className="muted" aria-hidden />
        <input
          type="text"
          aria-label={t`A word of your own`}
          placeholder={t`A word of your own`}
          maxLength={LONGEST}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onBlur={add}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault();
            add();
          }}
        />
        <kbd aria-hidden>Enter</kbd>
      </label>
    </>
  );
}

/** The same as a field. */
export function WarningField({ help, ...choice }: WarningChoiceProps & { help?: string | false }) {
  return (
    <div className="warning-field">
      <span aria-hidden>
        <Trans>Warnings</Trans>
      </span>
      <div>
        <WarningChoice {...choice} />
      </div>
      {help && <small className="muted">{help}</small>}
    </div>
  );
}
