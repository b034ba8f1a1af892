import "./phone.css";

import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { CalendarDays, ChevronLeft, ChevronRight, Pencil, TriangleAlert } from "lucide-react";
import { type ChangeEvent, type ReactNode, useRef, useState } from "react";

import { type ListHandle, useRows } from "../../commands/list/useRows";
import { ArtOnMat } from "../../data/assets/AssetPicture";
import { SmallPreview } from "../../data/assets/SmallPreview";
import type { Rule } from "../../data/publishing/schema";
import { formatLicense } from "../../platform/format";
import { scaled } from "../../platform/textSize";
import { useCloseOnBack } from "../../platform/address";
import { Button, IconButton } from "../../ui/Button";
import { Modal } from "../../ui/Dialog";
import { WarningChoice } from "../../ui/WarningChoice";
import { type Field, LABELS, LONGEST, type Names, textOf } from "./cells";
import { dayAfter, dayWords, localIn } from "./days";
import { nameOfDraft } from "./DeskRow";
import { FIXES, toDo, problemText } from "./problems";
import type { Draft } from "./schema";
import type { Entry } from "./sheet";
import type { Tab } from "./useDrafts";
import { useCalendar } from "./useQueue";
import type { useWriting } from "./useWriting";

const ROW = scaled(101);
const PICTURE = 84;
const DAYS = 7;

interface Props {
  tab: Tab;
  rows: readonly Entry[];
  names: Names;
  zone: string;
  plan: ReadonlyMap<number, string>;
  rule: Rule;
  today: string;
  isReadOnly: boolean;
  writing: ReturnType<typeof useWriting>;
  onDay: (id: number) => void;
  onTheirs: (id: number, field: Field) => void;
  onPost: (id: number) => void;
  onStrip: (id: number) => void;
  onSchedule: (id: number) => void;
}

/** The desk on a phone: the week, the drafts, and all fields of one in a sheet. */
export function DeskPhone(props: Props) {
  const { tab, rows, zone, plan, today } = props;
  const [openId, setOpen] = useState<number | null>(null);
  const [isOnlyDue, setOnlyDue] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const handle = useRef<ListHandle>(null);
  const due = rows.filter(({ shown }) => toDo(shown).length > 0);
  const isFiltered = isOnlyDue && due.length > 0;
  const list = isFiltered ? due : rows;
  const place = list.findIndex(({ shown }) => shown.id === openId);
  const virtual = useRows({
    ...{ scroller: box, handle, activeIndex: -1, moves: 0, columns: 1, overscan: 3 },
    ...{ count: list.length, heightOf: () => ROW, measure: list.length, padding: { start: 0, end: scaled(72) } },
  });
  const opened = list[place];
  return (
    <div ref={box} className="desk-phone">
      <Week today={today} />
      {tab === "drafts" && due.length > 0 && (
        <p className="desk-due beside">
          <TriangleAlert aria-hidden />
          <span className="grow">
            <Plural
              value={due.length}
              one={
                <Trans>
                  <strong># draft</strong> has something to do
                </Trans>
              }
              other={
                <Trans>
                  <strong># drafts</strong> have something to do
                </Trans>
              }
            />
          </span>
          <button type="button" aria-pressed={isOnlyDue} onClick={() => setOnlyDue(!isOnlyDue)}>
            {isFiltered ? t`Show all` : t`Show them`}
          </button>
        </p>
      )}
      <ul aria-label={t`Drafts`} style={{ height: virtual.getTotalSize() }} className="desk-body">
        {virtual.getVirtualItems().map((item) => {
          const entry = list[item.index];
          if (!entry) return null;
          const { shown } = entry;
          return (
            <li key={shown.id} style={{ transform: `translateY(${item.start}px)` }} className="desk-card">
              <button type="button" onClick={() => setOpen(shown.id)}>
                {shown.file && <ArtOnMat asset={shown.file} size={PICTURE} look="desk-picture" />}
                <span className="grow">
                  <span className="cut desk-card-title" dir="auto">
                    {nameOfDraft(shown)}
                  </span>
                  <span className="cut muted" dir="auto">
                    {textOf("hashtags", shown, props.names)}
                  </span>
                  <State draft={shown} zone={zone} planned={plan.get(shown.id)} />
                </span>
              </button>
            </li>
          );
        })}
      </ul>
      {opened && (
        <DraftSheet
          key={opened.shown.id}
          {...props}
          entry={opened}
          place={place}
          count={list.length}
          onStep={(step) => setOpen(list[(place + step + list.length) % list.length]?.shown.id ?? null)}
          onClose={() => setOpen(null)}
        />
      )}
    </div>
  );
}

function Week({ today }: { today: string }) {
  const calendar = useCalendar(today);
  const known = new Map((calendar?.days ?? []).map((day) => [day.day, day]));
  const days = Array.from({ length: DAYS }, (_, at) => dayAfter(today, at));
  return (
    <ol className="desk-week" aria-label={t`This week`}>
      {days.map((day) => {
        const first = known.get(day)?.entries.find(({ status }) => status !== "draft");
        const isFree = (known.get(day)?.free_at.length ?? 0) > 0;
        return (
          <li key={day} data-now={day === today} data-off={!first && !isFree}>
            <span>{dayWords(day).split(" ").slice(0, 2).join(" ")}</span>
            {first && first.asset_id !== null ? (
              <SmallPreview asset={{ id: first.asset_id, type: "image", file_format: "", has_preview: true }} />
            ) : (
              isFree && <span className="desk-day-free" role="img" aria-label={t`free`} />
            )}
          </li>
        );
      })}
    </ol>
  );
}

function State({ draft, zone, planned }: { draft: Draft; zone: string; planned: string | undefined }): ReactNode {
  const [first] = toDo(draft);
  if (draft.status === "failed") return <span className="bad">{draft.reason}</span>;
  if (draft.status === "draft" && first) {
    return (
      <span className="wait">
        <TriangleAlert aria-hidden /> {problemText(first)}
      </span>
    );
  }
  const at = draft.published_at ?? draft.due_at ?? planned;
  const local = at ? localIn(zone, at) : null;
  return (
    <span className="desk-card-state">
      <span className="state-mark" data-state={draft.status === "published" ? "approved" : "new"} aria-hidden />
      {draft.status === "draft" && t`Ready `}
      {local && (
        <span className="muted">
          {draft.status === "draft" && "→ "}
          {dayWords(local.day)}, {local.time}
        </span>
      )}
      {draft.content_warnings.map((word) => (
        <span key={word} className="warning-word">
          {word}
        </span>
      ))}
    </span>
  );
}

interface SheetProps extends Props {
  entry: Entry;
  place: number;
  count: number;
  onStep: (step: 1 | -1) => void;
  onClose: () => void;
}

/** All fields of a draft; each is saved when it is left. */
function DraftSheet(props: SheetProps) {
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
            <option value="">{t`No licence`}</option>
            {names.licences.map(({ id, identifier }) => (
              <option key={id} value={identifier}>
                {formatLicense(identifier)}
              </option>
            ))}
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
