import "./phone.css";

import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { TriangleAlert } from "lucide-react";
import { type ReactNode, useRef, useState } from "react";

import { type ListHandle, useRows } from "../../commands/list/useRows";
import { ArtOnMat } from "../../data/assets/AssetPicture";
import { SmallPreview } from "../../data/assets/SmallPreview";
import { scaled } from "../../platform/textSize";
import { textOf } from "./cells";
import { dayAfter, dayWords, localIn } from "./days";
import { nameOfDraft } from "./DeskRow";
import { DraftSheet, type Shared } from "./DraftSheet";
import { toDo, problemText } from "./problems";
import type { Draft } from "./schema";
import type { Entry } from "./sheet";
import type { Tab } from "./useDrafts";
import { useCalendar } from "./useQueue";

const ROW = scaled(101);
const PICTURE = 84;
const DAYS = 7;

interface Props extends Shared {
  tab: Tab;
  rows: readonly Entry[];
  today: string;
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
