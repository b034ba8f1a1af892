import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";

import "../../ui/marks";
import "./builder.css";
import "./pane.css";

import { FolderInput, Image, Images, Pencil, Trash2 } from "lucide-react";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";

import { type Command, useCommands } from "../../commands/commands";
import { useList } from "../../commands/list/useList";
import { useListCommands } from "../../commands/list/useListCommands";
import { SelectionBar } from "../../commands/SelectionBar";
import { StatusText } from "../../commands/StatusBar";
import { hasPicture } from "../../data/assets/SmallPreview";
import { go } from "../../platform/address";
import { formatCount } from "../../platform/format";
import { withToggled } from "../../platform/lists";
import { keepExisting, noSelection, orderOf, type Selection } from "../../platform/selection";
import { announce } from "../../ui/announce";
import { Button } from "../../ui/Button";
import { LoadError } from "../../ui/Empty";
import { BackLink, PageBody } from "../../ui/PageBody";
import { editOf } from "../../ui/edits";
import { useAsked } from "../../ui/useDialog";
import { useIfShown } from "../../ui/useIfShown";
import { useWrite } from "../../ui/useWrite";
import { changePack, exportPack, refreshPacks, usePack, usePackCheck } from "./api";
import { BuilderBar, type Tab } from "./BuilderBar";
import { BuilderDialog, type Question } from "./BuilderDialog";
import { coverOf } from "./cover";
import { CoverPane } from "./CoverPane";
import { documentsOf } from "./documents";
import { Editions } from "./Editions";
import { isExporting } from "./exporting";
import { groupsOf, treeOf, withFolders } from "./folders";
import { PackChecks } from "./PackChecks";
import { PackPublish } from "./PackPublish";
import { drawnOf, PackTiles, type ShownGroup } from "./PackTiles";
import { besideFolder, filesWithin, PackDocuments, PackTree } from "./PackTree";
import type { ExportRequest, Pack, PackDetails } from "./schema";
import { usePackFiles } from "./usePackFiles";

interface Props {
  id: number;
  live: Pack | null;
  onBack: () => void;
}

/** One pack, once it is known. */
export function PackBuilder({ id, live, onBack }: Props) {
  // The stream tells of its removal before the request is answered: it is not read again, and leads back then.
  const [removed, setRemoved] = useState<Pack | null>(null);
  const onRemoving = (of: Pack, removing: Promise<unknown>) => {
    setRemoved(of);
    removing.catch(() => setRemoved(null)); // its dialog says why
  };
  const pack = live ?? removed;
  const version = pack ? `${pack.updated_at} ${pack.edition} ${pack.export?.status ?? ""} ${pack.seen_by}` : "";
  const { data, error, refetch } = usePack(id, version);
  const check = usePackCheck(id, version);
  const changed = () => {
    void refetch();
    void check.refetch();
    refreshPacks();
  };
  if (!data) {
    return (
      <PageBody title={pack?.name ?? t`Pack`} back={<BackLink to="packs" words={t`Packs`} onOpen={onBack} />}>
        {error && <LoadError error={error} onRetry={() => void refetch()} />}
      </PageBody>
    );
  }
  return (
    <Builder
      pack={pack ?? data.pack}
      details={data}
      check={check}
      onChanged={changed}
      onRemoving={onRemoving}
      onBack={onBack}
    />
  );
}

interface BuilderProps {
  pack: Pack;
  details: PackDetails;
  check: ReturnType<typeof usePackCheck>;
  onChanged: () => void;
  onRemoving: (pack: Pack, removing: Promise<unknown>) => void;
  onBack: () => void;
}

/** A pack's files by folder, its cover, what is to do, and the next edition. */
function Builder({ pack, details, check, onChanged, onRemoving, onBack }: BuilderProps) {
  const { id } = pack;
  const assets = useMemo(() => withFolders(details.assets), [details.assets]);
  const files = usePackFiles(id, assets, onChanged);
  const [tab, setTab] = useState<Tab>("all");
  const [text, setText] = useState("");
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [whole, setWhole] = useState<ReadonlySet<string>>(new Set());
  const [asked, select] = useState<Selection>(noSelection);
  const [question, setQuestion, closeQuestion] = useAsked<Question>();
  const ifShown = useIfShown();
  const dragged = useRef<number | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const [isBusy, write] = useWrite(onChanged);
  const conflicts = useMemo(
    () => new Set(check.data?.conflicts.flatMap(({ asset_id: asset }) => asset ?? [])),
    [check.data],
  );
  const listed = useMemo(() => {
    const wanted = text.trim().toLowerCase();
    return files.shown.filter(
      (asset) =>
        (tab !== "new" || (asset.is_new && pack.edition > 0)) &&
        (tab !== "todo" || conflicts.has(asset.asset_id)) &&
        (wanted === "" || `${asset.folder}/${asset.name}`.toLowerCase().includes(wanted)),
    );
  }, [files.shown, tab, text, conflicts, pack.edition]);
  const groups = useMemo(
    (): ShownGroup[] =>
      groupsOf(listed).map((group) => ({
        ...group,
        isClosed: closed.has(group.folder),
        isWhole: whole.has(group.folder) || tab !== "all" || text !== "",
      })),
    [listed, closed, whole, tab, text],
  );
  const drawn = useMemo(() => groups.flatMap(drawnOf).map((asset) => ({ ...asset, id: asset.asset_id })), [groups]);
  const order = useMemo(() => orderOf(drawn), [drawn]);
  const selection = keepExisting(asked, (each) => order.indexOf(each) >= 0);
  const list = useList({ order, key: `${tab} ${text}`, selection, select });
  const { activeId } = list;
  const active = drawn.find((asset) => asset.id === activeId) ?? null;
  const folders = treeOf(files.shown, files.isOut, pack.edition);
  const targets = selection.ids.size > 0 ? [...selection.ids] : activeId === null ? [] : [activeId];
  const isBuilding = isExporting(pack);

  const goTo = (asset: number | undefined) => {
    if (asset === undefined) return false;
    list.setActiveId(asset);
    document.getElementById(`packed-${asset}`)?.scrollIntoView({ block: "nearest" });
    return true;
  };
  const goToFolder = (folder: string | null) => {
    const group =
      groups.find((each) => each.folder === folder) ??
      groups.find((each) => each.folder.startsWith(`${folder ?? ""}/`));
    const found = group && goTo(drawnOf(group)[0]?.asset_id);
    if (found)
      box.current?.querySelector(`[data-folder="${CSS.escape(group.folder)}"]`)?.scrollIntoView({ block: "start" });
    return found ?? false;
  };
  const build = (request: ExportRequest) => write(() => exportPack(id, request));
  const one = targets.length === 1 ? active : null;
  const isAllOut = targets.length > 0 && targets.every(files.isOut);
  const swapWords = isAllOut ? t`Take in` : t`Leave out`;
  const swap = () => {
    if (isAllOut) files.takeIn(targets);
    else files.leaveOut(targets);
    return targets.length > 0;
  };
  const offers: Command[] = [
    {
      ...{ name: "leaveOut", icon: isAllOut ? Images : Trash2, group: "selection" },
      label: swapWords,
      disabledReason: targets.length === 0 ? t`no file is selected` : null,
      run: swap,
    },
    {
      ...{ label: t`Move to folder…`, icon: FolderInput, group: "selection" },
      disabledReason: isAllOut ? t`it is left out` : null,
      run: () => setQuestion({ about: "folder", ids: targets.filter((each) => !files.isOut(each)) }),
    },
    {
      ...{ name: "cover", label: t`Use as cover`, icon: Image, group: "selection" },
      disabledReason: one === null ? t`choose one picture` : hasPicture(one) ? null : t`it has no picture`,
      run: () => setQuestion({ about: "cover", ...(one && { assetId: one.id }) }),
    },
  ];
  useListCommands(
    {
      ...{ order, activeId, selection, select },
      setActiveId: (asset) => void goTo(asset),
      shape: () => ({ rows: 3, columns: columnsOf(box.current) }),
      onOpen: (asset) => go("library", { asset }),
    },
    [
      ...offers,
      { name: "folder", run: (key) => goToFolder(besideFolder(groups, active?.folder ?? null, key === "[" ? -1 : 1)) },
      { name: "remove", label: swapWords, run: swap },
      {
        name: "edit",
        label: t`Name and licence`,
        icon: Pencil,
        group: "view",
        run: () => setQuestion({ about: "details" }),
      },
      { name: "search", run: () => search.current?.select() },
    ],
  );
  useCommands([
    {
      name: "build",
      disabledReason: isBuilding ? t`it is being built` : conflicts.size > 0 ? t`something is to do first` : null,
      run: () => build({}),
    },
  ]);
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (!event.altKey || by === undefined || !active || files.isOut(active.id)) return;
    event.preventDefault();
    files.moveBy(active.id, by === 1 ? 1 : -1);
    announce(t`${active.name} moved ${by < 0 ? t`forward` : t`back`}`);
  };
  const documents = documentsOf(check.data ?? null, pack, files.inside);
  const newCount = pack.edition === 0 ? 0 : files.inside.filter(({ is_new: isNew }) => isNew).length;
  return (
    <section className="page-body" aria-label={pack.name}>
      <BuilderBar
        {...{ pack, tab, setTab, text, setText, isBuilding, search, onBack }}
        counts={{ all: files.inside.length, new: newCount, todo: conflicts.size }}
        onEdit={() => setQuestion({ about: "details" })}
      />
      <div className="builder">
        <aside className="pack-side" aria-label={t`Folders`}>
          <h3 className="over">
            <Trans>Folders</Trans> <span className="grow" />{" "}
            <span className="count">{formatCount(files.inside.length)}</span>
          </h3>
          <PackTree
            folders={folders}
            current={active?.folder ?? null}
            onGo={(folder) => void goToFolder(folder)}
            onTick={(folder, isIn) => {
              const some = filesWithin(files.shown, folder);
              if (isIn) files.takeIn(some);
              else files.leaveOut(some);
            }}
            onDrop={(folder) => {
              if (dragged.current !== null) files.toFolder(draggedWith(dragged.current, selection), folder);
            }}
          />
          <h3 className="over">
            <Trans>Written for you</Trans>
          </h3>
          <PackDocuments documents={documents} onOpen={(name) => setQuestion({ about: "document", name })} />
        </aside>
        <div className="pack-middle">
          {files.shown.length === 0 && (
            <p className="muted pack-none">
              <Trans>No file is in it yet. Choose approved files in the library, and add them to this pack.</Trans>
            </p>
          )}
          <PackTiles
            {...{ box, groups, activeId, conflicts, onKeyDown }}
            edition={pack.edition}
            isSelected={(each) => selection.ids.has(each)}
            isOut={files.isOut}
            onPick={(each, isRange, isMore) => {
              if (isRange || isMore) list.pick(each, isRange);
              else list.setActiveId(each);
            }}
            onMenu={list.openMenuFor}
            onFold={(folder) => setClosed((now) => withToggled(now, folder))}
            onWhole={(folder) => setWhole((now) => new Set(now).add(folder))}
            onDrag={(each) => (dragged.current = each)}
            onDropOn={(before) => {
              if (dragged.current !== null && dragged.current !== before) files.moveBefore(dragged.current, before);
            }}
          />
          <SelectionBar
            count={selection.ids.size}
            label={t`files`}
            commands={offers}
            onClear={() => select(() => noSelection)}
          />
        </div>
        <aside className="pack-pane" aria-label={t`Next edition`}>
          <CoverPane
            {...{ pack, isBusy }}
            assets={files.inside}
            onUse={(assetId) => write(() => changePack(id, editOf(pack, { cover: coverOf(assetId) })))}
            onChoose={() => setQuestion({ about: "cover" })}
          />
          <PackChecks
            pack={pack}
            assets={files.inside}
            check={check.data ?? null}
            isChecking={check.isFetching}
            error={check.error}
            isBusy={isBusy || isBuilding}
            onMarks={(marks) => write(() => changePack(id, editOf(pack, { marks })))}
            onLeaveOut={files.leaveOut}
            onChanged={onChanged}
          />
          <PackPublish
            pack={pack}
            isBuilding={isBuilding}
            isDisabled={isBusy || check.data === undefined || check.data.conflicts.length > 0}
            onBuild={build}
            onEdit={() => setQuestion({ about: "details" })}
          />
          <section className="pack-section" aria-label={t`Built`}>
            <Editions pack={pack} editions={details.editions} />
            <Button
              icon={Trash2}
              look="danger"
              disabled={isBusy || isBuilding}
              onClick={() => setQuestion({ about: "remove" })}
            >
              <Trans>Delete this pack</Trans>
            </Button>
          </section>
        </aside>
      </div>
      <StatusText>
        <Trans>
          <Plural value={files.inside.length} one="# file" other="# files" />
          {files.shown.length > files.inside.length && t` of ${formatCount(files.shown.length)}`} in the pack
        </Trans>
      </StatusText>
      {question && (
        <BuilderDialog
          {...{ question, pack, onChanged }}
          documents={documents}
          folders={folders.map(({ folder }) => folder)}
          onMove={files.toFolder}
          onRemoving={(removing) => onRemoving(pack, removing)}
          onRemoved={() => {
            refreshPacks();
            ifShown(onBack);
          }}
          onClose={closeQuestion}
        />
      )}
    </section>
  );
}

/** A dragged tile takes the selection along, if it is one of it. */
function draggedWith(id: number, { ids }: Selection): readonly number[] {
  return ids.has(id) ? [...ids] : [id];
}

/** Tiles beside each other, as they are laid out. */
function columnsOf(box: HTMLElement | null): number {
  const group = box?.querySelector(".pack-group");
  return group ? getComputedStyle(group).gridTemplateColumns.split(" ").length : 1;
}
