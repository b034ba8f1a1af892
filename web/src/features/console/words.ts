/** Display names of kinds, next steps and faults. */
import { t } from "@lingui/core/macro";

import { formatAtLeast, formatDecimal, formatDuration } from "../../platform/format";
import { nameOf } from "../../platform/text";
import type { OperatorAct, WorkItem } from "./schema";

/** The service stops counting here. */
const MAX_COUNTED = 10_000;
export const isExact = (count: number) => count < MAX_COUNTED;
export const formatCounted = (count: number) => formatAtLeast(count, isExact(count));

const kinds: Record<string, readonly [one: string, many: string]> = {
  bdr: [t`Download`, t`Downloads`],
  probe: [t`Upload`, t`Uploads`],
  task: [t`Task`, t`Tasks`],
  export: [t`Pack`, t`Packs`],
  email: [t`Mail`, t`Mail`],
  import: [t`Import`, t`Imports`],
  publish: [t`Publishing`, t`Publishing`],
  bulk_change: [t`Change`, t`Changes`],
  delivery: [t`Webhook`, t`Webhooks`],
  webhook: [t`Site event`, t`Site events`],
};

/** As the service orders them. */
export const KIND_NAMES: readonly string[] = Object.keys(kinds).sort();

/** Kinds that only the workers know are shown by their own name. */
export const kindOf = (name: string) => kinds[name]?.[0] ?? name;
export const kindsOf = (name: string) => kinds[name]?.[1] ?? name;

export const needs: Record<string, string> = { postgres: "Postgres", redis: "Redis", store: t`Store`, mail: t`Mail` };

export function stepOf({ next_step: step, handle }: WorkItem): string {
  if (step === "user") return t`${handle ?? t`its owner`} sends`;
  return step === null ? "" : nameOf({ retry: t`retry`, address: t`fix address` }, step);
}

/** Who is at fault. */
export function blameOf({ next_step: step, state }: WorkItem): string | null {
  if (state !== "failed") return null;
  if (step === "user") return t`The user's file or request is at fault, not the service.`;
  if (step === "address") return t`The webhook address is at fault, not the service.`;
  return t`The service is at fault, or an operator stopped it. A retry can help.`;
}

const verbs: Record<OperatorAct["action"], string> = {
  look: t`viewed this`,
  retry: t`retried this`,
  cancel: t`stopped this`,
  pause: t`paused this kind`,
  resume: t`resumed this kind`,
  export_user: t`exported this user`,
  erase_user: t`erased a user`,
};

/** "boss retried this". */
export function saidOf({ actor, via, action, outcome }: OperatorAct): string {
  const who = actor ?? (via === "command" ? t`the command line` : t`an owner`);
  const how = outcome === null ? t`: ordered` : outcome === "done" ? "" : `: ${outcome}`;
  return `${who} ${nameOf(verbs, action)}${how}`;
}

/** "22 ms", "1.1 s", "3 min 8 s". */
export function formatTook(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  return seconds < 60 ? `${formatDecimal(seconds, 1)} s` : formatDuration(seconds);
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const short = new Intl.DateTimeFormat("en-GB", { weekday: "short", hour: "2-digit", minute: "2-digit" });

export const formatClock = (iso: string) => clock.format(new Date(iso));

/** A time for today, else with the date. */
export function formatWhen(iso: string, now: number): string {
  const isToday = new Date(iso).toDateString() === new Date(now).toDateString();
  return isToday ? formatClock(iso).slice(0, 5) : short.format(new Date(iso));
}
