import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { newIdempotencyKey } from "@pmd/client";
import { useQueryClient } from "@tanstack/react-query";
import { FolderSearch, Pencil, Save, Trash2 } from "lucide-react";
import { useState } from "react";

import { lowered } from "../../platform/text";
import type { SmartFolder } from "../../data/assets/schema";
import { formatCount } from "../../platform/format";
import { Button, IconButton } from "../../ui/Button";
import { Dialog, SubmitForm } from "../../ui/Dialog";
import { Choice, TextField } from "../../ui/Field";
import { toast } from "../../ui/toast";
import { useDialog } from "../../ui/useDialog";
import { Theirs, useEdits } from "../../ui/useEdits";
import { useOnce } from "../../ui/useOnce";
import { useWrite } from "../../ui/useWrite";
import { countFilters, type Filters, type sortFrom } from "./filters";
import { keptFrom, viewOf } from "./kept";
import {
  deleteSmartFolder,
  editSmartFolder,
  FOLDERS,
  makeSmartFolder,
  type Named,
  namedOf,
  useSmartFolders,
} from "./ordering";
import { setView } from "./query";
import { stateNames } from "./states";
import { tokenText } from "./tokens";

interface Props {
  filters: Filters;
  sorted: ReturnType<typeof sortFrom>;
  /** Before another one is opened. */
  onOpen: () => void;
}

/** Searches that are kept under a name, and a way to keep the present one. */
export function SmartFolders({ filters, sorted, onOpen }: Props) {
  const folders = useSmartFolders();
  const [save, saving] = useDialog((onClose) => <SmartFolderDialog {...{ filters, sorted, onClose }} />);
  const isSearch = countFilters(filters) > 0 || filters.state !== "";
  if (folders.length === 0 && !isSearch) return null;
  const isOpen = (folder: SmartFolder) => {
    const view = viewOf(folder);
    const now = sorted.isDescending ? `-${sorted.sort}` : sorted.sort;
    return (
      view.sort === now &&
      Object.entries(view.filters).every(([name, value]) => filters[name as keyof Filters] === value)
    );
  };
  const opened = folders.find(isOpen);
  return (
    <>
      <h3 className="over">
        <Trans>Smart folders</Trans>
      </h3>
      <ul aria-label={t`Smart folders`}>
        {folders.map((folder) => (
          <Row
            key={folder.id}
            folder={folder}
            isOpen={folder === opened}
            {...{ filters, sorted }}
            onOpen={() => {
              onOpen();
              const view = viewOf(folder);
              setView(view.filters, view.sort);
            }}
          />
        ))}
        {isSearch && !opened && (
          <li>
            <button type="button" className="side-choice beside" onClick={save}>
              <Save aria-hidden />
              <span className="grow">
                <Trans>Save as smart folder…</Trans>
              </span>
            </button>
          </li>
        )}
      </ul>
      {saving}
    </>
  );
}

interface RowProps extends Props {
  folder: SmartFolder;
  isOpen: boolean;
}

function Row({ folder, isOpen, filters, sorted, onOpen }: RowProps) {
  const [edit, editing] = useDialog((onClose) => <SmartFolderDialog {...{ filters, sorted, folder, onClose }} />);
  return (
    <li className="smart-folder">
      <button type="button" className="side-choice beside" aria-pressed={isOpen} onClick={onOpen}>
        <FolderSearch aria-hidden />
        <bdi className="cut grow">{folder.name}</bdi>
        <span className="count">{folder.file_count === null ? "?" : formatCount(folder.file_count)}</span>
      </button>
      <IconButton icon={Pencil} label={t`Edit ${folder.name}`} title={t`Edit`} onClick={edit} />
      {editing}
    </li>
  );
}

interface DialogProps extends Omit<Props, "onOpen"> {
  /** Which is edited; none: a new one. */
  folder?: SmartFolder;
  onClose: () => void;
}

/** Names the present search, or renames and deletes a smart folder. */
function SmartFolderDialog({ filters, sorted, folder, onClose }: DialogProps) {
  const kept = keptFrom(filters, sorted);
  const search = kept as Named["search"];
  const edits = useEdits(folder ? namedOf(folder) : { name: wordsOf(filters).slice(0, 60), search });
  const { name } = edits.values;
  const once = useOnce();
  const [isReplaced, setReplaced] = useState(false);
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: [FOLDERS, "smart"] });
  const [isBusy, write] = useWrite();
  const submit = async () => {
    if (folder) {
      if (!(await edits.save((edit) => editSmartFolder(folder.id, edit), isReplaced ? { search } : {}))) return;
    } else await once({ name, ...kept }, (key) => makeSmartFolder({ name, ...kept }, key));
    await refresh();
    onClose();
  };
  const remove = async (removed: SmartFolder) => {
    await deleteSmartFolder(removed.id);
    await refresh();
    onClose();
    const { name: before, filter, sort, order } = removed;
    toast.success(t`Smart folder “${before}” deleted. Its files are where they were.`, {
      action: {
        label: t`Undo`,
        onClick: () =>
          write(() => makeSmartFolder({ name: before, filter, sort, order }, newIdempotencyKey()).then(refresh)),
      },
    });
  };
  const words = wordsOf(folder && !isReplaced ? viewOf(edits.values.search).filters : filters);
  return (
    <Dialog title={folder ? t`Smart folder` : t`Save as smart folder`} onClose={onClose}>
      <SubmitForm
        icon={Save}
        confirm={t`Save`}
        isDisabled={name.trim() === "" || isBusy}
        onSubmit={submit}
        onClose={onClose}
      >
        <TextField
          className="field"
          label={t`Name`}
          dir="auto"
          maxLength={60}
          data-first
          // What is offered is replaced by typing.
          onFocus={(event) => {
            if (!folder) event.target.select();
          }}
          value={name}
          onChange={(typed) => edits.set({ name: typed })}
        />
        <p className="muted">
          <Trans>
            Finds: <bdi>{words || t`all files`}</bdi>
          </Trans>
        </p>
        {folder && (
          <>
            <Choice type="checkbox" checked={isReplaced} onChange={setReplaced}>
              <Trans>Find what is searched now instead</Trans>
            </Choice>
            <p>
              <Button icon={Trash2} look="danger" disabled={isBusy} onClick={() => write(() => remove(folder))}>
                <Trans>Delete this smart folder</Trans>
              </Button>
            </p>
            <Theirs
              edits={edits}
              shown={{
                name: [t`Name`, String],
                search: [t`Search`, (theirs) => wordsOf(viewOf(theirs).filters) || t`all files`],
              }}
              onTake={(field) => field === "search" && setReplaced(false)}
            />
          </>
        )}
      </SubmitForm>
    </Dialog>
  );
}

/** "approved · in: sprites · hero" */
function wordsOf(filters: Filters): string {
  const state = filters.state === "" ? [] : [lowered(stateNames[filters.state])];
  return [...state, ...tokenText(filters).map(({ words }) => words), filters.q.trim()].filter(Boolean).join(" · ");
}
