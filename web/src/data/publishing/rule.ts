/** The rule by which drafts go out, with the artist's default for AI: changed only as it was read. */
import { useQuery } from "@tanstack/react-query";

import { request } from "../client";
import { queryClient } from "../queries";
import { writeSeen } from "../seen";
import type { Edit } from "../../ui/edits";
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

const RULE = [...DESK, "rule"] as const;

/** Ends when the rule has been read again, so that the next change begins with it. */
export async function putRule(edit: Edit<Rule>): Promise<void> {
  try {
    await writeSeen({ schema: Rule, url: PUBLISHING }, edit, (now, options) =>
      request(Rule, "PUT", PUBLISHING, { body: { ...now, ...edit.to }, ...options }),
    );
  } finally {
    await queryClient.invalidateQueries({ queryKey: RULE });
  }
}

export const useRule = () =>
  useQuery({ queryKey: RULE, queryFn: ({ signal }) => request(Rule, "GET", PUBLISHING, { signal }) });
