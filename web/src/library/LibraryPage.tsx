import "./library.css";
import "./files.css";
import "./widths.css";
import "./viewer.css";

import { useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { lazy, useCallback, useEffect, useMemo, useState } from "react";

import { closeOverlay, openOverlay, queryParam, useQueryParam, useSearch } from "../lib/address";
import { formatBytes, plural } from "../lib/format";
import { retryImport } from "../lib/retryImport";
import { noSelection, type Order, type Selection } from "../lib/selection";
import type { Suggestion } from "../tasks/TaskDialog";
import { KeepMounted } from "../ui/KeepMounted";
import { FormDialog } from "../ui/Dialog";
import { LazyDialog } from "../ui/Lazy";
import { Alike } from "./Alike";
import { EditDialog } from "./EditDialog";
import { type Filters, filtersFrom, sortFrom } from "./filters";
import { LightTable, type Looking } from "./LightTable";
import type { Ask } from "./offers";
import { PublishDialog } from "./PublishDialog";
import type { Asset } from "./schema";
import { useActions } from "./useActions";
import { ALIKE, useLibrary } from "./useLibrary";
import { Viewer } from "./Viewer";

const TaskDialog = lazy(retryImport(() => import("../tasks/TaskDialog")));
const AddToPackDialog = lazy(retryImport(() => import("../packs/AddToPackDialog")));

interface Question {
  about: Ask;
  assets: readonly Asset[];
  suggestion?: Suggestion;
}

export default function LibraryPage() {
  const search = useSearch();
  const parts = JSON.stringify(filtersFrom(search));
  // The same object as long as it says the same: what is listed depends on nothing else in the address.
  const filters = useMemo(() => JSON.parse(parts) as Filters, [parts]);
  const sorted = sortFrom(search);
  const library = useLibrary(filters, sorted);
  const { windows, refresh: refreshList } = library;
  const client = useQueryClient();
  const refresh = useCallback(async () => {
    await Promise.all([refreshList(), client.invalidateQueries({ queryKey: ALIKE })]);
  }, [refreshList, client]);
  const actions = useActions({ windows, state: filters.state, refresh });
  const [look] = useQueryParam("look");
  const [opened] = useQueryParam("asset");
  const [question, setQuestion] = useState<Question | null>(null);
  const [looking, setLooking] = useState<Looking | null>(null);
  const [seen, setSeen] = useState<number | null>(null);
  const [selection, setSelection] = useState<Selection>(noSelection);

  const openedId = opened ? Number(opened) || null : null;
  const isLooking = openedId !== null;
  // What was looked through last is kept, for “forward”; a link names one file.
  const series = looking && looking.ids.indexOf(openedId ?? 0) >= 0 ? looking : null;
  const viewed = useMemo(() => series ?? { ids: [openedId ?? 0], compared: [] }, [series, openedId]);
  const lookAt = (ids: Order, first: number, { compared = [], isList = false }: Partial<Looking> = {}) => {
    setLooking({ ids, compared, isList });
    openOverlay("asset", String(first));
  };
  const onListed = useCallback((ids: Order) => setLooking((now) => (now?.isList ? { ...now, ids } : now)), []);
  const onAt = useCallback(
    (id: number | null, at: number) => {
      // Past the last file the address stays at it, and what “back” has just closed stays closed.
      if (id !== null && queryParam("asset")) openOverlay("asset", String(id));
      setSeen(id);
      if (series && series.ids.length > at) void windows.want(at, at + 24);
    },
    [series, windows],
  );
  useEffect(() => {
    if (!isLooking) return;
    windows.freeze(true);
    return () => {
      windows.freeze(false);
      void refresh();
    };
  }, [isLooking, windows, refresh]);
  const close = () => setQuestion(null);
  const covering = isLooking ? (
    <Viewer
      key={viewed.ids.length === 1 ? openedId : "series"}
      {...viewed}
      first={openedId}
      isComparing={new URLSearchParams(search).has("compare")}
      known={(id) => windows.known.get(id) ?? null}
      actions={actions}
      onAt={onAt}
      onOpen={(id) => lookAt([id], id)}
      onClose={() => closeOverlay("asset", "compare")}
    />
  ) : (
    look === "alike" && (
      <Alike
        actions={actions}
        onCompare={(assets, first) => {
          for (const asset of assets) windows.known.set(asset.id, asset);
          const ids = assets.map(({ id }) => id);
          lookAt(ids, first.id, { compared: ids });
        }}
        onClose={() => closeOverlay("look")}
      />
    )
  );
  return (
    <section className="library" aria-label="Library">
      <KeepMounted by={covering}>
        <LightTable
          {...{ library, actions, seen }}
          {...sorted}
          filters={filters}
          selection={selection}
          setSelection={setSelection}
          look={look === "list" ? "list" : "grid"}
          onAsk={(about, assets) => setQuestion({ about, assets })}
          onOpen={lookAt}
          onListed={onListed}
        />
      </KeepMounted>
      {question?.about === "edit" && (
        <EditDialog
          assets={question.assets}
          onApply={(change) => actions.edit(change, question.assets)}
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
          onTask={(about, { operations }) =>
            setQuestion({ about: "task", assets: about, suggestion: { kind: "enhance", params: { operations } } })
          }
          onClose={close}
        />
      )}
      {question?.about === "purge" && (
        <FormDialog
          title={`Remove ${plural(question.assets.length, "file")} for good?`}
          icon={Trash2}
          confirm={`Remove ${plural(question.assets.length, "file")}`}
          isDangerous
          onSubmit={() => {
            close();
            void actions.perform("purge", question.assets);
          }}
          onClose={close}
        >
          <p>
            This cannot be undone. It frees up to {formatBytes(bytesOf(question.assets))}; what a post or a built pack
            still needs is kept for it.
          </p>
        </FormDialog>
      )}
      <LazyDialog onClose={close}>
        {question?.about === "task" && (
          <TaskDialog assets={question.assets} suggestion={question.suggestion} onClose={close} />
        )}
        {question?.about === "pack" && (
          <AddToPackDialog
            assetIds={question.assets.map(({ id }) => id)}
            bytes={bytesOf(question.assets)}
            onClose={close}
          />
        )}
      </LazyDialog>
    </section>
  );
}

function bytesOf(assets: readonly Asset[]): number {
  return assets.reduce((sum, { size_bytes: bytes }) => sum + bytes, 0);
}
