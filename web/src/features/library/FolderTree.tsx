import { t } from "@lingui/core/macro";
import { ChevronDown, ChevronRight, Folder } from "lucide-react";
import { type KeyboardEvent, useMemo, useState } from "react";

import { formatCount } from "../../platform/format";
import { type Branch, parentOf, seenOf, treeOf } from "./folders";
import type { FolderPage } from "../../data/assets/schema";

interface Props {
  folders: FolderPage["items"];
  value: string;
  onChange: (folder: string) => void;
}

/** The uploaded folders as a tree: arrows move, right expands, left collapses. */
export function FolderTree({ folders, value, onChange }: Props) {
  const branches = useMemo(() => treeOf(folders), [folders]);
  const [touched, setTouched] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [active, setActive] = useState<string | null>(null);
  // Expanded by default: the top level, and the path to the chosen folder.
  const open = useMemo(() => {
    const isOpen = ({ folder, depth }: Branch) =>
      touched.get(folder) ?? (depth === 0 || value === folder || value.startsWith(`${folder}/`));
    return new Set(branches.filter(isOpen).map(({ folder }) => folder));
  }, [branches, touched, value]);
  const seen = seenOf(branches, open);
  const current = active ?? value;
  const set = (folder: string, isOpen: boolean) => setTouched(new Map(touched).set(folder, isOpen));
  const onKeyDown = (event: KeyboardEvent) => {
    const index = seen.findIndex(({ folder }) => folder === current);
    const branch = seen[index];
    const to = (next: number) => setActive(seen[Math.max(0, Math.min(seen.length - 1, next))]?.folder ?? null);
    if (event.key === "ArrowDown") to(index + 1);
    else if (event.key === "ArrowUp") to(index - 1);
    else if (event.key === "ArrowRight" && branch?.hasMore) set(branch.folder, true);
    else if (event.key === "ArrowLeft" && branch) {
      if (branch.hasMore && open.has(branch.folder)) set(branch.folder, false);
      else setActive(parentOf(branch.folder) || branch.folder);
    } else if ((event.key === "Enter" || event.key === " ") && branch) onChange(toggled(branch.folder, value));
    else return;
    event.preventDefault();
  };
  return (
    <ul
      role="tree"
      aria-label={t`Folders`}
      className="tree"
      data-own-keys
      tabIndex={0}
      aria-activedescendant={seen.some(({ folder }) => folder === current) ? idOf(current) : undefined}
      onKeyDown={onKeyDown}
    >
      {seen.map(({ folder, name, depth, count, hasMore }) => {
        const Icon = open.has(folder) ? ChevronDown : ChevronRight;
        return (
          <li
            key={folder}
            id={idOf(folder)}
            role="treeitem"
            className="beside"
            aria-level={depth + 1}
            aria-selected={folder === value}
            aria-expanded={hasMore ? open.has(folder) : undefined}
            data-active={folder === active}
            style={{ paddingInlineStart: 10 + depth * 14 }}
            onClick={() => onChange(toggled(folder, value))}
          >
            <span
              className="twist"
              aria-hidden
              onClick={(event) => {
                if (!hasMore) return;
                event.stopPropagation();
                set(folder, !open.has(folder));
              }}
            >
              {hasMore && <Icon />}
            </span>
            <Folder aria-hidden />
            <bdi className="cut grow">{name}</bdi>
            <span className="count">{formatCount(count)}</span>
          </li>
        );
      })}
    </ul>
  );
}

/** Without spaces: they would separate ids. */
const idOf = (folder: string) => `folder-${encodeURIComponent(folder)}`;

/** Choosing the active folder again removes the filter. */
function toggled(folder: string, value: string): string {
  return folder === value ? "" : folder;
}
