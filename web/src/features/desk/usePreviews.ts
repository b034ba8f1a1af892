import { useMemo } from "react";

import { localIn } from "./days";
import { patterned } from "./pattern";
import type { Sheet } from "./sheet";

interface Options {
  sheet: Sheet;
  plan: ReadonlyMap<number, string>;
  zone: string;
  today: string;
}

/** What a pattern would write into each of these drafts (ids, by commas); null without one. */
export function usePreviews(pattern: string | null, ids: string, { sheet, plan, zone, today }: Options) {
  return useMemo(() => {
    if (pattern === null || pattern === "") return null;
    const all = ids.split(",").map(Number);
    return new Map(
      all.map((id, index) => {
        const draft = sheet.get(id)?.shown;
        const at = draft?.due_at ?? plan.get(id);
        const date = at ? localIn(zone, at).day : today;
        return [id, patterned(pattern, { n: index + 1, count: all.length, file: draft?.file ?? null, date })];
      }),
    );
  }, [pattern, ids, sheet, plan, zone, today]);
}
