import { t } from "@lingui/core/macro";
import { FileText, Folder as FolderIcon } from "lucide-react";
import { type DragEvent, type KeyboardEvent, useState } from "react";

import { formatCount } from "../../platform/format";
import { IS_DRAGGED } from "./drag";
import { type Folder, isWithin } from "./folders";

/** Without spaces: they would separate ids. */
const idOf = (folder: string) => `pack-folder-${encodeURIComponent(folder)}`;

interface Props {
  folders: readonly Folder[];
  /** The folder of the tile at the cursor. */
  current: string | null;
  onGo: (folder: string) => void;
  /** Take all files of a folder in, or leave them out. */
  onTick: (folder: string, isIn: boolean) => void;
  /** The dragged tiles go there. */
  onDrop: (folder: string) => void;
}

/** The pack's folders: what is in, what was left out and what is new. Space leaves a folder out or takes it in. */
export function PackTree({ folders, current, onGo, onTick, onDrop }: Props) {
  const [active, setActive] = useState<string | null>(null);
  const [over, setOver] = useState<string | null>(null);
  const at = active ?? current ?? "";
  const onKeyDown = (event: KeyboardEvent) => {
    const index = folders.findIndex(({ folder }) => folder === at);
    const branch = folders[index];
    const steps: Record<string, number> = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      Home: 0,
      End: folders.length - 1,
    };
    const step = steps[event.key];
    if (step !== undefined) setActive(folders[Math.max(0, Math.min(folders.length - 1, step))]?.folder ?? null);
    else if (event.key === "Enter" && branch) onGo(branch.folder);
    else if (event.key === " " && branch) onTick(branch.folder, branch.count === 0);
    else return;
    event.preventDefault();
  };
  const accepts = (event: DragEvent, folder: string) => {
    if (!event.dataTransfer.types.includes(IS_DRAGGED)) return;
    event.preventDefault();
    setOver(folder);
  };
  return (
    <ul
      role="tree"
      aria-label={t`Folders of the pack`}
      className="pack-tree"
      data-own-keys
      tabIndex={0}
      aria-activedescendant={folders.some(({ folder }) => folder === at) ? idOf(at) : undefined}
      onKeyDown={onKeyDown}
    >
      {folders.map(({ folder, name, depth, count, added, total }) => (
        <li
          key={folder}
          id={idOf(folder)}
          role="treeitem"
          className="beside"
          aria-level={depth + 1}
          aria-selected={folder === current}
          aria-checked={count === total ? true : count === 0 ? false : "mixed"}
          data-active={folder === active}
          data-over={folder === over}
          data-out={count === 0}
          style={{ paddingInlineStart: 12 + depth * 16 }}
          onClick={() => onGo(folder)}
          onDragOver={(event) => accepts(event, folder)}
          onDragLeave={() => setOver(null)}
          onDrop={(event) => {
            event.preventDefault();
            setOver(null);
            onDrop(folder);
          }}
        >
          <span
            className="tick-box"
            aria-hidden
            aria-checked={count === total ? true : count === 0 ? false : "mixed"}
            title={count === 0 ? t`Take all of it in` : t`Leave all of it out`}
            onClick={(event) => {
              event.stopPropagation();
              onTick(folder, count === 0);
            }}
          />
          <FolderIcon aria-hidden />
          <bdi className="cut">{folder === "" ? t`Top folder` : name}</bdi>
          {added > 0 && (
            <span className="pack-added" title={t`${formatCount(added)} new since the last edition`}>
              +{formatCount(added)}
            </span>
          )}
          <span className="count grow">
            {count === total ? formatCount(count) : t`${formatCount(count)} of ${formatCount(total)}`}
          </span>
        </li>
      ))}
    </ul>
  );
}

interface DocumentsProps {
  documents: readonly { name: string; note: string; text: string | null }[];
  onOpen: (name: string) => void;
}

/** What the service writes into the archive. */
export function PackDocuments({ documents, onOpen }: DocumentsProps) {
  return (
    <ul className="pack-documents" aria-label={t`Written for you`}>
      {documents.map(({ name, note, text }) => (
        <li key={name} className="beside">
          <FileText aria-hidden />
          {text === null ? (
            <span>{name}</span>
          ) : (
            <button type="button" className="link-button" onClick={() => onOpen(name)}>
              {name}
            </button>
          )}
          <span className="faint cut grow">{note}</span>
        </li>
      ))}
    </ul>
  );
}

/** The folder that is shown before or behind one; null at the ends. */
export function besideFolder(groups: readonly { folder: string }[], current: string | null, by: 1 | -1): string | null {
  const index = groups.findIndex(({ folder }) => folder === current);
  return groups[index < 0 ? 0 : index + by]?.folder ?? null;
}

export const filesWithin = (assets: readonly { asset_id: number; folder: string }[], above: string) =>
  assets.filter(({ folder }) => isWithin(folder, above)).map(({ asset_id: id }) => id);
