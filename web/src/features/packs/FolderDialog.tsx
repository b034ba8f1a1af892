import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { FolderInput } from "lucide-react";
import { useState } from "react";

import { FormDialog } from "../../ui/Dialog";
import { TextField } from "../../ui/Field";
import { folderFrom } from "./folders";

interface Props {
  ids: readonly number[];
  folders: readonly string[];
  onMove: (folder: string) => void;
  onClose: () => void;
}

/** Move files to a folder of the pack, which may be a new one. */
export function FolderDialog({ ids, folders, onMove, onClose }: Props) {
  const [text, setText] = useState("");
  const folder = folderFrom(text);
  return (
    <FormDialog
      title={t`Move ${plural(ids.length, { one: "# file", other: "# files" })} to a folder`}
      icon={FolderInput}
      confirm={t`Move`}
      isDisabled={folder === null}
      onSubmit={() => {
        onMove(folder ?? "");
        onClose();
      }}
      onClose={onClose}
    >
      <div className="fields">
        <TextField
          className="wide"
          label={t`Folder in the pack`}
          placeholder={t`sprites/heroes; empty is the top folder`}
          list="pack-folders"
          maxLength={200}
          value={text}
          onChange={setText}
        />
      </div>
      <datalist id="pack-folders">
        {folders.map((each) => (
          <option key={each} value={each} />
        ))}
      </datalist>
      {folder === null && (
        <p className="wait">{t`A folder's name has none of < > : " | ? * and does not end with a dot.`}</p>
      )}
      <p className="muted">
        <Trans>Your library keeps its own folders: this is about the pack alone.</Trans>
      </p>
    </FormDialog>
  );
}
