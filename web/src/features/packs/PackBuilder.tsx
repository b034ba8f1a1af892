import { CircleAlert, CircleCheck, Images, PackageCheck, Trash2 } from "lucide-react";
import { useState } from "react";

import { formatBytes, plural } from "../../platform/format";
import { Button } from "../../ui/Button";
import { LoadError } from "../../ui/Empty";
import { FormDialog } from "../../ui/Dialog";
import { useDialog } from "../../ui/useDialog";
import { TextArea, TextField } from "../../ui/Field";
import { MetadataChoice, type MetadataPolicy } from "../../ui/MetadataChoice";
import { PageLink } from "../../ui/OpenLink";
import { PageBody, BackLink } from "../../ui/PageBody";
import { toast } from "../../ui/toast";
import { useWrite } from "../../ui/useWrite";
import { changePack, exportPack, isExporting, refreshPacks, removePack, usePack, usePackCheck } from "./api";
import { Editions } from "./Editions";
import { PackFiles } from "./PackFiles";
import { PackForm } from "./PackForm";
import { References } from "./References";
import type { Conflict, ExportRequest, Pack, PackCheck } from "./schema";

interface Props {
  id: number;
  live: Pack | null;
  onBack: () => void;
}

/** One pack: its files and their order, licence, problems, and built editions. */
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
  const [isBusy, write] = useWrite(changed);

  const choose = (marks: MetadataPolicy) => write(() => changePack(id, { marks }));
  const build = (request: ExportRequest) => write(() => exportPack(id, request));
  const remove = () =>
    write(async () => {
      await removePack(id);
      toast.info("The pack was deleted. Its files stay in your library.");
      onBack();
    });
  const [openRemoving, removing] = useDialog((onClose) => (
    <FormDialog
      title={`Delete “${pack?.name ?? ""}”?`}
      icon={Trash2}
      confirm="Delete pack"
      isDangerous
      onSubmit={remove}
      onClose={onClose}
    >
      <p>
        <CircleAlert aria-hidden /> This deletes the pack and its {plural(data?.editions.length ?? 0, "edition")}. The
        files stay in your library.
      </p>
    </FormDialog>
  ));

  const back = <BackLink to="packs" onOpen={onBack} />;
  if (!pack || !data) {
    return (
      <PageBody title="Pack" actions={back}>
        {error && <LoadError error={error} onRetry={() => void refetch()} />}
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
            <References found={check.data?.references ?? []} />
            <MetadataChoice
              disclosures={check.data?.disclosures ?? null}
              names={new Map(data.assets.map(({ asset_id: asset, name }) => [asset, name]))}
              value={pack.marks}
              isDisabled={isBusy || isBuilding}
              onChange={(marks) => choose(marks)}
              linkTo={(asset) => (
                <PageLink page="library" query={{ asset: asset }}>
                  Show the first
                </PageLink>
              )}
            />
            <BuildForm
              key={pack.edition}
              edition={pack.edition + 1}
              isBuilding={isBuilding}
              isDisabled={isBusy || conflicts.length > 0 || check.data === undefined}
              onBuild={(request) => build(request)}
            />
            <Editions pack={pack} editions={data.editions} />
          </section>
          <PackForm pack={pack} onChanged={changed} />
          <PackDocuments check={check.data ?? null} />
          <Button icon={Trash2} look="danger" disabled={isBusy || isBuilding} onClick={openRemoving}>
            Delete this pack
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

/** The service's findings that prevent a build, file by file. */
function Conflicts({ conflicts, isChecking, error }: ConflictsProps) {
  if (error) return <p className="refusal">{error.message}</p>;
  if (conflicts.length === 0) {
    return (
      <p className="no-conflicts" role="status">
        <CircleCheck aria-hidden /> {isChecking ? "Checking…" : "Ready to build."}
      </p>
    );
  }
  return (
    <div className="refusal" role="status">
      <p>
        <CircleAlert aria-hidden /> {plural(conflicts.length, "problem has", "problems have")} to be fixed before a
        build:
      </p>
      <ul className="conflicts" tabIndex={0} aria-label="Problems">
        {conflicts.map(({ code, message, asset_id: id, file }) => (
          <li key={`${code} ${id}`}>
            {id !== null && (
              <PageLink page="library" query={{ asset: id }}>
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
  onBuild: (request: ExportRequest) => void;
}

/** The next edition's version and release notes. */
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
          <summary>Version and release notes</summary>
          <div className="fields">
            <TextField
              label="Version"
              placeholder="1.2.0"
              maxLength={40}
              pattern="(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.\-]+)?"
              title="Three numbers, such as 1.2.0"
              value={version}
              onChange={setVersion}
            />
            <TextArea className="wide" label="What is new" maxLength={500} value={changes} onChange={setChanges} />
          </div>
        </details>
      )}
      <Button icon={PackageCheck} look="primary" type="submit" disabled={isDisabled || isBuilding}>
        {isBuilding ? "Building…" : `Build edition ${edition}`}
      </Button>
    </form>
  );
}

/** Previews of the documents that will be in the archive. */
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
