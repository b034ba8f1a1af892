import { Check, Plus } from "lucide-react";
import { useLayoutEffect, useRef, useState } from "react";
import * as v from "valibot";

import { useStored } from "../../platform/stored";
import { useClickOutside } from "../../platform/useEventListener";

/** The usual words; one's own are kept for the next time. */
const USUAL = ["Flashing", "Jump scare", "Blood", "Spiders", "Nudity", "Loud sound"];
const MOST_OWN = 30;
const LONGEST = 40;
const MARGIN = 8;

interface ChoiceProps {
  chosen: readonly string[];
  onChange: (word: string, isOn: boolean) => void;
}

/** Words to warn of: pressed ones are chosen. */
export function WarningChoice({ chosen, onChange }: ChoiceProps) {
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
      <div className="desk-words" role="group" aria-label="Warnings">
        {words.map((word) => {
          const isOn = chosen.includes(word);
          return (
            <button
              key={word}
              type="button"
              className="desk-word"
              aria-pressed={isOn}
              onClick={() => onChange(word, !isOn)}
            >
              {isOn && <Check aria-hidden />} {word}
            </button>
          );
        })}
      </div>
      <label className="desk-own-word beside">
        <Plus className="muted" aria-hidden />
        <input
          type="text"
          aria-label="A word of your own"
          placeholder="A word of your own"
          maxLength={LONGEST}
          value={text}
          onChange={(event) => setText(event.target.value)}
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

interface Props extends ChoiceProps {
  /** Whose warnings: a draft's name, or how many. */
  title: string;
  /** The element that it stands beside. */
  beside: string;
  onClose: () => void;
}

/** A pop-up at the cell; Escape and a press elsewhere close it. */
export function WarningMenu({ title, beside, onClose, ...choice }: Props) {
  const box = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const menu = box.current;
    const at = document.getElementById(beside)?.getBoundingClientRect();
    if (!menu) return;
    const { width, height } = menu.getBoundingClientRect();
    menu.style.left = `${Math.max(MARGIN, Math.min(at?.left ?? 0, innerWidth - width - MARGIN))}px`;
    menu.style.top = `${Math.max(MARGIN, Math.min((at?.top ?? 0) + 44, innerHeight - height - MARGIN))}px`;
    menu.querySelector<HTMLElement>("button")?.focus();
  }, [beside]);
  useClickOutside(box, onClose);
  return (
    <section
      ref={box}
      className="menu desk-warnings"
      role="dialog"
      aria-label={`Warn of: ${title}`}
      data-own-keys
      onKeyDown={(event) => {
        const words = [...event.currentTarget.querySelectorAll<HTMLElement>(".desk-word")];
        const place = words.indexOf(document.activeElement as HTMLElement);
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        if (event.key === "Escape") onClose();
        else if (step && place >= 0) words.at((place + step) % words.length)?.focus();
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
      onBlur={({ currentTarget, relatedTarget }) => {
        if (relatedTarget && !currentTarget.contains(relatedTarget)) onClose();
      }}
    >
      <p className="over">
        Warn of · <bdi>{title}</bdi>
      </p>
      <WarningChoice {...choice} />
      <p className="muted">
        Your own word is kept for next time. The picture stays covered until someone wants to see it.
      </p>
    </section>
  );
}
