import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";

import { ArrowLeft, Ban, RotateCcw, Trash2, Undo2 } from "lucide-react";
import { useState } from "react";

import { moderates } from "../../../data/config";
import { openImport, refreshImports, requestImport, useImport, useImports } from "../../../data/imports/imports";
import type { Import } from "../../../data/imports/schema";
import { useNow } from "../../../platform/clock";
import { formatAgo, formatBytes, formatCount } from "../../../platform/format";
import { joinParts } from "../../../platform/text";
import { StatusText } from "../../../commands/StatusBar";
import { Button } from "../../../ui/Button";
import { FormDialog } from "../../../ui/Dialog";
import { LoadError } from "../../../ui/Empty";
import { SelectField } from "../../../ui/Field";
import { Numbers } from "../../../ui/Numbers";
import { PageLink } from "../../../ui/OpenLink";
import { Progress } from "../../../ui/Progress";
import { Status } from "../../../ui/Status";
import { toast, UNDO_MS } from "../../../ui/toast";
import { useDialog } from "../../../ui/useDialog";
import { useIfShown } from "../../../ui/useIfShown";
import { useOnce } from "../../../ui/useOnce";
import { reportErrors, useWrite } from "../../../ui/useWrite";
import { cancelImport, refreshArchives, restoreArchive, trashArchive, undoImport, useArchive } from "./api";
import { Block } from "./Block";
import { ImportChoices } from "./ImportChoices";
import { ImportItems } from "./ImportItems";
import { adviceOf, formTitle, isUnfinished, stateWords, statusOf, stepsOf, sumsOf } from "./words";

/** One import: its report, what is chosen of it, how far it is, and what has become of each thing. */
export function ImportView({ id }: { id: number }) {
  const { imports } = useImports();
  const live = imports?.find((each) => each.id === id) ?? null;
  const asked = useImport(id, imports !== null && live === null);
  const shown = live ?? asked.data ?? null;
  return (
    <section className="settings-main alone" aria-labelledby="import-title">
      <PageLink className="button quiet back" page="settings" query={{ section: "data" }} icon={ArrowLeft}>
        <Trans>Your data</Trans>
      </PageLink>
      <h2 id="import-title">
        <bdi>{shown?.name ?? t`Import`}</bdi>
      </h2>
      {asked.error && shown === null && <LoadError error={asked.error} onRetry={() => void asked.refetch()} />}
      {shown && <Shown of={shown} />}
    </section>
  );
}

function Shown({ of: each }: { of: Import }) {
  const now = useNow(10_000);
  const steps = stepsOf(each, now);
  const isReported = each.item_count > 0;
  return (
    <>
      <p className="settings-lead">
        {joinParts([each.form !== null && formTitle(each.form), t`begun ${formatAgo(each.created_at, now)}`])}
      </p>
      <State of={each} />
      {each.stage !== "report" && each.status === "completed" && each.has_archive && !moderates && (
        <Archive of={each} />
      )}
      {isReported && (steps.includes("start") || steps.includes("goOn")) && <ImportChoices of={each} />}
      {isReported && <ImportItems of={each} />}
      <StatusText>
        <Trans>
          <Plural value={each.item_count} one="# thing" other="# things" /> in the archive
        </Trans>
      </StatusText>
    </>
  );
}

function State({ of: each }: { of: Import }) {
  const now = useNow(10_000);
  const steps = stepsOf(each, now);
  const [isBusy, write] = useWrite(refreshImports);
  const once = useOnce();
  const ifShown = useIfShown();
  const [undo, undoDialog] = useDialog((onClose) => <UndoDialog of={each} onClose={onClose} />);
  const readAgain = async (form?: string) => {
    const again = await once(form ?? null, (key) => requestImport(each.asset_id, key, form));
    const open = () => openImport(again.id);
    ifShown(open, { text: t`The archive is being read.`, action: { label: t`Open the report`, onClick: open } });
  };
  const isRead = each.stage === "report" && each.status === "completed";
  return (
    <Block title={each.stage === "report" ? t`What is in it` : t`What has become of it`}>
      <p role="status">
        <Status of={statusOf(each)}>{stateWords(each)}</Status>
      </p>
      {isUnfinished(each) && each.stage !== "report" && (
        <div className="data-progress">
          <Progress label={t`Progress of the import`} value={each.progress} max={100} />
          <span className="numbers muted">{formatCount(Math.floor(each.progress))} %</span>
        </div>
      )}
      {each.status === "failed" && (
        <p className="refusal">
          <strong>{each.error_message}</strong> {adviceOf(each)}
        </p>
      )}
      {isRead && each.report.forms.length > 1 && (
        <SelectField
          className="field"
          label={t`Read as`}
          help={
            <small className="muted">
              <Trans>It can be read in more than one way; another one makes a new report.</Trans>
            </small>
          }
          value={each.form ?? ""}
          options={each.report.forms.map((form) => [form, formTitle(form)] as const)}
          disabled={isBusy}
          onChange={(form) => write(() => readAgain(form))}
        />
      )}
      {isRead && <Numbers numbers={sumsOf(each)} />}
      {isUnfinished(each) && (
        <p className="muted">
          <Trans>You can close this page; it goes on by itself.</Trans>
        </p>
      )}
      <div className="buttons">
        {steps.includes("cancel") && (
          <Button icon={Ban} disabled={isBusy} onClick={() => write(() => cancelImport(each.id))}>
            <Trans>Cancel</Trans>
          </Button>
        )}
        {steps.includes("readAgain") && (
          <Button icon={RotateCcw} disabled={isBusy} onClick={() => write(() => readAgain())}>
            <Trans>Read it again</Trans>
          </Button>
        )}
        {steps.includes("undo") && (
          <Button icon={Undo2} look="danger" disabled={isBusy} onClick={undo}>
            <Trans>Undo this import…</Trans>
          </Button>
        )}
      </div>
      {undoDialog}
    </Block>
  );
}

/** The archive is not needed any more; a file of the library as long as its owner keeps it. */
function Archive({ of: { asset_id: id, stage, form, failed_count: failed } }: { of: Import }) {
  const { data: archive } = useArchive(id);
  const [isBusy, write] = useWrite(refreshArchives);
  if (!archive || archive.state === "trash") return null;
  const restore = () => reportErrors(() => restoreArchive(id)).then(refreshArchives);
  const trash = async () => {
    await trashArchive(id);
    toast.success(t`${archive.name} is in the trash of your library.`, {
      action: { label: t`Undo`, onClick: () => void restore() },
      duration: UNDO_MS,
    });
  };
  const isLeftOut = stage === "import" && form === "takeout" && failed === 0;
  const about = isLeftOut
    ? t`It is still a file of your library. The next takeout is made without it.`
    : t`It is still a file of your library.`;
  return (
    <Block title={t`The archive`} about={about}>
      <div className="buttons">
        <Button icon={Trash2} disabled={isBusy} onClick={() => write(trash)}>
          <Trans>Move the archive to the trash ({formatBytes(archive.size_bytes)})</Trans>
        </Button>
      </div>
    </Block>
  );
}

function UndoDialog({ of: each, onClose }: { of: Import; onClose: () => void }) {
  // It goes down while the answer is awaited.
  const [count] = useState(each.made_count);
  const undo = async () => {
    await undoImport(each.id);
    refreshImports();
    onClose();
  };
  return (
    <FormDialog
      title={t`Undo this import?`}
      icon={Undo2}
      isDangerous
      confirm={t`Undo it`}
      busy={t`Starting…`}
      onSubmit={undo}
      onClose={onClose}
    >
      <p>
        <Trans>
          <Plural value={count} one="# thing" other="# things" /> of <bdi>{each.name}</bdi>: its posts, drafts and packs
          are deleted, and its files moved to the trash unless they have been used since. What was here before stays.
        </Trans>
      </p>
    </FormDialog>
  );
}
