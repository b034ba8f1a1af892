import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";

import { ArchiveRestore, Upload } from "lucide-react";
import { useRef, useState } from "react";

import { openShared } from "../../../data/dialogs";
import { openImport, refreshImports, requestImport, useImports } from "../../../data/imports/imports";
import { archiveEndings, type Import, formTitles } from "../../../data/imports/schema";
import { pageHref } from "../../../platform/address";
import { useNow } from "../../../platform/clock";
import { formatAgo, formatBytes } from "../../../platform/format";
import { joinParts } from "../../../platform/text";
import { useCommands } from "../../../commands/commands";
import { StatusText } from "../../../commands/StatusBar";
import { Button } from "../../../ui/Button";
import { LoadError } from "../../../ui/Empty";
import { SelectField } from "../../../ui/Field";
import { OpenLink } from "../../../ui/OpenLink";
import { Progress } from "../../../ui/Progress";
import { Status } from "../../../ui/Status";
import { useIfShown } from "../../../ui/useIfShown";
import { useOnce } from "../../../ui/useOnce";
import { useWrite } from "../../../ui/useWrite";
import { useFocusedRows } from "../../../commands/list/useFocusedRows";
import { useArchives } from "./api";
import { Block } from "./Block";
import { formTitle, isUnfinished, newWords, stateWords, statusOf, stepsOf } from "./words";

const ABOUT = t`A file made above, or an export of another site. You see what is in it before anything is added.`;

export function BringBack() {
  const { imports, error, retry } = useImports();
  const now = useNow(10_000);
  const [rows, moving] = useFocusedRows();
  useCommands(moving);
  return (
    <Block title={t`Bring it back`} about={ABOUT}>
      <DropHere />
      <FromLibrary />
      {error && <LoadError error={error} onRetry={retry} />}
      {imports && imports.length > 0 && (
        <ul className="data-rows" aria-label={t`Imports`} ref={rows}>
          {imports.map((each) => (
            <ImportRow key={each.id} of={each} now={now} />
          ))}
        </ul>
      )}
      {imports && <StatusText>{plural(imports.length, { one: "# import", other: "# imports" })}</StatusText>}
    </Block>
  );
}

/** Dropping works anywhere on the page; this says so. */
function DropHere() {
  const input = useRef<HTMLInputElement>(null);
  return (
    <div className="drop-archive">
      <Upload aria-hidden />
      <div className="grow">
        <p>
          <strong>
            <Trans>Drop an archive here, or choose one</Trans>
          </strong>
        </p>
        <p className="muted">
          <Trans>
            Understood, as {archiveEndings.join(", ")}: {Object.keys(formTitles).map(formTitle).map(small).join(", ")}.
          </Trans>
        </p>
      </div>
      <input
        ref={input}
        type="file"
        accept={archiveEndings.join()}
        hidden
        aria-label={t`Archive to import`}
        onChange={({ target }) => {
          const [file] = target.files ?? [];
          target.value = "";
          if (file) openShared({ about: "archive", file });
        }}
      />
      <Button onClick={() => input.current?.click()}>
        <Trans>Choose a file</Trans>
      </Button>
    </div>
  );
}

const small = (title: string) => title.replace(/^A(?=n? )/, "a").replace(/^Ein(?=e? )/, "ein");

/** An archive that has been uploaded before. */
function FromLibrary() {
  const { data: archives = [] } = useArchives();
  const [chosen, setChosen] = useState("");
  const once = useOnce();
  const ifShown = useIfShown();
  const [isBusy, write] = useWrite(refreshImports);
  if (archives.length === 0) return null;
  const read = async () => {
    const id = Number(chosen || archives[0]?.id);
    const made = await once(id, (key) => requestImport(id, key));
    const open = () => openImport(made.id);
    ifShown(open, { text: t`The archive is being read.`, action: { label: t`Open the report`, onClick: open } });
  };
  return (
    <div className="from-library">
      <SelectField
        className="field"
        label={t`Or an archive that is in your library`}
        value={chosen}
        options={archives.map(({ id, name, size_bytes: size }) => [id, `${name}, ${formatBytes(size)}`] as const)}
        onChange={setChosen}
      />
      <Button icon={ArchiveRestore} disabled={isBusy} onClick={() => write(read)}>
        <Trans>Read it</Trans>
      </Button>
    </div>
  );
}

function ImportRow({ of: each, now }: { of: Import; now: number }) {
  const query = { section: "data", import: each.id } as const;
  const isWaiting = stepsOf(each, now).includes("start");
  const status = isWaiting ? "pending" : statusOf(each);
  return (
    <li tabIndex={-1} aria-label={each.name} data-status={status}>
      <div className="grow">
        <p>
          <strong>
            <bdi>{each.name}</bdi>
          </strong>
          <time className="muted" dateTime={each.created_at}>
            {formatAgo(each.created_at, now)}
          </time>
        </p>
        <p>
          <Status of={status}>{stateWords(each)}</Status>
          <span className="muted">
            {joinParts([each.form !== null && formTitle(each.form), isWaiting && newWords(each)])}
          </span>
        </p>
        {each.status === "failed" && <p className="bad">{each.error_message}</p>}
        {isUnfinished(each) && each.stage !== "report" && (
          <Progress label={t`Progress of ${each.name}`} value={each.progress} max={100} />
        )}
      </div>
      <OpenLink className="button" href={pageHref("settings", query)} onOpen={() => openImport(each.id)}>
        {isWaiting ? t`Show and choose` : t`Show`}
        <span className="visually-hidden"> {each.name}</span>
      </OpenLink>
    </li>
  );
}
