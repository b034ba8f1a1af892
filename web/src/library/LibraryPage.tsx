import "./library.css";
import "./viewer.css";

import { Eye } from "lucide-react";
import { lazy, Suspense, useCallback, useDeferredValue, useEffect, useMemo, useState } from "react";
import * as v from "valibot";

import { config, moderates } from "../api/config";
import { useQueryPart, useSearch } from "../lib/address";
import { plural } from "../lib/format";
import { useStored } from "../lib/stored";
import { add, noSelection } from "../lib/selection";
import type { Suggestion } from "../tasks/TaskDialog";
import { Button } from "../ui/Button";
import { useActs } from "../ui/acts";
import { announce } from "../ui/announce";
import { AssetGrid } from "./AssetGrid";
import { EditDialog } from "./EditDialog";
import { filtersFrom } from "./filters";
import { SIZES } from "./layout";
import { LibraryMessage } from "./LibraryMessage";
import { PublishDialog } from "./PublishDialog";
import { PurgeDialog } from "./PurgeDialog";
import { ReasonField } from "./Reason";
import type { Asset } from "./schema";
import { type Ask, SelectionBar } from "./SelectionBar";
import { type Look, Toolbar } from "./Toolbar";
import { useActions } from "./useActions";
import { useAssets, useAssetsCache } from "./useAssets";
import { useSelection } from "./useSelection";
import { Viewer } from "./Viewer";

const TaskDialog = lazy(() => import("../tasks/TaskDialog"));
const AddToPackDialog = lazy(() => import("../packs/AddToPackDialog"));

interface Question {
  about: Ask;
  assets: readonly Asset[];
  suggestion?: Suggestion;
}

export default function LibraryPage() {
  const search = useSearch();
  const filters = useMemo(() => filtersFrom(search), [search]);
  const applied = useDeferredValue(filters);
  const list = useAssets(applied);
  const { assets, isComplete } = list;
  const cache = useAssetsCache(applied);
  const order = useMemo(() => assets.map(({ id }) => id), [assets]);
  const { selection, selected, select, byId } = useSelection(assets, isComplete);
  const actions = useActions(cache);
  const [activeId, setActiveId] = useState<number | null>(null);
  const [look, setLook] = useQueryPart("look");
  const [opened, setOpened] = useQueryPart("asset");
  const [size, setSize] = useStored(
    "pmd.library.size",
    v.number(),
    window.innerWidth < 600 ? SIZES.narrow : SIZES.usual,
  );
  const [question, setQuestion] = useState<Question | null>(null);
  const [review, setReview] = useState<readonly number[] | null>(null);

  useActs([{ name: "undo", run: () => void actions.undo() }]);
  useEffect(() => {
    if (selected.length > 0) announce(`${plural(selected.length, "file")} selected`);
  }, [selected.length]);

  const trash = useCallback(() => {
    const active = activeId === null ? undefined : byId.get(activeId);
    const about = selected.length > 0 ? selected : active ? [active] : [];
    if (about.length === 0) return;
    if (applied.state === "trash") setQuestion({ about: "purge", assets: about });
    else void actions.perform("trash", about);
  }, [activeId, byId, selected, applied.state, actions]);
  const close = () => setQuestion(null);
  const open = (ids: readonly number[], first: number | null) => {
    setReview(ids);
    setOpened(first === null ? null : String(first));
  };

  const openedId = opened ? Number(opened) || null : null;
  const reviewed = review ?? (openedId === null ? null : [openedId]);
  const toReview = selected.length > 1 ? selected.map(({ id }) => id) : order;
  return (
    <section className="library" aria-label="Library">
      <h2 className="visually-hidden">{moderates ? `Library of @${config.subject.handle}` : "Library"}</h2>
      <Toolbar
        filters={filters}
        facets={list.facets}
        first={list.first}
        look={look === "list" ? "list" : "grid"}
        size={size}
        onLook={(to: Look) => setLook(to === "grid" ? null : to)}
        onSize={setSize}
      />
      <ReasonField />
      <div className="library-actions">
        <SelectionBar
          selected={selected}
          shown={order.length}
          isComplete={isComplete}
          isTrash={applied.state === "trash"}
          isBusy={actions.isBusy}
          onAct={(action) => void actions.perform(action, selected)}
          onAsk={(about) => setQuestion({ about, assets: selected })}
          onAll={() => select((now) => add(now, order))}
          onNone={() => select(() => noSelection)}
        />
        <Button
          icon={Eye}
          look="primary"
          disabled={toReview.length === 0}
          onClick={() => open(toReview, toReview[0] ?? null)}
        >
          Review {selected.length > 1 ? "selected" : ""}
        </Button>
      </div>
      {assets.length > 0 ? (
        <AssetGrid
          assets={assets}
          order={order}
          look={look === "list" ? "list" : "grid"}
          size={size}
          selection={selection}
          activeId={activeId}
          label={moderates ? `Files of @${config.subject.handle}` : "Your files"}
          select={select}
          onActive={setActiveId}
          onOpen={(asset) => open(order, asset.id)}
          onDelete={trash}
        />
      ) : (
        <LibraryMessage filters={applied} isLoading={list.total === null} error={list.error} onRetry={list.retry} />
      )}
      {reviewed && (
        <Viewer
          ids={reviewed}
          first={openedId}
          byId={byId}
          isComparing={new URLSearchParams(search).has("compare")}
          onConfirmed={(ids, change) => cache.change(ids, change)}
          onAt={(id) => {
            // The last file may be judged and its address gone: what is reviewed stays open, and can be undone.
            setReview(reviewed);
            setOpened(id === null ? null : String(id));
          }}
          onClose={() => {
            setReview(null);
            setOpened(null);
          }}
        />
      )}
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
            cache.change(posts.keys(), (asset) => ({ ...asset, post_id: posts.get(asset.id) ?? asset.post_id }));
          }}
          onTask={(about, { operations }) =>
            setQuestion({ about: "task", assets: about, suggestion: { kind: "enhance", params: { operations } } })
          }
          onClose={close}
        />
      )}
      {question?.about === "purge" && (
        <PurgeDialog
          assets={question.assets}
          onPurge={() => {
            close();
            void actions.perform("purge", question.assets);
          }}
          onClose={close}
        />
      )}
      <Suspense fallback={null}>
        {question?.about === "task" && (
          <TaskDialog assets={question.assets} suggestion={question.suggestion} onClose={close} />
        )}
        {question?.about === "pack" && (
          <AddToPackDialog assetIds={question.assets.map(({ id }) => id)} onClose={close} />
        )}
      </Suspense>
    </section>
  );
}
