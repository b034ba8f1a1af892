import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";

import type { Import, ImportCount, ImportedItem } from "../../../data/imports/schema";
import { setParameters, useParameters } from "../../../platform/address";
import { formatCount } from "../../../platform/format";
import { useCommands } from "../../../commands/commands";
import { Button } from "../../../ui/Button";
import { LoadError } from "../../../ui/Empty";
import { PageLink } from "../../../ui/OpenLink";
import { useFocusedRows } from "../../../commands/list/useFocusedRows";
import { useItems } from "./api";
import { Block } from "./Block";
import { itemsOf, readItems, sortedCounts } from "./items";
import { countWords, isUnfinished, itemWords, kindWords, reasonWords } from "./words";

const ITEMS = ["items"] as const;

/** The report: how many things there are for which reason, and the things themselves. */
export function ImportItems({ of: each }: { of: Import }) {
  const { items } = useParameters("settings", ITEMS);
  const known = Object.keys(readItems(items)).length > 0 ? items : "";
  const version = isUnfinished(each) ? each.stage : `${each.stage} ${each.status} ${each.made_count}`;
  const list = useItems(each.id, known, version);
  const [rows, moving] = useFocusedRows();
  useCommands(moving);
  const found = list.data?.pages.flatMap((page) => page.items) ?? null;
  const show = (to: string) => setParameters("settings", { items: to === known ? "" : to }, "items");
  return (
    <Block title={t`Each thing`} about={t`Choose a line to see only these.`}>
      <ul className="report-counts" aria-label={t`By reason`}>
        {each.failed_count > 0 && (
          <li>
            <button type="button" aria-pressed={known === "failed"} onClick={() => show("failed")}>
              <span className="numbers bad">{formatCount(each.failed_count)}</span>
              <span>
                <Trans>not made, although they were to be</Trans>
              </span>
            </button>
          </li>
        )}
        {sortedCounts(each.report.counts).map((count) => (
          <CountLine key={itemsOf(count)} of={count} shown={known} onShow={show} />
        ))}
      </ul>
      {list.error && <LoadError error={list.error} onRetry={() => void list.refetch()} />}
      <ul className="report-items" aria-label={t`Things of the archive`} aria-busy={found === null} ref={rows}>
        {found?.map((item) => (
          <ItemRow key={item.number} of={item} />
        ))}
      </ul>
      {found?.length === 0 && (
        <p className="muted">
          <Trans>There are none of these.</Trans>
        </p>
      )}
      {list.hasNextPage && (
        <Button disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {list.isFetchingNextPage ? t`Loading…` : t`Show more`}
        </Button>
      )}
    </Block>
  );
}

function CountLine({ of: count, shown, onShow }: { of: ImportCount; shown: string; onShow: (to: string) => void }) {
  const name = itemsOf(count);
  return (
    <li>
      <button type="button" aria-pressed={shown === name} onClick={() => onShow(name)}>
        <span className="numbers">{formatCount(count.count)}</span>
        <span>
          {countWords(count)}
          {count.reason !== null && <span className="muted">: {reasonWords(count.reason)}</span>}
        </span>
      </button>
    </li>
  );
}

function ItemRow({ of: item }: { of: ImportedItem }) {
  const words = itemWords(item);
  return (
    <li tabIndex={-1} data-state={item.state}>
      <span className="numbers faint">{item.number}</span>
      <bdi className="cut" title={item.title}>
        {item.title || t`Untitled`}
      </bdi>
      <span className="muted">{kindWords(item)}</span>
      <span className={item.state === "failed" ? "bad" : "muted"}>{words}</span>
      <span className="item-link">
        <MadeLink of={item} />
      </span>
    </li>
  );
}

/** To what was made, or was here already. */
function MadeLink({ of: { state, title, made_kind: kind, made_id: id } }: { of: ImportedItem }) {
  if (id === null || state === "undone") return null;
  const words = (
    <Trans>
      Show<span className="visually-hidden"> {title}</span>
    </Trans>
  );
  if (kind === "setting") return null;
  if (kind === "draft" || kind === "series") return <PageLink className="link" page="publish" children={words} />;
  if (kind === "pack") return <PageLink className="link" page="packs" query={{ pack: id }} children={words} />;
  if (kind === "post") return <PageLink className="link" page="posts" query={{ post: id }} children={words} />;
  return <PageLink className="link" page="library" query={{ asset: id }} children={words} />;
}
