import { plural } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { FolderSearch, Images, RotateCcw } from "lucide-react";
import { useState } from "react";

import { chunk } from "../../platform/lists";
import { formatBytes, formatCount } from "../../platform/format";
import { Button } from "../../ui/Button";
import { PageLink } from "../../ui/OpenLink";
import { useWrite } from "../../ui/useWrite";
import { refreshUploads, retryUpload } from "./api";
import { byReason, MAX_PER_REQUEST } from "./check";
import { offerChosen } from "./offered";
import type { Line, Upload } from "./schema";
import { resumeUpload } from "./sender";
import { within } from "./sheet";
import { remedyFor, USEFUL } from "./uploads";

/** How many files of a group are shown at first. */
const SHOWN = 8;

interface Props {
  upload: Upload;
  lines: readonly Line[];
}

/** The files that were left out, by reason: what helps is beside it. */
export function LeftOut({ upload, lines }: Props) {
  if (lines.length === 0) return null;
  return (
    <section className="upload-part" aria-labelledby="left-out">
      <h3 id="left-out" className="over">
        {plural(upload.failed_files || lines.length, { one: "# file was left out", other: "# files were left out" })}
      </h3>
      {byUse(lines).map(({ reason, items }) => (
        <LeftOutGroup key={reason} upload={upload} reason={reason} lines={items} />
      ))}
    </section>
  );
}

/** What something helps with comes first. */
function byUse(lines: readonly Line[]) {
  const useOf = ([first]: readonly Line[]) => USEFUL.indexOf(remedyFor(first?.error_code ?? null));
  return byReason(lines, ({ error_message: message }) => message).sort((a, b) => useOf(a.items) - useOf(b.items));
}

interface GroupProps {
  upload: Upload;
  reason: string;
  lines: readonly Line[];
}

async function retry(upload: Upload, lines: readonly Line[]): Promise<void> {
  const ids = lines.map(({ id }) => id);
  for (const part of chunk(ids, MAX_PER_REQUEST)) await retryUpload(upload.id, part);
  resumeUpload(upload.id);
}

/** One reason, with the action for all of its files. */
function LeftOutGroup({ upload, reason, lines }: GroupProps) {
  const [isBusy, write] = useWrite(refreshUploads);
  const [isWhole, setWhole] = useState(false);
  const canRetry = lines.every((line) => remedyFor(line.error_code) === "retry");
  const shown = isWhole ? lines : lines.slice(0, SHOWN);
  return (
    <div className="left-out-group">
      <p className="spread">
        <span>
          <strong className="numbers">{formatCount(lines.length)}</strong> · {reason}
        </span>
        {canRetry && lines.length > 1 && (
          <Button icon={RotateCcw} disabled={isBusy} onClick={() => write(() => retry(upload, lines))}>
            <Trans>Try these {formatCount(lines.length)} again</Trans>
          </Button>
        )}
      </p>
      <ul>
        {shown.map((line) => (
          <li key={line.id} className="line" data-remedy={remedyFor(line.error_code)} title={line.path}>
            <LineName path={within(upload.name, line.path)} />
            <span className="line-size numbers muted">{formatBytes(line.size_bytes)}</span>
            <RemedyButton upload={upload} line={line} />
          </li>
        ))}
      </ul>
      {shown.length < lines.length && (
        <Button look="quiet" onClick={() => setWhole(true)}>
          <Trans>
            Show <Plural value={lines.length - shown.length} one="# more file" other="# more files" />
          </Trans>
        </Button>
      )}
    </div>
  );
}

/** The file's name, and below it the folder that it is in. */
function LineName({ path }: { path: string }) {
  const at = path.lastIndexOf("/");
  return (
    <span className="line-name">
      <bdi className="cut">{path.slice(at + 1)}</bdi>
      {at > 0 && <bdi className="cut faint">{path.slice(0, at).split("/").join(" / ")}</bdi>}
    </span>
  );
}

/** The one button for a left-out file. */
function RemedyButton({ upload, line }: { upload: Upload; line: Line }) {
  const [isBusy, write] = useWrite(refreshUploads);
  switch (remedyFor(line.error_code)) {
    case "retry":
      return (
        <Button icon={RotateCcw} about={line.path} disabled={isBusy} onClick={() => write(() => retry(upload, [line]))}>
          <Trans>Try again</Trans>
        </Button>
      );
    case "none":
      return null;
    case "room":
      return (
        <PageLink className="button" icon={Images} page="library" query={{ state: "trash" }}>
          <Trans>Open the trash</Trans>
        </PageLink>
      );
    default:
      // The file itself is at fault: the user can choose another, which becomes a new upload.
      return (
        <label className="button">
          <FolderSearch aria-hidden />{" "}
          <Trans>
            Choose another
            <span className="visually-hidden"> in place of {line.file_name}</span>
          </Trans>
          <input type="file" className="visually-hidden" onChange={offerChosen} />
        </label>
      );
  }
}
