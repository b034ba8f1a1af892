import { Download, Square } from "lucide-react";

import { formatBytes, formatDate, plural } from "../lib/format";
import { Share } from "../sharing/Share";
import { cancelJob } from "../tasks/api";
import { Button } from "../ui/Button";
import { Progress } from "../ui/Progress";
import { FormError } from "../ui/FormError";
import { reportErrors } from "../ui/useRequest";
import { downloadUrl, isExporting } from "./api";
import type { Edition, Pack } from "./schema";

/** The built editions; they stay available while the next one is built, and when that fails. */
export function Editions({ pack, editions }: { pack: Pack; editions: readonly Edition[] }) {
  const last = pack.export;
  return (
    <>
      {last && isExporting(pack) && (
        <div className="building">
          <Progress label="Build progress" value={Math.floor(last.progress)} max={100} />
          <p className="muted numbers">
            {Math.floor(last.progress)} % · {last.step ?? "Waiting for a free worker."}
          </p>
          <Button icon={Square} onClick={() => void reportErrors(() => cancelJob(last.id))}>
            Stop
          </Button>
        </div>
      )}
      {last?.status === "failed" && <FormError>The last build failed. {last.error_message}</FormError>}
      {editions.length > 0 && (
        <ul className="editions" aria-label="Editions">
          {editions.map(
            ({
              edition,
              version,
              changes,
              size_bytes: size,
              asset_count: files,
              built_at: built,
              download_url: url,
              hash,
            }) => (
              <li key={edition} className="beside">
                <span>
                  <strong>Edition {edition}</strong>
                  {version && ` · ${version}`}
                  <span className="muted">
                    {" "}
                    · {plural(files, "file")} · {formatDate(built)}
                  </span>
                  {changes && <span className="edition-changes">{changes}</span>}
                  <code className="edition-hash muted" title={`SHA-256 ${hash}`}>
                    {hash.slice(0, 16)}…
                  </code>
                </span>
                <a className="button" href={downloadUrl(url)} download>
                  <Download aria-hidden /> {formatBytes(size)}
                  <span className="visually-hidden">: download edition {edition}</span>
                </a>
              </li>
            ),
          )}
        </ul>
      )}
      {editions.length > 0 && <Share of={`packs/${pack.id}`} name={pack.name} />}
    </>
  );
}
