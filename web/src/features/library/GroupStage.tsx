import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { ChevronLeft, ChevronRight, Columns2, Layers, Trash2 } from "lucide-react";
import { useState } from "react";

import { type Command, useCommands } from "../../commands/commands";
import { ArtOnMat } from "../../data/assets/AssetPicture";
import type { Asset } from "../../data/assets/schema";
import { lowered } from "../../platform/text";
import { Button, IconButton } from "../../ui/Button";
import { AlikeFacts, usesOf } from "./AlikeFacts";
import { AlikePanes, type Looks } from "./AlikePanes";
import { differenceWords } from "./difference";
import { MAX_COMPARED } from "./series";
import type { LibraryActions } from "./useActions";
import { useDifference } from "./useDifference";
import type { AlikeGroup } from "./alike";
import { useAssetDetails } from "./useLibrary";
import { savedWords } from "./words";

interface StageProps {
  group: AlikeGroup;
  looks: Looks;
  place: string;
  actions: LibraryActions;
  onStep: (by: number) => void;
  /** With the files that are still to be decided about. */
  onDecided: (left: readonly Asset[]) => void;
  onTrashed: () => unknown;
  onCompare: (assets: readonly Asset[], first: Asset) => void;
}

/** One group: the file that comes on top beside another one, what differs, and what is done with them. */
export function GroupStage({ group, looks, place, actions, onStep, onDecided, onTrashed, onCompare }: StageProps) {
  const { items: files, equal_pixels: isEqual } = group;
  const [topId, setTopId] = useState(files[0]?.id);
  const [otherId, setOtherId] = useState(files[1]?.id);
  const top = files.find(({ id }) => id === topId) ?? files[0];
  const other = files.find(({ id }) => id === otherId && id !== top?.id) ?? files.find((file) => file !== top);
  if (!top || !other) return null;
  const ordered = [top, ...files.filter((file) => file !== top)] as const;

  const turn = (by: number) => {
    const next = files[(files.indexOf(top) + by + files.length) % files.length];
    if (!next) return;
    setTopId(next.id);
    if (next === other) setOtherId(top.id);
  };
  const stack = () => {
    onDecided([]);
    void actions.stack(ordered, ordered.length);
  };
  const keepBoth = () => {
    onDecided([]);
    void actions.decide(
      "keep_both",
      [ordered],
      t`${plural(files.length, { one: "# file", other: "# files" })} kept, and not offered again.`,
    );
  };
  const trash = () => {
    onDecided(files.filter((file) => file !== other));
    void actions.perform("trash", [other]).then(onTrashed);
  };
  return (
    <Decided
      {...{ files, top, other, looks, isEqual, place, onStep, turn, stack, keepBoth, trash }}
      onOther={(file) => setOtherId(file.id)}
      onCompare={() => onCompare(ordered.slice(0, MAX_COMPARED), top)}
    />
  );
}

interface DecidedProps {
  files: readonly Asset[];
  top: Asset;
  other: Asset;
  looks: Looks;
  isEqual: boolean;
  place: string;
  onStep: (by: number) => void;
  onOther: (file: Asset) => void;
  turn: (by: number) => void;
  stack: () => void;
  keepBoth: () => void;
  trash: () => void;
  onCompare: () => void;
}

function Decided({ files, top, other, looks, isEqual, ...does }: DecidedProps) {
  const difference = useDifference(top, other);
  const details = [useAssetDetails(top.id).data, useAssetDetails(other.id).data] as const;
  const uses = usesOf(details[1]);
  const keep = files.length === 2 ? t`Keep both` : t`Keep all ${files.length}`;
  const both = files.length === 2 ? t`both` : t`all ${files.length}`;
  const onFiles = (part: Omit<Command, "group">): Command => ({ ...part, group: "selection" });
  useCommands([
    {
      name: "move",
      run: (key) => {
        const by = { ArrowLeft: -1, ArrowRight: 1 }[key];
        if (by === undefined) return false;
        does.turn(by);
        return true;
      },
    },
    onFiles({ name: "open", label: t`Stack, A on top`, hint: t`stack`, icon: Layers, run: does.stack }),
    onFiles({ name: "add", label: keep, hint: t`keep ${both}`, run: does.keepBoth }),
    onFiles({ name: "compare", label: t`Compare`, icon: Columns2, run: does.onCompare }),
    onFiles({
      name: "remove",
      label: t`Move B to the trash`,
      icon: Trash2,
      isDangerous: true,
      disabledReason: uses ? t`it is used in ${uses}` : null,
      run: does.trash,
    }),
  ]);
  return (
    <>
      <header className="alike-title beside">
        <h3 className="cut">
          <bdi>{top.name}</bdi>
        </h3>
        <p className="muted grow">
          {plural(files.length, { one: "# file", other: "# files" })},{" "}
          {difference ? differenceWords(difference) : lowered(savedWords(files, isEqual))}
        </p>
        {files.length > 2 && (
          <span className="alike-others" role="group" aria-label={t`File to compare with`}>
            {files.map((file) => (
              <button
                key={file.id}
                type="button"
                aria-pressed={file === other}
                disabled={file === top}
                title={file.name}
                aria-label={file.name}
                onClick={() => does.onOther(file)}
              >
                <ArtOnMat asset={file} size={28} look="alike-thumb" />
              </button>
            ))}
          </span>
        )}
        <span className="numbers faint wide-only">{does.place}</span>
        <IconButton icon={ChevronLeft} label={t`Group before`} onClick={() => does.onStep(-1)} />
        <IconButton icon={ChevronRight} label={t`Next group`} onClick={() => does.onStep(1)} />
      </header>
      <AlikePanes {...{ top, other, looks, difference }} />
      <AlikeFacts files={[top, other]} {...{ details, difference }} />
      <footer className="alike-acts beside">
        <Button icon={Layers} look="primary" onClick={does.stack}>
          <Trans>Stack, A on top</Trans> <kbd aria-hidden>Enter</kbd>
        </Button>
        <Button look="edged" onClick={does.keepBoth}>
          {keep} <kbd aria-hidden>n</kbd>
        </Button>
        <p className="muted wide-only">
          <Trans>
            A stack shows one tile and keeps {both} files.
            <br />
            {keep}: they aren’t offered again.
          </Trans>
        </p>
        <span className="grow" />
        <Button icon={Columns2} look="wide-only" onClick={does.onCompare}>
          <Trans>Compare</Trans>
        </Button>
        {uses ? (
          <p className="muted">
            <Trans>B is used in {uses}, and stays.</Trans>
          </p>
        ) : (
          <Button icon={Trash2} look="danger" disabled={uses === undefined} onClick={does.trash}>
            <Trans>Move B to the trash</Trans> <kbd aria-hidden>#</kbd>
          </Button>
        )}
      </footer>
    </>
  );
}
