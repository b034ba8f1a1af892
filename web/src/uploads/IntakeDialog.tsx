import { Upload as UploadIcon } from "lucide-react";
import { useState } from "react";

import { config } from "../api/config";
import { go } from "../lib/address";
import { formatBytes, plural } from "../lib/format";
import { newKey } from "../lib/key";
import { Button } from "../ui/Button";
import { LeftOut } from "../ui/CardList";
import { AskForm, Dialog } from "../ui/Dialog";
import { Refusal } from "../ui/Refusal";
import { Progress } from "../ui/Progress";
import { begin } from "./begin";
import { type Looked, summary, tally } from "./check";
import { type Choice, nameOf } from "./chosen";
import { DefaultsFields, useDefaults } from "./DefaultsFields";
import { useIntake } from "./useIntake";

interface Props {
  choice: Choice;
  onClose: () => void;
}

/** What would happen, before anything is sent; and what is to be said of all the files, asked once. */
export function IntakeDialog({ choice, onClose }: Props) {
  const [attempt, setAttempt] = useState(0);
  const intake = useIntake(choice, attempt);
  const total = choice.files.length;
  return (
    <Dialog title={`Upload “${nameOf(choice.files)}”`} className="middling" onClose={onClose}>
      {intake.step === "hashing" && (
        <>
          <p role="status">Looking at {plural(total, "file")} in this browser. Nothing is sent yet.</p>
          <Progress label="Files looked at" value={intake.done} max={total} />
        </>
      )}
      {intake.step === "asking" && <p role="status">Asking the service what it has already…</p>}
      {intake.step === "failed" && (
        <div className="refusal" role="alert">
          <p>{intake.message}</p>
          <Button onClick={() => setAttempt(attempt + 1)}>Ask again</Button>
        </div>
      )}
      {intake.step === "ready" && (
        <Ready files={intake.files} skipped={choice.skipped} leftBytes={intake.leftBytes} onClose={onClose} />
      )}
    </Dialog>
  );
}

interface ReadyProps {
  files: readonly Looked[];
  skipped: number;
  leftBytes: number;
  onClose: () => void;
}

function Ready({ files, skipped, leftBytes, onClose }: ReadyProps) {
  const [defaults, setDefaults, asDefaults] = useDefaults();
  // One key for this dialog: a second try after a lost answer announces the same uploads.
  const [key] = useState(newKey);
  const counts = tally(files);
  const wanted = counts.fresh + counts.trashed;
  const isTooMuch = counts.bytes > leftBytes;
  const refused = files.filter(({ verdict }) => verdict === "refused");

  const start = async () => {
    const first = await begin(files, asDefaults(), config.limits.upload_max_files, key);
    onClose();
    go("uploads", files.length > config.limits.upload_max_files ? {} : { upload: first.id });
  };

  return (
    <AskForm
      icon={UploadIcon}
      confirm={`Upload ${plural(wanted, "file")}`}
      busy="Beginning…"
      isDisabled={wanted === 0 || isTooMuch}
      onSubmit={start}
      onClose={onClose}
    >
      <p className="intake-summary" role="status">
        {summary(counts)}
      </p>
      <p className="muted">
        {counts.bytes > 0 && `${formatBytes(counts.bytes)} to send · `}
        {formatBytes(leftBytes)} free in the library
        {skipped > 0 && ` · ${plural(skipped, "hidden or unfinished file")} left out`}
      </p>
      {refused.length > 0 && (
        <LeftOut
          summary={`${plural(refused.length, "file cannot be used", "files cannot be used")}: why`}
          label="Files that cannot be used"
          items={refused.map(({ path, reason }) => ({ id: path, name: path, reason }))}
        />
      )}
      {wanted > 0 && <DefaultsFields value={defaults} onChange={setDefaults} />}
      {isTooMuch && <Refusal>There is not enough room in the library. Emptying its trash makes some.</Refusal>}
    </AskForm>
  );
}
