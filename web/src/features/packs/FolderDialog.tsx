import { FolderInput } from "lucide-react";
import { useState } from "react";

import { plural } from "../../platform/format";
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
      title={`Move ${plural(ids.length, "file")} to a folder`}
      icon={FolderInput}
      confirm="Move"
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
          label="Folder in the pack"
          placeholder="sprites/heroes; empty is the top folder"
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
        <p className="wait">{"A folder's name has none of < > : \" | ? * and does not end with a dot."}</p>
      )}
      <p className="muted">Your library keeps its own folders: this is about the pack alone.</p>
    </FormDialog>
  );
}
