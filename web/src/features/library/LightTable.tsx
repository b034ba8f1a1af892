import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Download, ExternalLink, Volume2 } from "lucide-react";
import { useEffect, useRef } from "react";
import * as v from "valibot";

import { config, moderates } from "../../data/config";
import { MEDIA } from "../../platform/media";
import { useOverlay } from "../../platform/address";
import { formatBytes, formatCount } from "../../platform/format";
import type { Select } from "../../commands/list/useList";
import type { ListHandle } from "../../commands/list/useRows";
import { indexIn, noSelection, orderOf, type Selection } from "../../platform/selection";
import { useStored } from "../../platform/stored";
import { announce } from "../../ui/announce";
import { useIfShown } from "../../ui/useIfShown";
import { type Command, useCommands } from "../../commands/commands";
import { Button } from "../../ui/Button";
import type { Look } from "../../ui/LookTabs";
import { StatusText } from "../../commands/StatusBar";
import { useMatCommands } from "../../commands/Mats";
import { SelectionBar } from "../../commands/SelectionBar";
import { useListCommands } from "../../commands/list/useListCommands";
import { useRangeDrag } from "../../commands/list/useRangeDrag";
import { AssetGrid } from "./AssetGrid";
import { countFilters, type Filters, type Sort } from "./filters";
import { Inspector } from "./Inspector";
import { JudgeRow } from "./Judged";
import { SIZES } from "./layout";
import { LibraryMessage } from "./LibraryMessage";
import { type Ask, offersOf, soundActs } from "./offers";
import { clearFilters, setFilters, setLook } from "./query";
import { ReasonField } from "./Reason";
import type { Asset } from "../../data/assets/schema";
import { Side } from "./Side";
import { isHeard, sound } from "./sound";
import { stackOf } from "./rows";
import { type Series, seriesOf } from "./series";
import { stackOffersOf } from "./stacking";
import { Toolbar } from "./Toolbar";
import type { LibraryActions } from "./useActions";
import { useDetails } from "./useDetails";
import type { useLibrary } from "./useLibrary";
import { useFolders, useFolderTree } from "./useLibrary";
import type { Windows } from "./windows";
import { useLightTable } from "./useLightTable";
import { scaled } from "../../platform/textSize";

interface Props {
  library: ReturnType<typeof useLibrary>;
  actions: LibraryActions;
  filters: Filters;
  sort: Sort;
  isDescending: boolean;
  look: Look;
  /** The file last shown in the viewer: the cursor moves to it, which `onReturned` reports. */
  lastViewed: number | null;
  onReturned: () => void;
  selection: Selection;
  setSelection: Select;
  onAsk: (about: Ask, assets: readonly Asset[]) => void;
  onDownload: (folder: string) => void;
  onOpen: (series: Series, first: number) => void;
  /** The listed files or their order have changed. */
  onListed: (places: readonly number[]) => void;
}

/** The library's main view: folders and filters, the files, and the details of the one at the cursor. */
export function LightTable(props: Props) {
  const { library, actions, filters, sort, isDescending, look, lastViewed, onReturned } = props;
  const { onAsk, onDownload, onOpen, onListed } = props;
  const { list, windows } = library;
  const { items } = windows;
  const box = useRef<HTMLDivElement>(null);
  const handle = useRef<ListHandle>(null);
  const [size, setSize] = useStored(
    "pmd.library.size",
    v.number(),
    innerWidth >= scaled(1800) ? SIZES.wide : SIZES.usual,
  );
  const [side, openSide, closeSideStep] = useOverlay("side");
  const isSideOpen = side !== "";
  const details = useDetails(MEDIA.roomy);
  const folders = useFolders(filters);
  const tree = useFolderTree(filters);
  const table = useLightTable({ ...props, list, windows, folders, size, box, handle });
  const { layout, selected, select, active, setActiveId } = table;
  const isTrash = filters.state === "trash";

  useEffect(() => {
    if (lastViewed === null) return;
    setActiveId(lastViewed);
    onReturned();
    // Only where the list is shown again: by then the viewer is closed.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  useEffect(() => onListed(layout.shown), [onListed, layout]);
  useEffect(() => {
    if (selected.length > 0) announce(t`${plural(selected.length, { one: "# file", other: "# files" })} selected`);
  }, [selected.length]);
  useEffect(() => {
    if (active?.type === "audio" && isHeard()) sound.play(active.id);
  }, [active?.id, active?.type]);

  const targets = selected.length > 0 ? selected : active ? [active] : [];
  const none = targets.length === 0 ? t`no file is selected` : null;
  const series = seriesOf(selected, layout.shown);
  const open = (id: number) => {
    setActiveId(id);
    onOpen(series, id);
  };
  const ifShown = useIfShown();
  const reviewListed = async () => {
    // It may be far from the visible rows.
    await list.ensure(0, 0);
    const now = list.windows.get().items;
    const isAll = now.length === layout.shown.length;
    const places = isAll ? layout.shown : Array.from(now, (_, place) => place);
    const first = orderOf(now, places).at(0);
    ifShown(() => first !== undefined && onOpen({ places, isList: isAll, compared: [] }, first));
  };
  // A review of everything is one of the new files, so it shows them first.
  const isReviewDue = useRef(false);
  const review = () => {
    const [first] = selected;
    if (first && selected.length > 1) onOpen(series, first.id);
    else if (filters.state !== "") void reviewListed();
    else {
      setFilters({ ...filters, state: "new" });
      isReviewDue.current = true;
    }
  };
  const isNewListed = filters.state === "new" && !windows.isLoading;
  useEffect(() => {
    if (!isNewListed || !isReviewDue.current) return;
    isReviewDue.current = false;
    void reviewListed();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once, when the new files have arrived
  }, [isNewListed]);
  const offers = offersOf({
    ...{ targets, selected, isTrash },
    stackOffers: stackOffersOf({
      ...{ items, isGrouped: table.isGrouped, targets, selected, actions },
      onStacked: (top) => {
        select(() => noSelection);
        setActiveId(top.id);
      },
    }),
    onPerform: (action) => void actions.perform(action, targets),
    onAsk: (about) => onAsk(about, targets),
    onCompare: (ids) => onOpen({ ...seriesOf([], layout.shown), compared: ids }, ids[0] ?? 0),
  });
  const acts: Command[] = [
    ...offers,
    { name: "stars", disabledReason: none, run: (key) => void actions.judge({ rating: Number(key) }, targets) },
    { name: "label", disabledReason: none, run: (key) => void actions.judge({ label: Number(key) }, targets) },
    { name: "undo", label: t`Undo`, run: () => void actions.undo() },
    { name: "inspect", label: t`Details`, icon: ExternalLink, group: "view", run: details.toggle },
    ...(filters.folder
      ? [
          {
            label: t`Download this folder`,
            icon: Download,
            group: "view",
            run: () => onDownload(filters.folder),
          } as const,
        ]
      : []),
    { name: "hear", icon: Volume2, group: "view", run: sound.hear },
    ...soundActs,
    ...useMatCommands(),
  ];
  useListCommands(
    {
      ...table,
      shape: () => handle.current?.shape() ?? { rows: 1, columns: 1 },
      onAll: () => void table.selectAll(),
      onOpen: (id) => {
        const place = indexIn(items, id);
        const asset = items[place];
        const isStack = stackOf(items, place) > 0 || table.sequences.has(place);
        if (asset && table.isGrouped && isStack && !isSpread(place)) table.onSpread(asset);
        else open(id);
      },
      onLook: (id) => (list.known.get(id)?.type === "audio" ? sound.toggle(id) : open(id)),
      onEscape: () => {
        if (countFilters(filters) === 0) return false;
        clearFilters(filters);
        return true;
      },
    },
    acts,
  );
  // Registered after the list's actions, so that Escape closes a drawer first.
  const closeSide = () => {
    if (isSideOpen) closeSideStep();
    box.current?.focus();
  };
  const closeDetails = () => {
    details.hide();
    box.current?.focus();
  };
  useCommands([
    ...(isSideOpen ? [{ name: "close", run: closeSide } as const] : []),
    ...(details.isDrawer ? [{ name: "close", run: closeDetails } as const] : []),
  ]);
  /** Whether a stack is expanded. */
  const isSpread = (place: number) => layout.shown.includes(place + 1);
  useRangeDrag({ ...table, scroller: box, key: `${look} ${items.length > 0}` });

  const bytes = selected.reduce((sum, asset) => sum + asset.size_bytes, 0);
  return (
    <div className="light-table" data-side={isSideOpen} data-inspected={details.isOpen}>
      <Toolbar
        {...{ filters, sort, isDescending, look, size }}
        facets={windows.facets}
        selectedCount={selected.length > 1 ? selected.length : null}
        onLook={setLook}
        onSize={setSize}
        onReview={review}
        onSide={isSideOpen ? closeSideStep : () => openSide("open")}
      />
      <ReasonField />
      <div className="work">
        <div
          className="beside-drawer"
          onClick={() => {
            if (details.isDrawer) closeDetails();
            closeSide();
          }}
        />
        <Side
          filters={filters}
          sorted={{ sort, isDescending }}
          folders={tree}
          facets={windows.facets}
          onLeave={() => {
            if (isSideOpen) closeSideStep();
          }}
          onDownload={onDownload}
          onChange={(part) => {
            if (isSideOpen) closeSideStep();
            setFilters({ ...filters, ...part });
          }}
        />
        <div className="sheet-list-box">
          {items.length === 0 && (
            <LibraryMessage
              filters={filters}
              isLoading={windows.isLoading}
              error={windows.error}
              didYouMean={windows.didYouMean}
              onRetry={() => void list.want(0, 0)}
            />
          )}
          <AssetGrid
            {...table}
            {...{ list, items, look, box, handle }}
            placed={layout.placed}
            label={moderates ? t`Files of @${config.subject.handle}` : t`Your files`}
            onPick={table.pick}
            onOpen={(asset) => {
              // On a phone, where something is selected, a tap selects.
              if (selected.length > 0 && matchMedia("(hover: none)").matches) table.pick(asset, false);
              else open(asset.id);
            }}
            onStack={table.onSpread}
          />
          <SelectionBar
            count={selected.length}
            label={t`files`}
            detail={<span className="numbers faint">{formatBytes(bytes)}</span>}
            commands={offers}
            top={
              <JudgeRow
                rating={targets[0]?.rating ?? 0}
                label={targets[0]?.label ?? null}
                onJudge={(set) => void actions.judge(set, targets)}
              />
            }
            onClear={() => select(() => noSelection)}
          >
            <Button look="wide-only" onClick={() => void table.selectAll()}>
              <Trans>
                All <span className="count">{formatCount(items.length)}</span> found
              </Trans>
            </Button>
          </SelectionBar>
        </div>
        {details.isOpen && (
          <Inspector
            asset={active}
            actions={actions}
            onTask={(asset) => onAsk("task", [asset])}
            onPublish={(asset) => onAsk("publish", [asset])}
            onOpen={(id) => onOpen({ ids: [id], compared: [] }, id)}
          />
        )}
      </div>
      <StatusText>
        <span className="library-total">{totalOf(windows)}</span>
        {filters.folder && (
          <Trans>
            {" "}
            in <bdi>{filters.folder}</bdi>
          </Trans>
        )}
      </StatusText>
    </div>
  );
}

/** "1 file"; "96+ files" until they are counted. */
function totalOf({ items, isLoading, isExact }: Windows): string {
  if (isLoading) return "…";
  return isExact ? plural(items.length, { one: "# file", other: "# files" }) : t`${formatCount(items.length)}+ files`;
}
