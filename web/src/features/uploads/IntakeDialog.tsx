import { plural, t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";

import { Upload as UploadIcon } from "lucide-react";
import { useState } from "react";

import { config } from "../../data/config";
import { go } from "../../platform/address";
import { formatBytes } from "../../platform/format";
import { Button } from "../../ui/Button";
import { SkippedList } from "../../ui/CardList";
import { SubmitForm, Dialog } from "../../ui/Dialog";
import { FormError } from "../../ui/FormError";
import { Progress } from "../../ui/Progress";
import { useIfShown } from "../../ui/useIfShown";
import { useOnce } from "../../ui/useOnce";
import { startUpload } from "./startUpload";
import { byReason, type CheckedFile, refusalOf, type Room, summary, tally } from "./check";
import { type Choice, nameOf } from "./chosen";
import { DefaultsFields, useDefaults } from "./DefaultsFields";
import { type Offered, useIntake } from "./useIntake";

interface Props {
  choice: Choice;
  onClose: () => void;
}

/** Shows what an upload would do before anything is sent, and asks for metadata once for all files. */
export function IntakeDialog({ choice, onClose }: Props) {
  const [attempt, setAttempt] = useState(0);
  const intake = useIntake(choice, attempt);
  const total = choice.files.length;
  return (
    <Dialog title={t`Upload “${nameOf(choice.files)}”`} className="middling" onClose={onClose}>
      {intake.step === "hashing" && (
        <>
          <p role="status">
            <Trans>
              Checking <Plural value={total} one="# file" other="# files" /> in your browser. Nothing has been sent yet.
            </Trans>
          </p>
          {intake.room !== null && intake.bytes > intake.room.left_bytes && (
            <p className="wait">
              <Trans>
                Together they are {formatBytes(intake.bytes)}, but your library has only{" "}
                {formatBytes(intake.room.left_bytes)} left. They fit only if some of them are already in it.
              </Trans>
            </p>
          )}
          <Progress label={t`Files checked`} value={intake.done} max={total} />
        </>
      )}
      {intake.step === "asking" && (
        <p role="status">
          <Trans>Checking what is already in your library…</Trans>
        </p>
      )}
      {intake.step === "failed" && (
        <div className="refusal" role="alert">
          <p>{intake.message}</p>
          <Button onClick={() => setAttempt(attempt + 1)}>
            <Trans>Try again</Trans>
          </Button>
        </div>
      )}
      {intake.step === "ready" && (
        <Ready
          files={intake.files}
          leftOut={choice.leftOut}
          room={intake.room}
          licenses={intake.licenses}
          onClose={onClose}
        />
      )}
    </Dialog>
  );
}

interface ReadyProps {
  files: readonly CheckedFile[];
  leftOut: Choice["leftOut"];
  room: Room;
  licenses: readonly Offered[];
  onClose: () => void;
}

function Ready({ files, leftOut, room, licenses, onClose }: ReadyProps) {
  const [defaults, setDefaults, asDefaults] = useDefaults();
  /** Folders that have their own licence, by their path. */
  const [given, setGiven] = useState<ReadonlyMap<string, number>>(new Map());
  const once = useOnce();
  const ifShown = useIfShown();
  const counts = tally(files);
  const wanted = counts.fresh + counts.twice + counts.trashed;
  const refusal = refusalOf(counts, room);
  const refused = files.filter(({ verdict }) => verdict === "refused");

  const start = async () => {
    const folders = [...given].map(([folder, license]) => ({ folder, license_id: license }));
    const all = { ...asDefaults(), ...(folders.length > 0 && { folder_licenses: folders }) };
    const reported = leftOut.slice(0, config.limits.upload_max_files - files.length);
    const { id } = await once(all, (key) => startUpload(files, reported, all, key));
    const open = () => go("uploads", { upload: id });
    ifShown(
      () => {
        onClose();
        open();
      },
      { text: t`The upload has started.`, action: { label: t`Open the upload`, onClick: open } },
    );
  };

  return (
    <SubmitForm
      icon={UploadIcon}
      confirm={t`Upload ${plural(wanted, { one: "# file", other: "# files" })}`}
      busy={t`Starting…`}
      isDisabled={wanted === 0 || refusal !== null}
      onSubmit={start}
      onClose={onClose}
    >
      <p className="intake-summary" role="status">
        {summary(counts)}
      </p>
      <p className="muted">
        <Trans>
          {counts.bytes > 0 && t`${formatBytes(counts.bytes)} to send · `}
          {formatBytes(room.left_bytes)} free in the library
        </Trans>
      </p>
      {leftOut.length > 0 && (
        <SkippedList
          summary={t`${plural(leftOut.length, { one: "# hidden or unfinished file is", other: "# hidden or unfinished files are" })} left out`}
          label={t`Hidden or unfinished files`}
          items={leftOut.map(({ path }) => ({ id: path, name: path, reason: null }))}
        />
      )}
      {byReason(refused, ({ reason }) => reason).map(({ reason, items }) => (
        <SkippedList
          key={reason}
          summary={t`${plural(items.length, { one: "# file cannot be used", other: "# files cannot be used" })}: ${reason}`}
          label={t`Files that cannot be used`}
          items={items.map(({ path }) => ({ id: path, name: path, reason: null }))}
        />
      ))}
      {wanted > 0 && (
        <DefaultsFields
          value={defaults}
          total={files.length}
          licenses={licenses}
          given={given}
          onGiven={setGiven}
          onChange={setDefaults}
        />
      )}
      {refusal !== null && <FormError>{refusal}</FormError>}
    </SubmitForm>
  );
}
