import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Clock, Plus, Table } from "lucide-react";
import type { ReactNode } from "react";

import { moderates } from "../../data/config";
import { setParameters } from "../../platform/address";
import { Bar, Tabs } from "../../ui/Bar";
import { Button } from "../../ui/Button";
import type { ColumnId } from "./cells";
import { ColumnsMenu, type useColumns } from "./ColumnsMenu";
import type { DraftCounts } from "./schema";
import type { Tab } from "./useDrafts";

interface Props {
  tab: Tab;
  counts: DraftCounts | null;
  columns: readonly ColumnId[];
  columnChoice: Omit<ReturnType<typeof useColumns>, "shown">;
  isPhone: boolean;
  onAsk: (about: "add" | "sheet") => void;
  /** The primary actions; on a phone they lie over the list. */
  actions: ReactNode;
}

/** The desk's toolbar: which drafts, which columns, and where more come from. */
export function DeskBar({ tab, counts, columns, columnChoice, isPhone, onAsk, actions }: Props) {
  return (
    <Bar title={t({ message: "Publish", context: "page" })}>
      <Tabs<Tab>
        label={t`Which drafts`}
        value={tab}
        options={[
          { value: "drafts", words: t`Drafts`, count: counts?.draft_count, mark: <Mark /> },
          {
            value: "scheduled",
            words: t`Scheduled`,
            count: counts && counts.scheduled_count + counts.failed_count,
            mark: <Clock aria-hidden />,
          },
          {
            value: "published",
            words: isPhone ? t`Today` : t`Published today`,
            count: counts?.published_count,
            mark: <Mark state="approved" />,
          },
        ].map((option) => ({ ...option, value: option.value as Tab, count: option.count ?? undefined }))}
        onChange={(to) => setParameters("publish", { tab: to }, "tab")}
      />
      <span className="grow" />
      <ColumnsMenu {...columnChoice} shown={columns} />
      {!moderates && (
        <>
          <Button icon={Table} look="wide-only" onClick={() => onAsk("sheet")}>
            <Trans>From a spreadsheet</Trans>
          </Button>
          <Button icon={Plus} look="edged bar-add" onClick={() => onAsk("add")}>
            <span>
              <Trans>Add files</Trans>
            </span>
          </Button>
        </>
      )}
      {!isPhone && actions}
    </Bar>
  );
}

const Mark = ({ state = "new" }: { state?: string }) => <span className="state-mark" data-state={state} aria-hidden />;
