/** What an import is, what can be done with it, and what its report says. */
import { plural, t } from "@lingui/core/macro";

import { translated } from "../../../platform/texts";
import { type Import, type ImportCount, type ImportedItem, formTitles } from "../../../data/imports/schema";
import type { TakeoutContents } from "../../../data/schema";
import { UNDO_DAYS } from "../../../data/undoDays";
import { formatBytes, formatCount } from "../../../platform/format";
import { joinParts, lowered, nameOf } from "../../../platform/text";

const DAY_MS = 86_400_000;

/** The form's title; an older page may get a newer form. */
export const formTitle = (form: string): string => translated(nameOf(formTitles, form));

export const isUnfinished = ({ status }: Pick<Import, "status">) => status === "pending" || status === "running";

/** As its sign shows it. */
export const statusOf = ({ stage, status }: Import) => (stage === "undo" && status === "completed" ? "undone" : status);

export type Step = "start" | "goOn" | "cancel" | "undo" | "readAgain";

/** What can be done next, the most useful first. */
export function stepsOf(of: Import, now: number): Step[] {
  if (isUnfinished(of)) return ["cancel"];
  const isOver = of.completed_at !== null && now - Date.parse(of.completed_at) > UNDO_DAYS * DAY_MS;
  switch (of.stage) {
    case "report":
      return of.status === "completed" ? (plannedOf(of) > 0 ? ["start"] : []) : ["readAgain"];
    case "import":
      return [
        ...(of.status === "completed" ? [] : (["goOn"] as const)),
        ...(of.made_count > 0 && !isOver ? (["undo"] as const) : []),
      ];
    case "undo":
      return of.status === "completed" ? ["readAgain"] : ["undo"];
    default:
      return [];
  }
}

/** How many things a start makes; `asFiles`: posts too that the site does not take from here. */
export function plannedOf({ report }: Pick<Import, "report">, asFiles = true): number {
  const isPlanned = ({ outcome, reason }: ImportCount) =>
    outcome === "make" || outcome === "change" || (asFiles && reason === "posts_are_made_elsewhere");
  return report.counts.filter(isPlanned).reduce((sum, { count }) => sum + count, 0);
}

/** How it is, in the lists and above its report. */
export function stateWords(of: Import): string {
  const { stage, status, made_count: made, failed_count: failed } = of;
  const done = plural(made, { one: "# thing is here", other: "# things are here" });
  switch (stage) {
    case "report":
      if (status === "completed") {
        return plannedOf(of) > 0 ? t`Read; nothing has been made yet` : t`Read; nothing in it is new here`;
      }
      return nameOf(
        {
          pending: t`Waits to be read`,
          running: t`Being read`,
          failed: t`Could not be read`,
          cancelled: t`Stopped`,
        },
        status,
      );
    case "import":
      if (status === "pending" || status === "running") return t`Being made: ${formatCount(made)} so far`;
      if (status === "completed") return failed > 0 ? t`Done: ${done}, ${formatCount(failed)} not` : t`Done: ${done}`;
      return `${status === "failed" ? t`Failed` : t`Stopped`}: ${done}`;
    case "undo":
      if (status === "completed") return t`Taken back`;
      return isUnfinished(of) ? t`Being taken back` : t`Not all is taken back: ${done} still`;
    default:
      return nameOf({}, status);
  }
}

/** What to do about one that has failed. */
export function adviceOf({ stage }: Import): string {
  switch (stage) {
    case "report":
      return t`Nothing was made. Download the archive once more from where it is from, and choose the new one.`;
    case "import":
      return t`What has been made stays. Go on, which makes the rest, or undo it.`;
    case "undo":
      return t`Undo it again: it goes on where it was.`;
    default:
      return "";
  }
}

/** "3 posts"; a newer server may have a kind that this page does not know. */
const counted: Record<string, (count: number) => string> = {
  post: (count) => plural(count, { one: "# post", other: "# posts" }),
  file: (count) => plural(count, { one: "# file", other: "# files" }),
  pack: (count) => plural(count, { one: "# pack", other: "# packs" }),
  series: (count) => plural(count, { one: "# series", other: "# series" }),
  draft: (count) => plural(count, { one: "# draft", other: "# drafts" }),
  setting: (count) => plural(count, { one: "# setting", other: "# settings" }),
};
const things = (count: number) => plural(count, { one: "# thing", other: "# things" });
const nounOf = (kind: string, count: number) => (counted[kind] ?? things)(count);

const kindNames: Record<string, string> = {
  post: t`Post`,
  file: t`File`,
  pack: t`Pack`,
  series: t`Series`,
  draft: t`Draft`,
  setting: t`Setting`,
};

/** What a thing of the archive is, or has become; nothing for what is lost. */
export const kindWords = ({ kind, made_kind: made }: Pick<ImportedItem, "kind" | "made_kind">): string =>
  kind === "lost" ? "" : lowered(nameOf(kindNames, made ?? kind));

/** Behind their number: "new posts". */
export function countWords({ kind, outcome, count }: Pick<ImportCount, "kind" | "outcome" | "count">): string {
  const noun = nounOf(kind, count).replace(/^[\d.,]+ /, "");
  switch (outcome) {
    case "make":
      return t`new ${noun}`;
    case "change":
      return t`new ${noun}, with a change`;
    default:
      return `${noun} ${outcomeWords(outcome)}`;
  }
}

const outcomeNames: Record<string, string> = {
  make: t`new`,
  change: t`new, with a change`,
  present: t`here already`,
  double: t`in the archive twice`,
  skip: t`left out`,
  lose: t`lost`,
};
export const outcomeWords = (outcome: string) => nameOf(outcomeNames, outcome);

const reasons: Record<string, string> = {
  day_has_passed: t`its day has passed, so it is not scheduled`,
  renamed_since: t`renamed here since`,
  scheduled: t`each is published on its day, by itself`,
  artist_only: t`only its artist can bring it`,
  license_unknown: t`its licence is not one of this site’s`,
  posts_are_made_elsewhere: t`posts are not published from here: take them as files`,
  not_kept_here: t`programs and pages of the web are not kept here`,
  not_in_archive: t`the file is not in the archive`,
  damaged: t`damaged in the archive`,
  empty: t`without any bytes`,
  other_people: t`of other people`,
  rebuilt: t`can be built again here`,
  kept_here: t`stays where the archive is from`,
  not_readable: t`could not be read`,
  no_files: t`without a file`,
  no_date: t`without a date`,
  no_field: t`posts have no field for it here`,
  no_column: t`this column is not known`,
  not_a_post_format: t`posts cannot have this format, so it becomes a file of the library`,
  canvas_too_large: t`too large for a post, so it becomes a file of the library`,
};

/** Why; a newer server may have a reason that this page does not know. */
export const reasonWords = (reason: string) => nameOf(reasons, reason);

/** What becomes, or became, of one row of the report. */
export function itemWords({ state, outcome, reason, message }: ImportedItem): string {
  if (message !== null) return message;
  if (state === "made" || state === "undone") return state === "made" ? t`made` : t`taken back`;
  const said = state === "present" ? outcomeWords("present") : outcomeWords(outcome);
  return reason === null ? said : `${said}: ${reasonWords(reason)}`;
}

/** "3 posts, 12 files and 1 pack". */
export function listed(parts: readonly string[]): string {
  const [last = "", ...others] = [...parts].reverse();
  return others.length > 0 ? t`${others.reverse().join(", ")} and ${last}` : last;
}

/** The number of things by what becomes of them, for the numbers above a report. */
export function sumsOf({ report }: Pick<Import, "report">) {
  const sum = (of: string) =>
    report.counts.filter(({ outcome }) => outcome === of).reduce((all, { count }) => all + count, 0);
  return [
    { label: t`new`, value: sum("make"), tone: "success" },
    { label: t`new, with a change`, value: sum("change"), tone: "wait" },
    { label: t`here already`, value: sum("present"), tone: "plain" },
    { label: t`twice`, value: sum("double"), tone: "plain" },
    { label: t`left out`, value: sum("skip"), tone: "plain" },
    { label: t`lost`, value: sum("lose"), tone: "wait" },
  ] as const;
}

/** The new things by kind: "3 posts and 12 files". */
export function newWords({ report }: Pick<Import, "report">): string {
  const made = report.counts.filter(({ outcome }) => /^(make|change)$/.test(outcome));
  const kinds = [...new Set([...Object.keys(counted), ...made.map(({ kind }) => kind)])].map((kind) => {
    const own = made.filter((each) => each.kind === kind);
    return [kind, own.reduce((sum, { count }) => sum + count, 0)] as const;
  });
  return listed(kinds.filter(([, count]) => count > 0).map(([kind, count]) => nounOf(kind, count)));
}

/** What there is to take home, or to lose. */
export const NONE = t`none`;

export const packWords = ({ pack_count: packs, edition_count: editions }: TakeoutContents) =>
  packs === 0
    ? NONE
    : editions === 0
      ? plural(packs, { one: "# pack, never built", other: "# packs, never built" })
      : t`${plural(packs, { one: "# pack", other: "# packs" })} with ${plural(editions, { one: "# edition", other: "# editions" })}`;

export const draftWords = ({
  draft_count: drafts,
  scheduled_count: scheduled,
  series_count: series,
}: TakeoutContents) =>
  joinParts(
    [
      drafts > 0 && plural(drafts, { one: "# draft", other: "# drafts" }),
      scheduled > 0 && t`${formatCount(scheduled)} scheduled`,
      series > 0 && plural(series, { one: "# series", other: "# series" }),
    ],
    ", ",
  ) || NONE;

export const accountWords = ({ key_count: keys, webhook_count: webhooks }: TakeoutContents) =>
  joinParts(
    [
      t`settings`,
      keys > 0 && plural(keys, { one: "# key without its secret", other: "# keys without their secrets" }),
      webhooks > 0 &&
        plural(webhooks, { one: "# webhook without its secret", other: "# webhooks without their secrets" }),
    ],
    ", ",
  );

export const goneWords = (of: TakeoutContents) =>
  t`What will be gone: ${listed(
    [
      of.post_count > 0 && plural(of.post_count, { one: "# post", other: "# posts" }),
      of.file_count > 0 && plural(of.file_count, { one: "# file", other: "# files" }),
      of.pack_count > 0 && plural(of.pack_count, { one: "# pack", other: "# packs" }),
      of.draft_count > 0 && plural(of.draft_count, { one: "# draft", other: "# drafts" }),
      of.key_count > 0 && plural(of.key_count, { one: "# key", other: "# keys" }),
      of.webhook_count > 0 && plural(of.webhook_count, { one: "# webhook", other: "# webhooks" }),
      t`your settings`,
    ].filter((words) => words !== false),
  )}, ${formatBytes(of.post_bytes + of.file_bytes + of.edition_bytes)} in all.`;
