import "./phone.css";

import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { CalendarDays, ChevronLeft, ChevronRight, Pencil, TriangleAlert } from "lucide-react";
import { type ChangeEvent, useState } from "react";

import { ArtOnMat } from "../../data/assets/AssetPicture";
import type { Rule } from "../../data/publishing/schema";
import { useCloseOnBack } from "../../platform/address";
import { Button, IconButton } from "../../ui/Button";
import { Modal } from "../../ui/Dialog";
import { WarningChoice } from "../../ui/WarningChoice";
import { type Field, LABELS, LONGEST, type Names, textOf } from "./cells";
import { dayWords, localIn } from "./days";
import { nameOfDraft } from "./DeskRow";
import { LicenceOptions } from "./LicenceOptions";
import { FIXES, toDo } from "./problems";
import type { Draft } from "./schema";
import type { Entry } from "./sheet";
import type { useWriting } from "./useWriting";

const PICTURE = 84;

/** What the desk on a phone gives each draft's sheet. */
export interface Shared {
  names: Names;
  zone: string;
  plan: ReadonlyMap<number, string>;
  rule: Rule;
  isReadOnly: boolean;
  writing: ReturnType<typeof useWriting>;
  onDay: (id: number) => void;
  onTheirs: (id: number, field: Field) => void;
  onPost: (id: number) => void;
  onStrip: (id: number) => void;
  onSchedule: (id: number) => void;
}

interface SheetProps extends Shared {
  entry: Entry;
  place: number;
  count: number;
  onStep: (step: 1 | -1) => void;
  onClose: () => void;
}

/** All fields of a draft; each is saved when it is left. */
export function DraftSheet(props: SheetProps) {
  const { entry, names, writing, zone, plan, place, count, isReadOnly, onStep, onClose } = props;
  const draft = entry.shown;
  // A field is saved when it is left; one that goes with the sheet is not left, nor by a press on a button in WebKit.
  const leaving = (then: () => void) => () => {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    then();
  };
  const close = leaving(onClose);
  const next = leaving(() => onStep(1));
  useCloseOnBack(close);
  /** What is being typed, and the draft as it was when that began; other fields follow what others write. */
  const [typing, setTyping] = useState<{ field: Field; text: string; before: Draft } | null>(null);
  const write = (field: Field, text: string, before = draft) => {
    setTyping(null);
    if (text !== textOf(field, before, names))
      void writing.writeTexts([{ id: draft.id, field, text, seen: before[field] }]);
  };
  const at = draft.published_at ?? draft.due_at ?? plan.get(draft.id);
  const local = at ? localIn(zone, at) : null;
  const line = (field: Field) => {
    const mine = typing?.field === field ? typing : null;
    const typed = {
      dir: "auto",
      readOnly: isReadOnly,
      maxLength: LONGEST[field],
      value: mine?.text ?? textOf(field, draft, names),
      onChange: ({ target }: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) =>
        setTyping({ field, text: target.value, before: mine?.before ?? draft }),
      onBlur: () => mine && write(field, mine.text, mine.before),
    };
    return (
      <>
        <label>
          <span>{LABELS[field]}</span>
          {field === "description" || field === "alt_text" ? (
            <textarea rows={1} {...typed} />
          ) : (
            <input type="text" {...typed} />
          )}
        </label>
        {unsaved(field)}
      </>
    );
  };
  const unsaved = (field: Field) =>
    entry.faults[field] ? (
      <p className="bad">{entry.faults[field]}</p>
    ) : (
      field in entry.theirs && (
        <p className="bad beside">
          <span className="grow">
            <Trans>Changed elsewhere</Trans>
          </span>
          <Button about={LABELS[field]} onClick={() => props.onTheirs(draft.id, field)}>
            <Trans>See it</Trans>
          </Button>
        </p>
      )
    );
  return (
    <Modal className="desk-sheet" aria-label={nameOfDraft(draft)} onClose={close} tabIndex={-1}>
      <div className="desk-sheet-head beside">
        {draft.file && <ArtOnMat asset={draft.file} size={PICTURE} look="desk-picture" />}
        <div className="grow">
          <strong className="cut">{draft.file?.name ?? nameOfDraft(draft)}</strong>
          <span className="muted">
            {draft.status === "published" ? (
              <Trans>
                {place + 1} of <Plural value={count} one="# post" other="# posts" />
              </Trans>
            ) : (
              <Trans>
                {place + 1} of <Plural value={count} one="# draft" other="# drafts" />
              </Trans>
            )}
          </span>
        </div>
        <IconButton icon={ChevronLeft} label={t`Previous draft`} onClick={leaving(() => onStep(-1))} />
        <IconButton icon={ChevronRight} label={t`Next draft`} onClick={next} />
      </div>
      <div className="desk-sheet-fields">
        {toDo(draft).map(({ code, message }) => (
          <p key={code} className="wait beside">
            <TriangleAlert aria-hidden /> <span className="grow">{message}</span>
            {code === "discloses_place" && (
              <Button onClick={() => props.onStrip(draft.id)}>{FIXES[code]?.forAll}</Button>
            )}
          </p>
        ))}
        {line("title")}
        {line("description")}
        {line("hashtags")}
        {line("alt_text")}
        <div className="desk-sheet-line">
          <span>{LABELS.content_warnings}</span>
          <div>
            <WarningChoice
              chosen={draft.content_warnings}
              onChange={(word, isOn) => !isReadOnly && writing.setWarnings([draft.id], word, isOn)}
            />
          </div>
        </div>
        {unsaved("content_warnings")}
        <label>
          <span>{LABELS.license_id}</span>
          <select
            disabled={isReadOnly}
            value={names.licences.find(({ id }) => id === draft.license_id)?.identifier ?? ""}
            onChange={({ target }) => write("license_id", target.value)}
          >
            <LicenceOptions licences={names.licences} />
          </select>
        </label>
        {unsaved("license_id")}
        {line("series_id")}
        <div className="desk-sheet-line">
          <span>
            <Trans>Day</Trans>
          </span>
          <button type="button" disabled={isReadOnly} onClick={() => props.onDay(draft.id)}>
            {local ? `${dayWords(local.day)}, ${local.time}` : t`Choose a day`}
            {draft.status === "draft" && local && (
              <span className="faint">
                {" "}
                <Trans>next free day</Trans>
              </span>
            )}
          </button>
        </div>
      </div>
      <footer className="desk-sheet-foot">
        <Button look="quiet" onClick={next}>
          <Trans>Next draft</Trans>
        </Button>
        {draft.status === "draft" && !isReadOnly ? (
          <Button
            look="primary"
            icon={CalendarDays}
            disabled={toDo(draft).length > 0 || !props.rule.is_on}
            onClick={leaving(() => {
              props.onSchedule(draft.id);
              onClose();
            })}
          >
            <Trans>Schedule</Trans>
          </Button>
        ) : draft.status === "published" ? (
          <Button look="primary" icon={Pencil} onClick={leaving(() => props.onPost(draft.id))}>
            <Trans>Edit the post</Trans>
          </Button>
        ) : (
          <Button look="primary" onClick={close}>
            <Trans>Done</Trans>
          </Button>
        )}
      </footer>
    </Modal>
  );
}
