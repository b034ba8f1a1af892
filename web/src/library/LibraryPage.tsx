import "./library.css";
import "./files.css";
import "./widths.css";
import "./viewer.css";

import { useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { lazy, useCallback, useMemo, useState } from "react";

import { setQuery, useQueryPart, useSearch } from "../lib/address";
import { formatBytes, plural } from "../lib/format";
import { patiently } from "../lib/patient";
import { noSelection, type Order, type Selection } from "../lib/selection";
import type { Suggestion } from "../tasks/TaskDialog";
import { FormDialog } from "../ui/Dialog";
import { FetchedDialog } from "../ui/Fetched";
import { Alike } from "./Alike";
import { EditDialog } from "./EditDialog";
import { type Filters, filtersFrom, sortFrom } from "./filters";
import { LightTable } from "./LightTable";
import type { Ask } from "./offers";
import { PublishDialog } from "./PublishDialog";
import type { Asset } from "./schema";
import { useActions } from "./useActions";
import { ALIKE, useLibrary } from "./useLibrary";
import { Viewer } from "./Viewer";

const TaskDialog = lazy(patiently(() => import("../tasks/TaskDialog")));
const AddToPackDialog = lazy(patiently(() => import("../packs/AddToPackDialog")));

interface Question {
  about: Ask;
  assets: readonly Asset[];
  suggestion?: Suggestion;
}

/** What is looked at one after the other. */
interface Looking {
  ids: Order;
  first: number | null;
  compared: readonly number[];
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
  const [look] = useQueryPart("look");
  const [opened, setOpened] = useQueryPart("asset");
  const [question, setQuestion] = useState<Question | null>(null);
  const [looking, setLooking] = useState<Looking | null>(null);
  const [seen, setSeen] = useState<number | null>(null);
  // Here, for the list is not in the page while a file is looked at.
  const [selection, setSelection] = useState<Selection>(noSelection);

  const openedId = opened ? Number(opened) || null : null;
  const alone = useMemo(
    () => (openedId === null ? null : { ids: [openedId], first: openedId, compared: [] }),
    [openedId],
  );
  const viewed = looking ?? alone;
  const onAt = useCallback(
    (id: number | null, at: number) => {
      // The last file may be judged and its address gone: what is looked at stays open, and can be undone.
      setLooking((now) => now ?? viewed);
      setOpened(id === null ? null : String(id));
      setSeen(id);
      if (looking && looking.ids.length > at) void windows.want(at, at + 24);
    },
    [viewed, setOpened, looking, windows],
  );
  const close = () => setQuestion(null);
  const isListShown = viewed === null;
  return (
    <section className="library" aria-label="Library">
      {isListShown && look === "alike" && (
        <Alike
          actions={actions}
          onCompare={(assets, first) => {
            for (const asset of assets) windows.known.set(asset.id, asset);
            const ids = assets.map(({ id }) => id);
            windows.freeze(true);
            setLooking({ ids, first: first.id, compared: ids });
          }}
          onClose={() => setQuery({ look: null })}
        />
      )}
      {isListShown && look !== "alike" && (
        <LightTable
          {...{ library, actions, seen }}
          {...sorted}
          filters={filters}
          selection={selection}
          setSelection={setSelection}
          look={look === "list" ? "list" : "grid"}
          onAsk={(about, assets) => setQuestion({ about, assets })}
          onOpen={(ids, first, compared = []) => {
            windows.freeze(true);
            setLooking({ ids, first, compared });
          }}
        />
      )}
      {!isListShown && (
        <Viewer
          {...viewed}
          isComparing={new URLSearchParams(search).has("compare")}
          known={(id) => windows.known.get(id) ?? null}
          actions={actions}
          onAt={onAt}
          onClose={() => {
            windows.freeze(false);
            setLooking(null);
            setOpened(null);
            void refresh();
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
      <FetchedDialog onClose={close}>
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
      </FetchedDialog>
    </section>
  );
}

function bytesOf(assets: readonly Asset[]): number {
  return assets.reduce((sum, { size_bytes: bytes }) => sum + bytes, 0);
}
