import "./Palette.css";

import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { SquareTerminal, type LucideIcon } from "lucide-react";
import { useId, useLayoutEffect, useMemo, useState } from "react";

import { fileFinder } from "../features/library/finder";
import { useCloseOnBack } from "../platform/address";
import { keycapOf } from "../commands/keymap";
import { fold, lowered } from "../platform/text";
import { postFinder } from "../features/posts/finder";
import { type Command, allCommands, runCommand, labelOf } from "../commands/commands";
import { Modal } from "../ui/Dialog";
import { type Finder, typedAhead } from "../ui/palette";
import { useDebounced } from "../ui/useDelayed";
import { PLACES } from "./places";

interface Entry {
  id: string;
  words: string;
  note?: string | undefined;
  icon?: LucideIcon | undefined;
  picture?: string | undefined;
  keys?: string | undefined;
  why?: string | null | undefined;
  run: () => void;
}

interface Section {
  title: string;
  entries: readonly Entry[];
}

const entryOf = (command: Command): Entry => ({
  id: labelOf(command),
  words: labelOf(command),
  icon: command.icon,
  keys: command.name && keycapOf(command.name),
  why: command.disabledReason,
  run: () => runCommand(command),
});

/** Commands for the selection, then views and pages, then search results, then help. */
function sectionsOf(commands: readonly Command[], text: string, found: readonly Section[]): Section[] {
  const wanted = fold(text.trim());
  const fits = ({ words }: Entry) => fold(words).includes(wanted);
  const named = (title: string, entries: readonly Entry[]) => ({ title, entries: entries.filter(fits) });
  const placed = (place: Command["group"]) => commands.filter((command) => command.group === place).map(entryOf);
  const places = PLACES.map(({ key, words, open }) => ({
    id: `g ${key}`,
    words: t`Go to ${lowered(words)}`,
    keys: `g ${key}`,
    run: open,
  }));
  const help = commands.filter(({ name }) => name === "help" || name === "go").map(entryOf);
  const messages = { id: "messages", words: t`Notifications`, keys: "g m" };
  const go = commands.find(({ name }) => name === "go");
  return [
    named(t`Selection`, placed("selection")),
    named(t({ message: "Views", context: "of the page" }), [...placed("view"), ...places]),
    ...found,
    named(t`Help`, [
      ...help.filter(({ id }) => id !== (go && labelOf(go))),
      ...(go ? [{ ...messages, run: () => runCommand(go, "g m") }] : []),
    ]),
  ].filter(({ entries }) => entries.length > 0);
}

export default function Palette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState(typedAhead);
  // eslint-disable-next-line react-hooks/set-state-in-effect -- typed since then, and until the input has the focus
  useLayoutEffect(() => setText(typedAhead()), []);
  const [at, setAt] = useState(0);
  const { found, error } = useFound(text);
  // A snapshot from when it opened.
  const [commands] = useState(allCommands);
  const sections = useMemo(() => sectionsOf(commands, text, found), [commands, text, found]);
  const entries = sections.flatMap((section) => section.entries);
  const current = Math.min(at, entries.length - 1);
  const id = useId();
  useCloseOnBack(onClose);
  const choose = (entry: Entry | undefined) => {
    if (!entry || entry.why) return;
    onClose();
    entry.run();
  };
  return (
    <Modal
      className="palette"
      aria-label={t`Search or run a command`}
      onClose={onClose}
      onClick={(event) => event.target === event.currentTarget && onClose()}
    >
      <div className="palette-box">
        <label className="palette-ask beside">
          <SquareTerminal aria-hidden />
          <input
            data-first
            role="combobox"
            aria-expanded
            aria-controls={id}
            aria-activedescendant={entries[current] && `${id}-${current}`}
            aria-label={t`Search or run a command`}
            placeholder={t`Search or run a command…`}
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              setAt(0);
            }}
            onKeyDown={(event) => {
              if (event.nativeEvent.isComposing) return; // the keys are the input method's
              if (event.key === "Enter") choose(entries[current]);
              else if (event.key === "ArrowDown") setAt((current + 1) % Math.max(1, entries.length));
              else if (event.key === "ArrowUp") setAt((current - 1 + entries.length) % Math.max(1, entries.length));
              else return;
              event.preventDefault();
            }}
          />
          <kbd aria-hidden>Esc</kbd>
        </label>
        <div id={id} role="listbox" aria-label={t`Results`}>
          {sections.map(({ title, entries: own }) => (
            <div key={title} role="group" aria-label={title}>
              <p className="over" aria-hidden>
                {title}
              </p>
              {own.map((entry) => {
                const index = entries.indexOf(entry);
                return (
                  <Line
                    key={entry.id}
                    id={`${id}-${index}`}
                    entry={entry}
                    text={text}
                    isCurrent={index === current}
                    onChoose={() => choose(entry)}
                  />
                );
              })}
            </div>
          ))}
          {error ? (
            <p className="muted palette-none">{error.message}</p>
          ) : (
            entries.length === 0 && (
              <p className="muted palette-none">
                <Trans>No command, post or file matches “{text}”.</Trans>
              </p>
            )
          )}
        </div>
      </div>
    </Modal>
  );
}

interface LineProps {
  id: string;
  entry: Entry;
  text: string;
  isCurrent: boolean;
  onChoose: () => void;
}

function Line({ id, entry, text, isCurrent, onChoose }: LineProps) {
  const { icon: Icon, picture, words, note, keys, why } = entry;
  return (
    <div
      id={id}
      role="option"
      aria-selected={isCurrent}
      aria-disabled={Boolean(why)}
      className="palette-line"
      ref={(element) => {
        if (isCurrent) element?.scrollIntoView({ block: "nearest" });
      }}
      onClick={onChoose}
    >
      {picture && <img src={picture} alt="" className="small-preview" />}
      {Icon && <Icon aria-hidden />}
      <span className="cut grow">
        <Marked words={words} text={text} />
        {why && <span className="faint"> · {why}</span>}
      </span>
      {note && <span className="numbers faint">{note}</span>}
      {keys && <kbd aria-hidden>{keys}</kbd>}
    </div>
  );
}

/** The label with the match highlighted. */
function Marked({ words, text }: { words: string; text: string }) {
  const wanted = text.trim();
  const from = wanted ? fold(words).indexOf(fold(wanted)) : -1;
  if (from < 0) return <bdi>{words}</bdi>;
  const to = from + wanted.length;
  return (
    <bdi>
      {words.slice(0, from)}
      <mark>{words.slice(from, to)}</mark>
      {words.slice(to)}
    </bdi>
  );
}

/** Search providers, in display order. */
const finders: readonly Finder[] = [postFinder, fileFinder];
const ASK_MS = 150;
const none: readonly Section[] = [];

/** Search results, debounced. */
function useFound(text: string): { found: readonly Section[]; error: Error | null } {
  const wanted = text.trim();
  const stayed = useDebounced(wanted, ASK_MS);
  const { data, error } = useQuery({
    queryKey: ["found", stayed],
    queryFn: ({ signal }) => Promise.all(finders.map((finder) => sectionOf(finder, stayed, signal))),
    enabled: stayed.length >= 2,
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
  return wanted.length < 2 ? { found: none, error: null } : { found: data ?? none, error };
}

async function sectionOf({ title, find }: Finder, text: string, signal: AbortSignal): Promise<Section> {
  const items = await find(text, signal);
  return { title, entries: items.map(({ open, ...item }) => ({ ...item, run: open })) };
}
