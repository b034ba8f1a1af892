import { plural, t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { X } from "lucide-react";
import { useRef, useState } from "react";

import { BarDivider } from "../../ui/Bar";
import { Button, IconButton } from "../../ui/Button";
import { WORDS } from "./pattern";

interface Props {
  /** The column's name, and how many cells are filled. */
  label: string;
  count: number;
  onChange: (pattern: string) => void;
  onFill: (pattern: string) => void;
  onClose: () => void;
}

/** A pattern for the range; what it makes of each cell stands in the cells before Enter keeps it. */
export function PatternBar({ label, count, onChange, onFill, onClose }: Props) {
  const [text, setText] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const change = (next: string) => {
    setText(next);
    onChange(next);
  };
  const insert = (word: string) => {
    const field = input.current;
    const [from, to] = [field?.selectionStart ?? text.length, field?.selectionEnd ?? text.length];
    change(text.slice(0, from) + word + text.slice(to));
    field?.focus();
    requestAnimationFrame(() => field?.setSelectionRange(from + word.length, from + word.length));
  };
  return (
    <form
      className="selection-bar desk-pattern"
      aria-label={t`A pattern for ${plural(count, { one: "# cell", other: "# cells" })}`}
      onSubmit={(event) => {
        event.preventDefault();
        onFill(text);
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onClose();
      }}
    >
      <span className="selection-count">
        <strong>{label}</strong> <span className="muted">{plural(count, { one: "# cell", other: "# cells" })}</span>
      </span>
      <input
        ref={input}
        autoFocus
        type="text"
        aria-label={t`Pattern`}
        placeholder={t`Shop item ${"{n}"} of ${"{count}"}: ${"{name}"}`}
        value={text}
        onChange={(event) => change(event.target.value)}
      />
      <BarDivider />
      <span className="faint wide-only">
        <Trans>insert</Trans>
      </span>
      {WORDS.map((word) => (
        <Button key={word} look="wide-only numbers" tabIndex={-1} onClick={() => insert(word)}>
          {word}
        </Button>
      ))}
      <BarDivider />
      <Button type="submit" look="primary">
        <Trans>
          Fill <Plural value={count} one="# cell" other="# cells" />
        </Trans>{" "}
        <kbd aria-hidden>Enter</kbd>
      </Button>
      <IconButton icon={X} label={t`Leave the cells as they were`} title={t`Leave as it was (Esc)`} onClick={onClose} />
    </form>
  );
}
