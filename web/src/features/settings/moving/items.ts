/** Which rows of a report are listed, as the address has it: `post.change.license_unknown`, or a state. */
import type { ImportCount } from "../../../data/imports/schema";

const KINDS = ["file", "series", "post", "pack", "draft", "setting", "lost"];
const OUTCOMES = ["make", "change", "present", "double", "skip", "lose"];
const STATES = ["planned", "made", "present", "failed", "undone"];

/** In the address. */
export const itemsOf = ({ kind, outcome, reason }: Pick<ImportCount, "kind" | "outcome" | "reason">) =>
  [kind, outcome, ...(reason === null ? [] : [reason])].join(".");

/** As the call's parameters; none for what no report has. */
export function readItems(text: string): Record<string, string> {
  if (STATES.includes(text)) return { state: text };
  const [kind = "", outcome = "", reason] = text.split(".");
  if (!KINDS.includes(kind) || !OUTCOMES.includes(outcome)) return {};
  return { kind, outcome, ...(reason !== undefined && /^\w{1,40}$/.test(reason) && { reason }) };
}

/** In the order of what matters. */
export function sortedCounts(counts: readonly ImportCount[]): ImportCount[] {
  const place = ({ kind, outcome }: ImportCount) => OUTCOMES.indexOf(outcome) * KINDS.length + KINDS.indexOf(kind);
  return [...counts].sort((a, b) => place(a) - place(b));
}
