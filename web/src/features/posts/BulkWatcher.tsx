import { t } from "@lingui/core/macro";

import { isUnfinished, useBulkChangeEnds, useBulkChangeList } from "../../data/changes/bulk";
import { titleOf } from "../../data/changes/bulkWords";
import { StatusProgress } from "../../commands/StatusBar";

/** On every page: says how changes by filter that this tab has requested have ended, and how far the current one is. */
export function BulkWatcher() {
  const { all } = useBulkChangeList();
  useBulkChangeEnds(all);
  const current = all?.findLast(isUnfinished);
  if (!current) return null;
  const { done_count: value, found_count: max } = current;
  return <StatusProgress what={titleOf(current)} label={t`The change by filter in progress`} value={value} max={max} />;
}
