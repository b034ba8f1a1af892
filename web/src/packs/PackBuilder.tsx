import { ArrowLeft, CircleAlert, Images, Trash2 } from "lucide-react";
import { useState } from "react";

import { pageHref } from "../lib/address";
import { formatBytes, plural } from "../lib/format";
import { Button } from "../ui/Button";
import { Dialog, DialogFooter } from "../ui/Dialog";
import { Marks, type MarksChoice } from "../ui/Marks";
import { OpenLink, PageLink } from "../ui/OpenLink";
import { PageBody } from "../ui/PageBody";
import { toast } from "../ui/toast";
import { useAsking } from "../ui/useAsking";
import { changePack, exportPack, refreshPacks, removePack, usePack, usePackCheck } from "./api";
import { BuildForm } from "./BuildForm";
import { Conflicts } from "./Conflicts";
import { Editions } from "./Editions";
import { PackDocuments } from "./PackDocuments";
import { PackFiles } from "./PackFiles";
import { PackForm } from "./PackForm";
import type { ExportRequest, Pack } from "./schema";
import { isExporting } from "./usePacks";

interface Props {
  id: number;
  live: Pack | null;
  onBack: () => void;
}

/** One pack: what is in it and in which order, under what licence, what stands against it, and what is built of it. */
export function PackBuilder({ id, live, onBack }: Props) {
  const version = live ? `${live.updated_at} ${String(live.edition)} ${live.export?.status ?? ""}` : "";
  const { data, error, refetch } = usePack(id, version);
  const pack = live ?? data?.pack ?? null;
  const check = usePackCheck(id, version);
  const [isRemoving, setRemoving] = useState(false);
  const conflicts = check.data?.conflicts ?? [];
  const changed = () => {
    void refetch();
    void check.refetch();
    refreshPacks();
  };
  const [isBusy, ask] = useAsking(changed);

  const choose = (marks: MarksChoice) => ask(() => changePack(id, { marks }));
  const build = (told: ExportRequest) => ask(() => exportPack(id, told));
  const remove = () =>
    ask(async () => {
      await removePack(id);
      toast.info("The pack is removed. Its files stay in your library.");
      onBack();
    });

  const back = (
    <OpenLink className="button quiet" href={pageHref("packs")} onOpen={onBack}>
      <ArrowLeft aria-hidden /> All packs
    </OpenLink>
  );
  if (!pack || !data) {
    return (
      <PageBody title="Pack" actions={back}>
        {error && (
          <p className="empty" role="alert">
            {error.message}
          </p>
        )}
      </PageBody>
    );
  }
  const isBuilding = isExporting(pack);
  return (
    <PageBody title={pack.name} actions={back}>
      <div className="builder">
        <section className="builder-files" aria-labelledby="pack-files">
          <header className="spread">
            <h3 id="pack-files">
              {plural(pack.asset_count, "file")} <span className="muted">· {formatBytes(pack.total_size_bytes)}</span>
            </h3>
            <PageLink className="button" icon={Images} page="library" query={{ state: "approved" }}>
              Add from the library
            </PageLink>
          </header>
          <PackFiles packId={id} assets={data.assets} conflicts={conflicts} onChanged={changed} />
        </section>
        <div className="builder-side">
          <section className="build box" aria-label="Build">
            <Conflicts conflicts={conflicts} isChecking={check.isFetching} error={check.error} />
            <Marks
              tellings={check.data?.tellings ?? null}
              names={new Map(data.assets.map(({ asset_id: asset, name }) => [asset, name]))}
              value={pack.marks}
              isDisabled={isBusy || isBuilding}
              onChange={(marks) => void choose(marks)}
              linkTo={(asset) => (
                <PageLink page="library" query={{ asset: String(asset) }}>
                  Look at the first
                </PageLink>
              )}
            />
            <BuildForm
              key={pack.edition}
              edition={pack.edition + 1}
              isBuilding={isBuilding}
              isDisabled={isBusy || conflicts.length > 0 || check.data === undefined}
              onBuild={(told) => void build(told)}
            />
            <Editions pack={pack} editions={data.editions} />
          </section>
          <PackForm pack={pack} onChanged={changed} />
          <PackDocuments check={check.data ?? null} />
          <Button icon={Trash2} look="danger" disabled={isBusy || isBuilding} onClick={() => setRemoving(true)}>
            Remove this pack
          </Button>
        </div>
      </div>
      {isRemoving && (
        <Dialog title={`Remove “${pack.name}”?`} onClose={() => setRemoving(false)}>
          <p>
            <CircleAlert aria-hidden /> The pack and its {plural(data.editions.length, "built edition")} are gone then.
            The files stay in your library.
          </p>
          <DialogFooter
            icon={Trash2}
            isDangerous
            isDisabled={isBusy}
            onConfirm={() => void remove()}
            onClose={() => setRemoving(false)}
          >
            Remove the pack
          </DialogFooter>
        </Dialog>
      )}
    </PageBody>
  );
}
