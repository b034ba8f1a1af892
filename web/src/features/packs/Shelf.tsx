import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";

import "../../ui/marks";
import "./shelf.css";

import { Archive, Pencil, Plus } from "lucide-react";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import * as v from "valibot";

import { type Command, useCommands } from "../../commands/commands";
import { openMenu } from "../../commands/menu";
import { StatusProgress, StatusText } from "../../commands/StatusBar";
import { purposes } from "../../data/purposes";
import { setParameters, useParameters } from "../../platform/address";
import { orderOf, targetIndex } from "../../platform/selection";
import { useStored } from "../../platform/stored";
import { Bar, BarDivider, Tabs } from "../../ui/Bar";
import { Button } from "../../ui/Button";
import { CardList } from "../../ui/CardList";
import { Empty } from "../../ui/Empty";
import { LookTabs } from "../../ui/LookTabs";
import { PageLink } from "../../ui/OpenLink";
import { OrderSelect } from "../../ui/OrderSelect";
import { SearchBox } from "../../ui/SearchBox";
import { useDialog } from "../../ui/useDialog";
import { isExporting } from "./exporting";
import { NewPackDialog } from "./NewPackDialog";
import { PackCard } from "./PackCard";
import type { Pack } from "./schema";
import { isFound, isUnder, type Sort, sorted, SORTS, type Tab } from "./shelf";
import { usePackCommands } from "./usePackCommands";

interface Props {
  /** Null while loading. */
  packs: readonly Pack[] | null;
  error: Error | null;
  onRetry: () => void;
  onOpen: (id: number) => void;
}

const TAB_WORDS: readonly (readonly [Tab, string, string | null])[] = [
  ["all", t`All`, null],
  ["published", t`Published`, "approved"],
  ["changed", t`Changed`, null],
  ["unbuilt", t`Not built yet`, "new"],
];
const LOOK = ["look"] as const;
const SORT_WORDS: Record<Sort, string> = { changed: t`Last changed`, name: t`Name`, made: t`Newest` };

/** All packs by their covers; the cursor is the focused one. */
export function Shelf({ packs, error, onRetry, onOpen }: Props) {
  const [tab, setTab] = useState<Tab>("all");
  const [text, setText] = useState("");
  const [sort, setSort] = useStored<Sort>("pmd.packs.sort", v.picklist(SORTS), "changed");
  const { look } = useParameters("packs", LOOK);
  const [activeId, setActiveId] = useState<number | null>(null);
  const search = useRef<HTMLInputElement>(null);
  const shown = useMemo(
    () =>
      packs &&
      sorted(
        packs.filter((pack) => isUnder(pack, tab) && isFound(pack, text)),
        sort,
      ),
    [packs, tab, text, sort],
  );
  const order = useMemo(() => orderOf(shown ?? []), [shown]);
  const active = shown?.find(({ id }) => id === activeId) ?? null;
  const [openNew, newPack] = useDialog((onClose) => <NewPackDialog assetIds={[]} onClose={onClose} />);
  const { commands, dialogs } = usePackCommands(active, onOpen);

  const focus = (id: number | undefined) => {
    if (id === undefined) return false;
    document.getElementById(`pack-${id}`)?.querySelector("a")?.focus();
    return true;
  };
  const move = (key: string) => {
    const columns = columnsOf();
    // In a single column the next one is below.
    const [next, before] = columns > 1 ? ["ArrowRight", "ArrowLeft"] : ["ArrowDown", "ArrowUp"];
    const step = { j: next, k: before }[key] ?? key;
    const at = active ? order.indexOf(active.id) : -1;
    const place = targetIndex(step, at, order.length, 2, columns);
    return place !== null && focus(order.at(place));
  };
  const others: Command[] = [
    { name: "move", run: move },
    { name: "add", label: t`New pack`, icon: Plus, group: "view", run: openNew },
    { name: "search", run: () => search.current?.select() },
  ];
  useCommands([...commands, ...others]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key.startsWith("Arrow") && !event.altKey && move(event.key)) event.preventDefault();
  };
  const building = packs?.find(isExporting);
  const count = (each: Tab) => packs?.filter((pack) => isUnder(pack, each)).length;
  return (
    <section className="page-body" aria-label={t`Packs`}>
      <Bar title={t`Packs`} count={packs?.length ?? null}>
        <Tabs
          label={t`Which packs`}
          options={TAB_WORDS.map(([value, words, state]) => ({
            ...{ value, words, count: count(value) },
            ...(state && { mark: <span className="state-mark" data-state={state} aria-hidden /> }),
            ...(value === "changed" && { mark: <Pencil aria-hidden /> }),
          }))}
          value={tab}
          onChange={setTab}
        />
        <span className="grow" />
        <SearchBox
          ref={search}
          aria-label={t`Search packs`}
          placeholder={t`Name, theme, licence`}
          value={text}
          onChange={setText}
        />
        <OrderSelect words={SORT_WORDS} value={sort} onChange={setSort} />
        <BarDivider />
        <LookTabs value={look} onChange={(to) => setParameters("packs", { look: to }, to)} />
        <Button icon={Plus} look="primary bar-add" onClick={openNew}>
          <span>
            <Trans>New pack</Trans> <kbd aria-hidden>n</kbd>
          </span>
        </Button>
      </Bar>
      <div className="page-content shelf" onKeyDown={onKeyDown}>
        <CardList
          label={t`Packs`}
          className={look === "list" ? "covers in-rows" : "covers"}
          items={shown}
          error={error}
          onRetry={onRetry}
          last={tab === "all" && text === "" && <NewPack onClick={openNew} />}
          empty={
            packs?.length === 0 ? (
              <NoPacks />
            ) : (
              <p className="muted">
                <Trans>No pack is like that.</Trans>
              </p>
            )
          }
        >
          {(pack) => (
            <PackCard
              key={pack.id}
              pack={pack}
              isActive={pack.id === activeId}
              onActive={() => setActiveId(pack.id)}
              onOpen={() => onOpen(pack.id)}
              onMenu={(at) => {
                setActiveId(pack.id);
                openMenu(at);
              }}
            />
          )}
        </CardList>
      </div>
      <StatusText>{packs && plural(packs.length, { one: "# pack", other: "# packs" })}</StatusText>
      {building && (
        <StatusProgress
          what={
            <Trans>
              Building <bdi>{building.name}</bdi>
            </Trans>
          }
          label={t`Building ${building.name}`}
          value={Math.floor(building.export?.progress ?? 0)}
          max={100}
        />
      )}
      {newPack}
      {dialogs}
    </section>
  );
}

/** Covers beside each other, as they are laid out. */
function columnsOf(): number {
  const list = document.querySelector(".covers");
  return list ? getComputedStyle(list).gridTemplateColumns.split(" ").length : 1;
}

/** The place of the next one. */
function NewPack({ onClick }: { onClick: () => void }) {
  return (
    <li className="pack-add">
      <Button icon={Plus} onClick={onClick}>
        <strong>
          <Trans>New pack</Trans>
        </strong>
        <span className="muted">
          <Trans>Files are added to it in the library</Trans>
        </span>
      </Button>
    </li>
  );
}

function NoPacks() {
  return (
    <Empty
      icon={Archive}
      title={t`No packs yet.`}
      hint={t`${purposes.packs} A pack bundles approved files, with licence, credits and checksums.`}
    >
      <PageLink className="button" page="library" query={{ state: "approved" }}>
        <Trans>Choose files in the library</Trans>
      </PageLink>
    </Empty>
  );
}
