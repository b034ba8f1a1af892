import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";

import { formatCount } from "../../platform/format";
import { useRule, usualRule } from "../../data/publishing/rule";
import "../../ui/marks";
import "./desk.css";

import { CalendarDays, Pause } from "lucide-react";
import { useMemo, useRef, useState } from "react";

import type { ListHandle } from "../../commands/list/useRows";
import { openMenu } from "../../commands/menu";
import { SelectionBar } from "../../commands/SelectionBar";
import { StatusText } from "../../commands/StatusBar";
import { config, moderates } from "../../data/config";
import { go, setParameters, useParameters } from "../../platform/address";
import { MEDIA } from "../../platform/media";
import {
  extendTo,
  keepExisting,
  noSelection,
  orderOf,
  type Selection,
  selectionOf,
  toggle,
} from "../../platform/selection";
import { Button } from "../../ui/Button";
import { LoadError } from "../../ui/Empty";
import { LazyDialog } from "../../ui/Lazy";
import { toast } from "../../ui/toast";
import { useAsked } from "../../ui/useDialog";
import { useMediaQuery } from "../../ui/useMediaQuery";
import { AddFiles } from "./AddFiles";
import type { Leave } from "./CellEditor";
import { type ColumnId, type Field, isField, isText, LABELS, type Value } from "./cells";
import { useColumns } from "./ColumnsMenu";
import { ConflictDialog } from "./ConflictDialog";
import { DayDialog } from "./DayDialog";
import { readersDay } from "./days";
import { DeskBar } from "./DeskBar";
import { DeskGrid } from "./DeskGrid";
import { cellId, nameOfDraft } from "./DeskRow";
import { DeskPhone } from "./DeskPhone";
import { Nothing, PublishedFoot } from "./DeskStates";
import { offersOf } from "./offers";
import { PatternBar } from "./PatternBar";
import { type Code, placeOf } from "./problems";
import { Queue, useRuleWrite } from "./Queue";
import { contentsOf } from "./range";
import { SavedNote } from "./SavedNote";
import type { Draft } from "./schema";
import { SheetDialog } from "./SheetDialog";
import { useDeskKeys } from "./useDeskKeys";
import { desk, refreshDrafts, type Tab, useDrafts } from "./useDrafts";
import { useGrid } from "./useGrid";
import { usePreviews } from "./usePreviews";
import { useCounts, useNames, usePlan, useToday } from "./useQueue";
import { useScheduling } from "./useScheduling";
import { useWriting } from "./useWriting";
import { WarningMenu } from "./WarningMenu";

const TAB = ["tab"] as const;

type Question =
  { about: "add" | "sheet" } | { about: "day"; ids: readonly number[] } | { about: "theirs"; id: number; field: Field };

export default function DeskPage() {
  const { tab } = useParameters("publish", TAB);
  const known = useRule().data;
  const rule = known ?? usualRule;
  const zone = rule.time_zone;
  const today = useToday(zone);
  const drafts = useDrafts(tab, today.since);
  const counts = useCounts(today.since);
  const { days: plan, readyCount } = usePlan();
  const names = useNames();
  const { shown: columns, ...columnChoice } = useColumns();
  const isPhone = useMediaQuery(MEDIA.narrow);
  const { rows } = drafts;
  const order = useMemo(() => orderOf(rows.map(({ shown }) => shown)), [rows]);
  const box = useRef<HTMLDivElement>(null);
  const handle = useRef<ListHandle>(null);
  const grid = useGrid({ order, columns, page: () => handle.current?.shape().rows ?? 8 });
  const writing = useWriting({ order, columns, names });
  const [asked, setSelection] = useState<Selection>(noSelection);
  const [question, setQuestion, closeQuestion] = useAsked<Question>();
  const [pattern, setPattern] = useState<string | null>(null);
  const [isWarning, setWarning] = useState(false);
  const selection = keepExisting(asked, (id) => order.indexOf(id) >= 0);
  const clear = () => setSelection(noSelection);
  const scheduling = useScheduling(zone, clear);
  const { isBusy: isRuling, save: saveRule } = useRuleWrite();
  const isReadOnly = moderates || tab === "published";
  const focus = () => box.current?.focus();

  // Another tab is another list.
  const [lastTab, setLastTab] = useState(tab);
  if (lastTab !== tab) {
    setLastTab(tab);
    setSelection(noSelection);
    setPattern(null);
  }

  const draftAt = (id: number): Draft | undefined => drafts.sheet.get(id)?.shown;
  const rangeIds = grid.box ? contentsOf(grid.box, order, columns).ids : [];
  const targets =
    selection.ids.size > 0 ? order.slice(0, order.length).filter((id) => selection.ids.has(id)) : rangeIds;
  const cursor = grid.cursor;
  const none = targets.length === 0 ? t`no draft is selected` : null;
  const busy = scheduling.isBusy ? t`another change is in progress` : null;
  const why = isReadOnly
    ? moderates
      ? t`only their artist changes drafts`
      : t`it is published: change the post`
    : (none ?? busy);

  const askDay = () => setQuestion({ about: "day", ids: targets });
  // What is published is changed where posts are.
  const openPost = (id: number) => {
    const post = draftAt(id)?.post;
    if (post) go("posts", { from: readersDay(today.since), post: post.id });
    else toast.info(t`This post is no longer there.`);
  };
  const openCell = () => {
    if (!cursor) return false;
    if (tab === "published") {
      openPost(cursor.id);
      return true;
    }
    if (isReadOnly) return false;
    const { id, column } = cursor;
    const entry = drafts.sheet.get(id);
    if (isField(column) && entry && column in entry.theirs) setQuestion({ about: "theirs", id, field: column });
    else if (column === "content_warnings") setWarning(true);
    else if (column === "when") askDay();
    else if (isField(column)) grid.edit(cursor);
    else return false;
    return true;
  };
  const act = (id: number, column: ColumnId, name: string) => {
    if (name === "theirs" && isField(column)) setQuestion({ about: "theirs", id, field: column });
    else if (name === "discloses_place") stripPlaces([id]);
    else grid.edit({ id, column });
  };
  const stripPlaces = (ids: readonly number[]) => {
    desk.edit(new Map(ids.map((id) => [id, { marks: "strip" as const }])));
    toast.success(
      plural(ids.length, {
        one: "# post will not tell where it was made.",
        other: "# posts will not tell where they were made.",
      }),
    );
  };
  const fix = (code: Code) => {
    const having = rows.filter(({ shown }) => shown.problems.some((problem) => problem.code === code));
    const [first] = having;
    if (code === "discloses_place") stripPlaces(having.map(({ shown }) => shown.id));
    else if (first) grid.edit({ id: first.shown.id, column: placeOf(code) });
  };
  const onEnd = (id: number, field: Field, text: string | null, leave: Leave, seen?: Value) => {
    grid.endEdit();
    if (text !== null) void writing.writeTexts([{ id, field, text, seen }]);
    if (leave === "down") grid.move("ArrowDown");
    if (leave === "next" || leave === "previous") {
      const place = order.indexOf(id) * columns.length + columns.indexOf(field) + (leave === "next" ? 1 : -1);
      const next = order.at(Math.floor(place / columns.length));
      const column = columns[place % columns.length];
      if (next !== undefined && column !== undefined) grid.goTo({ id: next, column });
    }
    if (leave !== "left") focus();
  };
  const undo = (isRedo: boolean) => {
    const [first] = writing.undo(isRedo) ?? [];
    if (first && order.indexOf(first.id) >= 0) grid.goTo({ id: first.id, column: first.field });
  };

  const patternField = cursor && isText(cursor.column) ? cursor.column : null;
  const patternIds = selection.ids.size > 0 ? targets : rangeIds;
  const previews = usePreviews(pattern, patternIds.join(), { sheet: drafts.sheet, plan, zone, today: today.day });
  const fillPattern = () => {
    const cells = [...(previews ?? [])].map(([id, text]) => ({ id, field: patternField ?? ("title" as const), text }));
    void writing.writeTexts(cells);
    setPattern(null);
    focus();
  };

  const offers = offersOf({
    ...{ tab, targets, scheduling },
    disabledReason: why,
    isRuled: rule.is_on,
    onDay: askDay,
    onPost: openPost,
  });

  useDeskKeys({
    ...{ box, grid, writing, isReadOnly, isPhone, selection, offers, rangeIds, order, undo },
    canPattern: patternField !== null,
    onOpen: openCell,
    onPattern: () => setPattern(""),
    onWarn: () => setWarning(true),
    onSelect: setSelection,
    onAsk: (about) => setQuestion({ about }),
  });

  const question_ = question && (
    <LazyDialog onClose={closeQuestion}>
      {question.about === "add" && <AddFiles onMade={refreshDrafts} onClose={closeQuestion} />}
      {question.about === "sheet" && <SheetDialog onChanged={refreshDrafts} onClose={closeQuestion} />}
      {/* A time is one of the rule's zone: not before it is known. */}
      {question.about === "day" && known && (
        <DayDialog
          drafts={question.ids.flatMap((id) => draftAt(id) ?? [])}
          {...{ rule, plan }}
          today={today.day}
          onSet={(body) => scheduling.schedule(body)}
          onClose={closeQuestion}
        />
      )}
      {question.about === "theirs" && <ConflictDialog {...question} names={names} onClose={closeQuestion} />}
    </LazyDialog>
  );
  const main = (
    <>
      {tab === "drafts" && !moderates && readyCount > 0 && (
        <Button
          icon={CalendarDays}
          look={isPhone ? "primary desk-float" : "edged"}
          disabled={scheduling.isBusy || !known}
          onClick={() => (rule.is_on ? scheduling.schedule({}) : askRule())}
        >
          {readyCount === 1 ? t`Schedule the one that is ready` : t`Schedule ${formatCount(readyCount)} that are ready`}
        </Button>
      )}
      {tab === "scheduled" && !moderates && known && !known.is_paused && (
        <Button icon={Pause} look="edged wide-only" disabled={isRuling} onClick={() => saveRule({ is_paused: true })}>
          <Trans>Pause the queue</Trans>
        </Button>
      )}
    </>
  );
  return (
    <section className="desk" aria-label={t({ message: "Publish", context: "page" })}>
      <DeskBar
        {...{ tab, counts, columns, columnChoice, isPhone }}
        onAsk={(about) => setQuestion({ about })}
        actions={main}
      />
      <div className="desk-work">
        <div className="desk-list">
          {drafts.error ? (
            <LoadError error={drafts.error} onRetry={drafts.retry} />
          ) : rows.length === 0 ? (
            <Nothing tab={tab} isLoading={drafts.isLoading} onAdd={() => setQuestion({ about: "add" })} />
          ) : isPhone ? (
            <DeskPhone
              {...{ tab, rows, names, zone, plan, rule, isReadOnly }}
              today={today.day}
              writing={writing}
              onDay={(id) => setQuestion({ about: "day", ids: [id] })}
              onTheirs={(id, field) => setQuestion({ about: "theirs", id, field })}
              onPost={openPost}
              onStrip={(id) => stripPlaces([id])}
              onSchedule={(id) => scheduling.schedule({ draft_ids: [id] })}
            />
          ) : (
            <DeskGrid
              {...{ box, handle, grid, order, rows, names, zone, plan, columns, isReadOnly, selection, previews }}
              label={moderates ? t`Drafts of @${config.subject.handle}` : titles[tab]}
              isPublished={tab === "published"}
              onPick={(id, isRange) => setSelection((now) => (isRange ? extendTo(now, order, id) : toggle(now, id)))}
              onAll={() =>
                setSelection(
                  selection.ids.size === rows.length ? noSelection : selectionOf(order.slice(0, order.length)),
                )
              }
              onEnd={onEnd}
              onOpen={openCell}
              onAct={act}
              onFill={(top, bottom) => grid.box && writing.fill(grid.box, { top, bottom })}
              onMenu={openMenu}
              draggedFrom={(id) => (selection.ids.has(id) ? targets : [id])}
            />
          )}
          {tab === "published" && rows.length > 0 && (
            <PublishedFoot rows={rows.map(({ shown }) => shown)} since={today.since} />
          )}
          {pattern !== null && patternField ? (
            <PatternBar
              label={LABELS[patternField]}
              count={patternIds.length}
              onChange={setPattern}
              onFill={fillPattern}
              onClose={() => {
                setPattern(null);
                focus();
              }}
            />
          ) : (
            <SelectionBar count={selection.ids.size} label={t`drafts`} commands={offers} onClear={clear} />
          )}
          {isPhone && selection.ids.size === 0 && main}
        </div>
        {!isPhone && (
          <Queue
            {...{ tab, rule, counts }}
            today={today.day}
            isReadOnly={moderates}
            onDay={(day) => showDay(day.entries[0]?.status === "published" ? "published" : "scheduled")}
            onDrop={(ids, day) => scheduling.schedule({ draft_ids: [...ids], day })}
            onFix={fix}
          />
        )}
      </div>
      {isWarning && cursor && (
        <WarningMenu
          title={
            targets.length === 1
              ? nameOfDraft(draftAt(targets[0] ?? 0) ?? blank)
              : plural(targets.length, { one: "# draft", other: "# drafts" })
          }
          beside={cellId(cursor.id, columns.includes("content_warnings") ? "content_warnings" : cursor.column)}
          chosen={common(targets.map((id) => draftAt(id)?.content_warnings ?? []))}
          onChange={(word, isOn) => writing.setWarnings(targets, word, isOn)}
          onClose={() => {
            setWarning(false);
            focus();
          }}
        />
      )}
      {question_}
      <StatusText>{drafts.isLoading && rows.length === 0 ? "…" : wordsOf(tab, rows.length)}</StatusText>
      <SavedNote />
    </section>
  );
}

const titles: Readonly<Record<Tab, string>> = {
  drafts: t`Drafts`,
  scheduled: t`Scheduled posts`,
  published: t`Published today`,
};

/** Nothing goes to free days before there are any. */
function askRule(): void {
  toast.info(t`Say first when posts go out.`);
  document.querySelector<HTMLElement>(".desk-change")?.click();
}

const blank = { title: null, file: null } as Draft;

function showDay(tab: Tab): void {
  setParameters("publish", { tab }, "tab");
}

function wordsOf(tab: Tab, count: number): string {
  if (tab === "drafts") return plural(count, { one: "# draft", other: "# drafts" });
  return tab === "scheduled" ? t`${formatCount(count)} scheduled` : t`${formatCount(count)} published today`;
}

/** What all have. */
function common(lists: readonly (readonly string[])[]): string[] {
  const [first = [], ...others] = lists;
  return first.filter((word) => others.every((list) => list.includes(word)));
}
