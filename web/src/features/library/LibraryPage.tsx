import "./library.css";

import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";

import { Trash2 } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import { closeOverlay, go, openOverlay, queryParam, setParameters, useParameters } from "../../platform/address";
import { formatBytes } from "../../platform/format";
import { indexIn, noSelection, orderOf, type Selection } from "../../platform/selection";
import { KeepMounted } from "../../ui/KeepMounted";
import { FormDialog } from "../../ui/Dialog";
import { LazyDialog } from "../../ui/Lazy";
import { requestFiles } from "../../data/client";
import { openShared } from "../../data/dialogs";
import { noteRequested } from "../../data/downloads";
import { refreshDownloads } from "../../data/queries";
import type { FilesRequest } from "../../data/schema";
import { madeWords, makeDrafts } from "../../data/drafts";
import { toast } from "../../ui/toast";
import { useAsked } from "../../ui/useDialog";
import { useOnce } from "../../ui/useOnce";
import { useWrite } from "../../ui/useWrite";
import { Alike } from "./Alike";
import { EditDialog } from "./EditDialog";
import { FILTERS, groupsFolders, sortFrom } from "./filters";
import { LightTable } from "./LightTable";
import { getAssetDetails } from "./api";
import { comparedIn, comparedParameter, type Series } from "./series";
import type { Ask } from "./offers";
import { isStacked } from "./rows";
import { rememberedPlace, rememberPlace } from "./place";
import { PublishDialog } from "./PublishDialog";
import type { Asset } from "../../data/assets/schema";
import { useActions } from "./useActions";
import { useLibrary } from "./useLibrary";
import { Viewer } from "./Viewer";

const OTHERS = ["sort", "look", "asset", "compare"] as const;

interface Question {
  about: Ask;
  assets: readonly Asset[];
}

export default function LibraryPage() {
  const filters = useParameters("library", FILTERS);
  const { sort, look, asset, compare } = useParameters("library", OTHERS);
  const sorted = sortFrom(sort);
  const hasStacks = groupsFolders(filters, sorted.sort) && !sorted.isDescending;
  const library = useLibrary(filters, sorted);
  const { list, windows, refresh: refreshList } = library;
  // A failed refresh is no one's error: the list is refreshed again as it changes.
  const refresh = useCallback(() => refreshList().catch(() => undefined), [refreshList]);
  const actions = useActions({ list, state: filters.state, refresh });
  const [question, setQuestion, close] = useAsked<Question>();
  const [lastSeries, setLastSeries] = useState<Series | null>(null);
  const [lastViewed, setLastViewed] = useState<number | null>(null);
  const [selection, setSelection] = useState<Selection>(noSelection);

  const openedId = asset || null;
  const isViewing = openedId !== null;
  const { items } = windows;
  const lastIds = useMemo(
    () => lastSeries && ("ids" in lastSeries ? lastSeries.ids : orderOf(items, lastSeries.places)),
    [lastSeries, items],
  );
  // The last series stays for “forward”; a link opens one file alone.
  const ids = openedId !== null && lastIds && lastIds.indexOf(openedId) >= 0 ? lastIds : null;
  const series = ids && lastSeries;
  const openViewer = (opened: Series, first: number) => {
    setLastSeries(opened);
    openOverlay("asset", first, { compare: comparedParameter(opened.compared) });
  };
  const listed = useRef<readonly number[]>([]);
  const onListed = useCallback((places: readonly number[]) => {
    listed.current = places;
    setLastSeries((now) => (now && "places" in now && now.isList ? { ...now, places } : now));
  }, []);
  const onAt = useCallback(
    (id: number | null, at: number) => {
      // Past the last file the address keeps it; and what “back” has just closed stays closed.
      if (id !== null && queryParam("asset")) openOverlay("asset", id);
      setLastViewed(id);
      if (!series || !("places" in series)) return;
      if (id !== null && series.isList) rememberPlace(id, indexIn(list.windows.get().items, id));
      const places = series.places.slice(at, at + 24);
      if (places.length > 0) void list.want(places[0] ?? 0, places.at(-1) ?? 0);
    },
    [series, list],
  );
  const onRead = useCallback((asset: Asset) => list.update(asset), [list]);
  // After a reload a file that was opened from the list opens at its place in the list again, and what was compared
  // beside each other.
  const named = useMemo(() => comparedIn(compare), [compare]);
  useEffect(() => {
    if (openedId === null || series) return;
    const place = rememberedPlace(openedId);
    if (place === null && named.length === 0) return;
    const unmounted = new AbortController();
    const ask = async (id: number) => list.known.get(id) ?? (await getAssetDetails(id, unmounted.signal)).asset;
    const restore = async () => {
      for (const found of await Promise.all(named.map(ask))) list.known.set(found.id, found);
      if (place === null) {
        setLastSeries({ ids: named, compared: named });
        return;
      }
      await list.ensure(place, place);
      // A covered list reports no order; its stacks are closed, save the one of this file.
      const now = list.windows.get().items;
      const spread = new Set([list.known.get(openedId)?.parent_asset_id ?? 0]);
      const all = Array.from(now, (_, index) => index);
      const covered = hasStacks ? all.filter((index) => !isStacked(now, index, spread)) : all;
      const places = [listed.current, covered].find((each) => orderOf(now, each).indexOf(openedId) >= 0);
      if (places) setLastSeries({ places, isList: true, compared: named });
    };
    restore().catch(() => undefined); // one of them is gone: the file that was looked at is there alone
    return () => unmounted.abort();
  }, [openedId, series, list, hasStacks, items, named]); // and again once a failed window has been fetched
  useEffect(() => {
    if (!isViewing) return;
    list.freeze(true);
    return () => {
      list.freeze(false);
      void refresh();
    };
  }, [isViewing, list, refresh]);
  const [, write] = useWrite();
  const once = useOnce();
  const download = (body: FilesRequest) => write(() => once(body, (key) => downloadFiles(body, key)));
  const ask = (about: Ask, assets: readonly Asset[]) => {
    if (about === "task") openShared({ about, assets });
    else if (about === "pack") openShared({ about, assetIds: assets.map(({ id }) => id), bytes: bytesOf(assets) });
    else if (about === "drafts") write(() => draftFiles(assets));
    else if (about === "download") download({ asset_ids: assets.map(({ id }) => id) });
    else setQuestion({ about, assets });
  };
  const covering = isViewing ? (
    <Viewer
      key={ids && ids.length > 1 ? "series" : openedId}
      ids={ids ?? [openedId]}
      compared={series?.compared ?? []}
      first={openedId}
      isComparing={compare !== "" && named.length === 0}
      known={(id) => list.known.get(id) ?? null}
      onRead={onRead}
      actions={actions}
      onAt={onAt}
      onCompared={(ids) => setParameters("library", { compare: comparedParameter(ids) })}
      onOpen={(id) => {
        closeOverlay("details");
        openViewer({ ids: [id], compared: [] }, id);
      }}
      onClose={() => {
        closeOverlay("details");
        closeOverlay("asset", "compare");
      }}
    />
  ) : (
    look === "alike" && (
      <Alike
        actions={actions}
        onCompare={(assets, first) => {
          for (const asset of assets) list.known.set(asset.id, asset);
          const ids = assets.map(({ id }) => id);
          openViewer({ ids, compared: ids }, first.id);
        }}
        onClose={() => closeOverlay("look")}
      />
    )
  );
  return (
    <section className="library" aria-label={t`Library`}>
      <KeepMounted by={covering} onClose={() => closeOverlay(isViewing ? "asset" : "look", "compare")}>
        <LightTable
          {...{ library, actions, lastViewed }}
          {...sorted}
          filters={filters}
          selection={selection}
          setSelection={setSelection}
          look={look === "list" ? "list" : "grid"}
          onAsk={ask}
          onDownload={(folder) => download({ folder })}
          onOpen={openViewer}
          onListed={onListed}
          onReturned={() => setLastViewed(null)}
        />
      </KeepMounted>
      <LazyDialog onClose={close}>
        {question?.about === "edit" && (
          <EditDialog
            assets={question.assets}
            onApply={(change, seen) => actions.edit(change, question.assets, seen)}
            onClose={close}
          />
        )}
        {question?.about === "publish" && (
          <PublishDialog
            assets={question.assets}
            onDone={(items) => {
              const posts = new Map(items.map((item) => [item.asset_id, item.post_id]));
              actions.change(posts.keys(), (asset) => ({ ...asset, post_id: posts.get(asset.id) ?? asset.post_id }));
            }}
            onTask={(assets, { params }) => {
              close();
              openShared({ about: "task", assets, suggestion: { kind: "export", params } });
            }}
            onClose={close}
          />
        )}
        {question?.about === "purge" && (
          <FormDialog
            title={t`Delete ${plural(question.assets.length, { one: "# file", other: "# files" })} permanently?`}
            icon={Trash2}
            confirm={t`Delete ${plural(question.assets.length, { one: "# file", other: "# files" })}`}
            isDangerous
            onSubmit={() => {
              close();
              void actions.perform("purge", question.assets);
            }}
            onClose={close}
          >
            <p>
              <Trans>
                This cannot be undone. It frees up to {formatBytes(bytesOf(question.assets))}. Copies that a post or a
                built pack uses are kept.
              </Trans>
            </p>
          </FormDialog>
        )}
      </LazyDialog>
    </section>
  );
}

async function draftFiles(assets: readonly Asset[]): Promise<void> {
  const made = await makeDrafts(assets.map(({ id }) => id));
  toast.success(madeWords(made), {
    action: { label: t`Open`, onClick: () => go("publish", { tab: "drafts" }) },
  });
}

/** One ZIP; the tray has it, and says when it is ready. */
async function downloadFiles(body: FilesRequest, key: string): Promise<void> {
  try {
    const { id, message } = await requestFiles(body, key);
    if (noteRequested(id)) toast.success(message);
  } finally {
    refreshDownloads();
  }
}

function bytesOf(assets: readonly Asset[]): number {
  return assets.reduce((sum, { size_bytes: bytes }) => sum + bytes, 0);
}
