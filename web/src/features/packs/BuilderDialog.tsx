import { t } from "@lingui/core/macro";

import { Dialog } from "../../ui/Dialog";
import { LazyDialog } from "../../ui/Lazy";
import { CoverDialog } from "./CoverDialog";
import { FolderDialog } from "./FolderDialog";
import { PackForm } from "./PackForm";
import type { Pack } from "./schema";
import { RemoveDialog } from "./usePackCommands";

export type Question =
  | { about: "cover"; assetId?: number }
  | { about: "folder"; ids: readonly number[] }
  | { about: "document"; name: string }
  | { about: "details" | "remove" };

interface Props {
  question: Question;
  pack: Pack;
  documents: readonly { name: string; text: string | null }[];
  folders: readonly string[];
  onMove: (ids: readonly number[], folder: string) => void;
  onChanged: () => void;
  onRemoving: (removing: Promise<unknown>) => void;
  onRemoved: () => void;
  onClose: () => void;
}

/** The one dialog that is open over the builder. */
export function BuilderDialog({
  question,
  pack,
  documents,
  folders,
  onMove,
  onChanged,
  onRemoving,
  onRemoved,
  onClose,
}: Props) {
  return (
    <LazyDialog onClose={onClose}>
      {question.about === "cover" && (
        <CoverDialog
          pack={pack}
          {...(question.assetId !== undefined && { assetId: question.assetId })}
          onDone={onChanged}
          onClose={onClose}
        />
      )}
      {question.about === "folder" && (
        <FolderDialog
          ids={question.ids}
          folders={folders}
          onMove={(folder) => onMove(question.ids, folder)}
          onClose={onClose}
        />
      )}
      {question.about === "document" && (
        <Dialog title={question.name} className="wide" onClose={onClose}>
          <pre className="pack-document" tabIndex={0} aria-label={question.name}>
            {documents.find(({ name }) => name === question.name)?.text}
          </pre>
        </Dialog>
      )}
      {question.about === "details" && (
        <Dialog title={t`Name and licence`} className="middling" onClose={onClose}>
          <PackForm pack={pack} onChanged={onChanged} />
        </Dialog>
      )}
      {question.about === "remove" && (
        <RemoveDialog pack={pack} onSent={onRemoving} onDone={onRemoved} onClose={onClose} />
      )}
    </LazyDialog>
  );
}
