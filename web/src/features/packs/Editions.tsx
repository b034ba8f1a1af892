import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Copy, Download, Square } from "lucide-react";

import { apiUrl } from "../../data/client";
import { formatBytes, formatDate } from "../../platform/format";
import { ShareButton } from "../../data/ShareButton";
import { Button, IconButton } from "../../ui/Button";
import { Progress } from "../../ui/Progress";
import { FormError } from "../../ui/FormError";
import { copyText } from "../../ui/toast";
import { useWrite } from "../../ui/useWrite";
import { stopExport } from "./api";
import { isExporting } from "./exporting";
import type { Edition, Pack } from "./schema";

/** The built editions; they stay available while the next one is built, and when that fails. */
export function Editions({ pack, editions }: { pack: Pack; editions: readonly Edition[] }) {
  const last = pack.export;
  const [isBusy, write] = useWrite();
  return (
    <>
      {last && isExporting(pack) && (
        <div className="building">
          <Progress label={t`Build progress`} value={Math.floor(last.progress)} max={100} />
          <p className="muted numbers">
            {Math.floor(last.progress)} % · {last.step ?? t`Waiting for a free worker.`}
          </p>
          <Button icon={Square} disabled={isBusy} onClick={() => write(() => stopExport(last.id))}>
            <Trans>Stop</Trans>
          </Button>
        </div>
      )}
      {last?.status === "failed" && (
        <FormError>
          <Trans>The last build failed. {last.error_message}</Trans>
        </FormError>
      )}
      {editions.length > 0 && (
        <ul className="editions" aria-label={t`Editions`}>
          {editions.map(
            ({
              edition,
              version,
              changes,
              size_bytes: size,
              asset_count: files,
              built_at: built,
              download_url: url,
              sha256,
            }) => (
              <li key={edition} className="beside">
                <span>
                  <strong>
                    <Trans>Edition {edition}</Trans>
                  </strong>
                  {version && ` · ${version}`}
                  <span className="muted">
                    {" "}
                    · {plural(files, { one: "# file", other: "# files" })} · {formatDate(built)}
                  </span>
                  {changes && <span className="edition-changes">{changes}</span>}
                  <Digest edition={edition} sha256={sha256} />
                </span>
                <a className="button" href={apiUrl(url)} download>
                  <Download aria-hidden /> {formatBytes(size)}
                  <span className="visually-hidden">
                    <Trans>: download edition {edition}</Trans>
                  </span>
                </a>
              </li>
            ),
          )}
        </ul>
      )}
      {editions.length > 0 && <ShareButton of={`packs/${pack.id}`} name={pack.name} />}
    </>
  );
}

/** The SHA-256 of the downloaded ZIP, which is computed after the edition was built. */
function Digest({ edition, sha256 }: { edition: number; sha256: string | null }) {
  if (sha256 === null)
    return (
      <span className="edition-digest muted">
        <Trans>SHA-256 is being computed…</Trans>
      </span>
    );
  return (
    <span className="edition-digest muted">
      <Trans>
        SHA-256{" "}
        <code className="numbers" title={sha256}>
          {sha256.slice(0, 16)}…
        </code>
      </Trans>{" "}
      <IconButton
        icon={Copy}
        label={t`Copy the SHA-256 of edition ${edition}`}
        onClick={() => void copyText(sha256, t`The SHA-256 was copied.`)}
      />
    </span>
  );
}
