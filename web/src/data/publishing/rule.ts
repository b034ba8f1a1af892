/** The rule by which drafts go out, with the artist's default for AI: changed only as it was read. */
import { useQuery } from "@tanstack/react-query";

import { request } from "../client";
import { queryClient } from "../queries";
import { Rule } from "./schema";

export const PUBLISHING = "/api/pmd/publishing";
/** Everything that is asked about drafts, but the drafts. */
export const DESK = ["desk"] as const;

export const usualRule: Rule = {
  is_on: false,
  weekdays: [1, 2, 3, 4, 5],
  times: ["18:00"],
  in_turn: "table",
  time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC",
  is_paused: false,
  ai_opt_out: false,
};

/** `tag`: the `ETag` that it was read with; null: none was read. */
export interface ReadRule {
  readonly rule: Rule;
  readonly tag: string | null;
}

async function getRule(signal: AbortSignal): Promise<ReadRule> {
  let tag: string | null = null;
  const onResponse = ({ headers }: Response) => (tag = headers.get("ETag"));
  const rule = await request(Rule, "GET", PUBLISHING, { signal, onResponse });
  return { rule, tag };
}

const RULE = [...DESK, "rule"] as const;

/**
 * Ends when the rule has been read again, so that the next change has its tag.
 *
 * @throws PMDError 412, `changed-since`: another tab or program has changed it.
 */
export async function putRule(rule: Rule, tag: string | null): Promise<void> {
  try {
    await request(Rule, "PUT", PUBLISHING, { body: rule, headers: { ...(tag !== null && { "If-Match": tag }) } });
  } finally {
    await queryClient.invalidateQueries({ queryKey: RULE });
  }
}

export const useRule = () => useQuery({ queryKey: RULE, queryFn: ({ signal }) => getRule(signal) });
