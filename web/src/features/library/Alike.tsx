import "./Alike.css";

import { Archive, CircleSlash, Columns2, Images, Trash2, X } from "lucide-react";
import { useEffect, useState } from "react";

import { formatCount, plural } from "../../platform/format";
import { type Command, useCommands } from "../../commands/commands";
import { Bar } from "../../ui/Bar";
import { Button, IconButton } from "../../ui/Button";
import { Empty, LoadError } from "../../ui/Empty";
import { StatusText } from "../../commands/StatusBar";
import { Mats, useMatCommands } from "../../commands/Mats";
import { ArtOnMat } from "../../data/assets/AssetPicture";
import { Stars } from "./Judged";
import { MAX_COMPARED } from "./offers";
import { ReasonField } from "./Reason";
import type { Asset } from "../../data/assets/schema";
import type { LibraryActions } from "./useActions";
import { useAlike } from "./useLibrary";
import { measures } from "./words";

/** Groups fetched at a time. */
const SOME = 24;

interface Props {
  actions: LibraryActions;
  onCompare: (assets: readonly Asset[], first: Asset) => void;
  onClose: () => void;
}

/** Groups of similar files, one per row. The best file is preselected; one action keeps it and handles the rest. */
export function Alike({ actions, onCompare, onClose }: Props) {
  const [wanted, setWanted] = useState(SOME);
  const { groups, checkedCount, isWhole, isSearching, error, more, drop } = useAlike(wanted);
  const [at, setAt] = useState(0);
  /** The user's choice of which file to keep, by the id of the group's best file. */
  const [chosen, setChosen] = useState<ReadonlyMap<number, number>>(new Map());

  const row = Math.max(0, Math.min(at, groups.length - 1));
  const group = groups[row];
  const keptOf = (files: readonly Asset[]) => files.find(({ id }) => id === chosen.get(files[0]?.id ?? 0)) ?? files[0];
  const choose = (files: readonly Asset[], id: number) => setChosen((all) => new Map(all).set(files[0]?.id ?? 0, id));
  const turn = (files: readonly Asset[], by: number) => {
    const kept = files.findIndex((file) => file === keptOf(files));
    const next = files[Math.max(0, Math.min(files.length - 1, kept + by))];
    if (next) choose(files, next.id);
  };
  const keep = (files: readonly Asset[], action: "set_aside" | "trash") => {
    const kept = keptOf(files);
    if (!kept) return;
    drop(files);
    void actions.keep(kept, files.filter((file) => file !== kept), action); // prettier-ignore
  };
  const compare = (files: readonly Asset[]) => {
    const kept = keptOf(files);
    if (kept) onCompare([kept, ...files.filter((file) => file !== kept)].slice(0, MAX_COMPARED), kept);
  };
  useEffect(() => {
    document.querySelector(".alike > [data-active=true]")?.scrollIntoView({ block: "nearest" });
  }, [row]);

  const why = group ? null : "no group is selected";
  const onGroup = (part: Omit<Command, "run" | "group">, run: (files: readonly Asset[]) => void): Command => ({
    ...{ ...part, group: "selection", disabledReason: why },
    run: () => group && run(group),
  });
  useCommands([
    {
      name: "move",
      run: (key) => {
        const side = { ArrowLeft: -1, ArrowRight: 1 }[key];
        const rows = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1, Home: -row, End: groups.length }[key];
        if (side !== undefined && group) turn(group, side);
        else if (rows !== undefined) setAt(Math.max(0, Math.min(groups.length - 1, row + rows)));
        else return false;
        return true;
      },
    },
    onGroup({ name: "open", label: "Keep this, set the rest aside", icon: Archive }, (files) =>
      keep(files, "set_aside"),
    ),
    onGroup({ name: "compare", label: "Compare", icon: Columns2 }, compare),
    onGroup({ name: "remove", label: "Keep this, trash the rest", icon: Trash2, isDangerous: true }, (files) =>
      keep(files, "trash"),
    ),
    { name: "undo", label: "Undo", run: () => void actions.undo() },
    ...useMatCommands(),
    { name: "close", run: onClose },
  ]);

  return (
    <section className="alike-page" aria-label="Similar files">
      <Bar title="Similar files" isTitled count={groups.length}>
        <IconButton icon={X} label="Back to the library" title="Back to the library (Esc)" onClick={onClose} />
        <span className="grow" />
        <Mats />
      </Bar>
      <ReasonField />
      {error && <LoadError error={error} onRetry={more} />}
      {groups.length === 0 && isWhole && (
        <Empty icon={Images} title="No similar files found." hint="Files that are set aside are not compared." />
      )}
      <ol className="alike" aria-label="Groups" aria-busy={isSearching}>
        {groups.map((files, index) => (
          <Group
            key={files.map(({ id }) => id).join()}
            {...{ files, isActive: index === row }}
            kept={keptOf(files)}
            onAt={() => setAt(index)}
            onChoose={(id) => choose(files, id)}
            onKeep={(action) => keep(files, action)}
            onCompare={() => compare(files)}
          />
        ))}
        {!isWhole && !isSearching && (
          <li>
            <Button look="edged" onClick={() => setWanted(groups.length + SOME)}>
              Search more files
            </Button>
          </li>
        )}
      </ol>
      <StatusText>
        {plural(checkedCount, "file")} checked{isWhole ? "" : isSearching ? " …" : " so far"}
      </StatusText>
    </section>
  );
}

interface GroupProps {
  files: readonly Asset[];
  kept: Asset | undefined;
  isActive: boolean;
  onAt: () => void;
  onChoose: (id: number) => void;
  onKeep: (action: "set_aside" | "trash") => void;
  onCompare: () => void;
}

function Group({ files, kept, isActive, onAt, onChoose, onKeep, onCompare }: GroupProps) {
  const others = files.length - 1;
  const them = others === 1 ? "the other" : `the other ${formatCount(others)}`;
  return (
    <li data-active={isActive} onPointerDown={onAt} onFocus={onAt}>
      <div
        className="alike-files"
        role="radiogroup"
        aria-label="File to keep"
        onKeyDown={({ key }) => key === "Enter" && onKeep("set_aside")}
      >
        {files.map((file, index) => (
          <label key={file.id} className="alike-file">
            <input
              type="radio"
              className="visually-hidden"
              name={`alike-${files[0]?.id ?? 0}`}
              checked={file === kept}
              tabIndex={isActive && file === kept ? 0 : -1}
              onChange={() => onChoose(file.id)}
            />
            <ArtOnMat asset={file} size={156} look="asset-art" />
            <span className="asset-name beside">
              {file === kept && (
                <span className="alike-kept" aria-hidden>
                  Kept
                </span>
              )}
              <span className="state-mark" data-state={file.state} aria-hidden />
              <bdi className="cut grow">{file.name}</bdi>
              <Stars rating={file.rating} />
            </span>
            <span className="numbers faint">
              {measures(file)}
              {index === 0 && " · best"}
            </span>
          </label>
        ))}
      </div>
      <div className="alike-acts">
        <Button icon={CircleSlash} look={isActive ? "primary" : "edged"} onClick={() => onKeep("set_aside")}>
          Keep this, set the rest aside
        </Button>
        <Button icon={Trash2} onClick={() => onKeep("trash")}>
          {them[0]?.toUpperCase()}
          {them.slice(1)} to the trash
        </Button>
        <Button icon={Columns2} onClick={onCompare}>
          Compare
        </Button>
      </div>
    </li>
  );
}
