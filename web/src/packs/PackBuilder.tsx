import { CircleAlert, CircleCheck, Images, PackageCheck, Trash2 } from "lucide-react";
import { useState } from "react";

import { formatBytes, plural } from "../lib/format";
import { Button } from "../ui/Button";
import { FormDialog } from "../ui/Dialog";
import { useDialog } from "../ui/useDialog";
import { TextArea, TextField } from "../ui/Field";
import { MetadataChoice, type MetadataPolicy } from "../ui/MetadataChoice";
import { PageLink } from "../ui/OpenLink";
import { ErrorMessage, PageBody, BackLink } from "../ui/PageBody";
import { toast } from "../ui/toast";
import { useRequest } from "../ui/useRequest";
import { changePack, exportPack, isExporting, refreshPacks, removePack, usePack, usePackCheck } from "./api";
import { Editions } from "./Editions";
import { PackFiles } from "./PackFiles";
import { PackForm } from "./PackForm";
import type { Conflict, ExportRequest, Pack, PackCheck } from "./schema";

interface Props {
  id: number;
  live: Pack | null;
  onBack: () => void;
}

/** One pack: what is in it and in which order, under what licence, what stands against it, and what is built of it. */
export function PackBuilder({ id, live, onBack }: Props) {
  const version = live ? `${live.updated_at} ${live.edition} ${live.export?.status ?? ""}` : "";
  const { data, error, refetch } = usePack(id, version);
  const pack = live ?? data?.pack ?? null;
  const check = usePackCheck(id, version);
  const conflicts = check.data?.conflicts ?? [];
  const changed = () => {
    void refetch();
    void check.refetch();
    refreshPacks();
  };
  const [isBusy, ask] = useRequest(changed);

  const choose = (marks: MetadataPolicy) => ask(() => changePack(id, { marks }));
  const build = (told: ExportRequest) => ask(() => exportPack(id, told));
  const remove = () =>
    ask(async () => {
      await removePack(id);
      toast.info("The pack is removed. Its files stay in your library.");
      onBack();
    });
  const [openRemoving, removing] = useDialog((onClose) => (
    <FormDialog
      title={`Remove “${pack?.name ?? ""}”?`}
      icon={Trash2}
      confirm="Remove the pack"
      isDangerous
      onSubmit={remove}
      onClose={onClose}
    >
      <p>
        <CircleAlert aria-hidden /> The pack and its {plural(data?.editions.length ?? 0, "built edition")} are gone
        then. The files stay in your library.
      </p>
    </FormDialog>
  ));

  const back = <BackLink to="packs" onOpen={onBack} />;
  if (!pack || !data) {
    return (
      <PageBody title="Pack" actions={back}>
        {error && <ErrorMessage error={error} />}
      </PageBody>
    );
  }
  const isBuilding = isExporting(pack);
  return (
    <PageBody title={pack.name} actions={back}>
      <div className="builder">
        <section aria-labelledby="pack-files">
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
            <MetadataChoice
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
          <Button icon={Trash2} look="danger" disabled={isBusy || isBuilding} onClick={openRemoving}>
            Remove this pack
          </Button>
        </div>
      </div>
      {removing}
    </PageBody>
  );
}

interface ConflictsProps {
  conflicts: readonly Conflict[];
  isChecking: boolean;
  error: Error | null;
}

/** What stands against a build, file by file. The service says it; nothing is guessed here. */
function Conflicts({ conflicts, isChecking, error }: ConflictsProps) {
  if (error) return <p className="refusal">{error.message}</p>;
  if (conflicts.length === 0) {
    return (
      <p className="no-conflicts" role="status">
        <CircleCheck aria-hidden /> {isChecking ? "Checking…" : "Nothing stands against a build."}
      </p>
    );
  }
  return (
    <div className="refusal" role="status">
      <p>
        <CircleAlert aria-hidden /> {plural(conflicts.length, "thing stands", "things stand")} against a build:
      </p>
      <ul className="conflicts" tabIndex={0} aria-label="What stands against a build">
        {conflicts.map(({ code, message, asset_id: id, file }) => (
          <li key={`${code} ${id}`}>
            {id !== null && (
              <PageLink page="library" query={{ asset: String(id) }}>
                <bdi>{file}</bdi>
              </PageLink>
            )}{" "}
            {message}
          </li>
        ))}
      </ul>
    </div>
  );
}

interface BuildProps {
  edition: number;
  isBuilding: boolean;
  isDisabled: boolean;
  onBuild: (told: ExportRequest) => void;
}

/** The next edition: what it is called and what is new in it, for those whom it is shared with. */
function BuildForm({ edition, isBuilding, isDisabled, onBuild }: BuildProps) {
  const [version, setVersion] = useState("");
  const [changes, setChanges] = useState("");
  return (
    <form
      className="build-form"
      onSubmit={(event) => {
        event.preventDefault();
        onBuild({ version: version || null, changes: changes.trim() || null });
      }}
    >
      {!isBuilding && (
        <details>
          <summary>Version and what is new</summary>
          <div className="fields">
            <TextField
              label="Version"
              placeholder="1.2.0"
              maxLength={40}
              pattern="(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.\-]+)?"
              title="Three numbers, as in 1.2.0"
              value={version}
              onChange={setVersion}
            />
            <TextArea className="wide" label="What is new" maxLength={500} value={changes} onChange={setChanges} />
          </div>
        </details>
      )}
      <Button icon={PackageCheck} look="primary" type="submit" disabled={isDisabled || isBuilding}>
        {isBuilding ? "Being built…" : `Build edition ${edition}`}
      </Button>
    </form>
  );
}

/** What will lie beside the files: as it would be written now. */
function PackDocuments({ check }: { check: PackCheck | null }) {
  const documents = [
    { name: "README.md", text: check?.readme },
    { name: "LICENSE.txt", text: check?.license_text },
  ];
  return (
    <section className="documents" aria-label="Documents in the pack">
      {documents.map(
        ({ name, text }) =>
          text && (
            <details key={name} className="box">
              <summary>{name}</summary>
              <pre tabIndex={0} aria-label={name}>
                {text}
              </pre>
            </details>
          ),
      )}
    </section>
  );
}
