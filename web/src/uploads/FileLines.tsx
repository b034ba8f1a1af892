import { useMemo } from "react";

import { formatBytes, plural } from "../lib/format";
import { FileLine } from "./FileLine";
import type { Line, Upload } from "./schema";
import type { UploadView } from "./sending";
import { isOpen } from "./uploads";

interface Props {
  upload: Upload;
  lines: readonly Line[] | null;
  view: UploadView | null;
  error: Error | null;
}

/** Every file of an upload. What was left out stands first: it is what one can still do something about. */
export function FileLines({ upload, lines, view, error }: Props) {
  const sending = useMemo(() => new Map(view?.items.map((item) => [item.id, item])), [view]);
  if (error && !lines) {
    return (
      <p className="empty" role="alert">
        {error.message}
      </p>
    );
  }
  const failed = lines?.filter(({ processing_status: status }) => status === "failed") ?? [];
  const others = lines?.filter(({ processing_status: status }) => status !== "failed") ?? [];
  const bytes = others.reduce((sum, { file_size: size }) => sum + size, 0);
  return (
    <>
      {failed.length > 0 && (
        <section className="lines" aria-labelledby="left-out">
          <h3 id="left-out">{plural(failed.length, "file was left out", "files were left out")}</h3>
          <ul>
            {failed.map((line) => (
              <FileLine key={line.id} upload={upload} line={line} item={null} />
            ))}
          </ul>
        </section>
      )}
      {others.length > 0 && (
        <section className="lines" aria-labelledby="the-others">
          <h3 id="the-others">
            {isOpen(upload) ? plural(others.length, "file") : plural(others.length, "file is in", "files are in")}
            <span className="muted"> · {formatBytes(bytes)}</span>
          </h3>
          <ul>
            {others.map((line) => (
              <FileLine key={line.id} upload={upload} line={line} item={sending.get(line.id) ?? null} />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
