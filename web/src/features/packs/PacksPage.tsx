import "./packs.css";

import { Archive, Plus } from "lucide-react";

import { apiUrl } from "../../data/client";
import { purposes } from "../../data/purposes";
import { pageHref, useOverlay } from "../../platform/address";
import { formatBytes, plural } from "../../platform/format";
import { Button } from "../../ui/Button";
import { useDialog } from "../../ui/useDialog";
import { Progress } from "../../ui/Progress";
import { OpenLink, PageLink } from "../../ui/OpenLink";
import { PageBody } from "../../ui/PageBody";
import { CardList } from "../../ui/CardList";
import { KeepMounted } from "../../ui/KeepMounted";
import { Empty } from "../../ui/Empty";
import { isExporting, usePacks } from "./api";
import { NewPackDialog } from "./NewPackDialog";
import { PackBuilder } from "./PackBuilder";
import { licenseKinds, type Pack } from "./schema";

export default function PacksPage() {
  const [opened, open, close] = useOverlay("pack");
  const { packs, error, retry } = usePacks();
  const [openNew, newPack] = useDialog((onClose) => <NewPackDialog assetIds={[]} onClose={onClose} />);
  const openedId = Number(opened) || null;
  const live = packs?.find(({ id }) => id === openedId) ?? null;
  return (
    <KeepMounted
      by={openedId !== null && <PackBuilder key={openedId} id={openedId} live={live} onBack={close} />}
      onClose={close}
    >
      <PageBody
        title="Packs"
        actions={
          <Button icon={Plus} look="primary" onClick={openNew}>
            New pack
          </Button>
        }
      >
        <CardList
          label="Packs"
          className="wide"
          items={packs}
          error={error}
          onRetry={retry}
          empty={
            <Empty
              icon={Archive}
              title="No packs yet."
              hint={`${purposes.packs} A pack bundles approved files, with licence, credits and checksums.`}
            >
              <PageLink className="button" page="library" query={{ state: "approved" }}>
                Choose files in the library
              </PageLink>
            </Empty>
          }
        >
          {(pack) => <PackCard key={pack.id} pack={pack} onOpen={() => open(pack.id)} />}
        </CardList>
        {newPack}
      </PageBody>
    </KeepMounted>
  );
}

function PackCard({ pack, onOpen }: { pack: Pack; onOpen: () => void }) {
  const isBuilding = isExporting(pack);
  const status = isBuilding
    ? "running"
    : pack.export?.status === "failed"
      ? "failed"
      : pack.edition > 0
        ? "completed"
        : "none";
  return (
    <li className="card" data-status={status}>
      <div className="spread">
        <h3>
          <OpenLink href={pageHref("packs", { pack: pack.id })} onOpen={onOpen}>
            <bdi>{pack.name}</bdi>
          </OpenLink>
        </h3>
        <span className="muted">{pack.edition > 0 ? `Edition ${pack.edition}` : "Not built yet"}</span>
      </div>
      <p className="muted">
        {plural(pack.asset_count, "file")} · {formatBytes(pack.total_size_bytes)} ·{" "}
        {licenseKinds[pack.license_type].title}
        {pack.license_identifier && ` (${pack.license_identifier})`}
      </p>
      {isBuilding && (
        <>
          <Progress label={`Building ${pack.name}`} value={Math.floor(pack.export?.progress ?? 0)} max={100} />
          <p className="muted">{pack.export?.step ?? "Waiting for a free worker."}</p>
        </>
      )}
      {status === "failed" && <p className="bad">{pack.export?.error_message}</p>}
      <div className="buttons">
        <OpenLink className="button" href={pageHref("packs", { pack: pack.id })} onOpen={onOpen}>
          Open<span className="visually-hidden"> {pack.name}</span>
        </OpenLink>
        {pack.download_url && (
          <a className="button primary" href={apiUrl(pack.download_url)} download>
            Download<span className="visually-hidden"> {pack.name}</span>
            {pack.export_size_bytes !== null && <span className="count">{formatBytes(pack.export_size_bytes)}</span>}
          </a>
        )}
      </div>
    </li>
  );
}
