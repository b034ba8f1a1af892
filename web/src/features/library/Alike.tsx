import { lowered } from "../../platform/text";
import "./Alike.css";
import "./sequence.css";

import { plural, t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { ChevronLeft, ChevronRight, Columns2, Images, Layers, Trash2, X } from "lucide-react";
import { useEffect, useState } from "react";

import { type Command, useCommands } from "../../commands/commands";
import { Bar, Tabs } from "../../ui/Bar";
import { Button, IconButton } from "../../ui/Button";
import { Empty, LoadError } from "../../ui/Empty";
import { StatusNote, StatusText } from "../../commands/StatusBar";
import { Mats, useMatCommands } from "../../commands/Mats";
import { ArtOnMat } from "../../data/assets/AssetPicture";
import { AlikeFacts, usesOf } from "./AlikeFacts";
import { AlikeList } from "./AlikeList";
import { AlikePanes, type How } from "./AlikePanes";
import { differenceWords } from "./difference";
import { MAX_COMPARED } from "./offers";
import { ReasonField } from "./Reason";
import { SequenceStage } from "./SequenceStage";
import type { Asset } from "../../data/assets/schema";
import type { LibraryActions } from "./useActions";
import { useDifference } from "./useDifference";
import { savedWords } from "./words";
import { type AlikeGroup, useAlike, useAssetDetails, useSequences } from "./useLibrary";

/** Groups fetched at a time. */
const SOME = 24;

interface Props {
  actions: LibraryActions;
  onCompare: (assets: readonly Asset[], first: Asset) => void;
  onClose: () => void;
}

/** Pictures that were saved again, and sequences: at the left a row each, beside it what differs and what can be done. */
export function Alike({ actions, onCompare, onClose }: Props) {
  const [wanted, setWanted] = useState(SOME);
  const { groups, checkedCount, isWhole, isSearching, error, more, drop } = useAlike(wanted);
  const { sequences, isWhole: hasAllSequences, more: moreSequences } = useSequences();
  const [at, setAt] = useState(0);
  const [how, setHow] = useState<How>("difference");
  const [isOther, setOther] = useState(false);
  const flip = () => setOther((now) => !now);

  const rows = groups.length + sequences.length;
  const row = Math.max(0, Math.min(at, rows - 1));
  const group = groups[row];
  const sequence = sequences[row - groups.length];
  const equal = groups.filter(({ equal_pixels: isEqual }) => isEqual);
  useEffect(() => {
    document.querySelector(".alike [data-active=true]")?.scrollIntoView({ block: "nearest" });
  }, [row]);

  const stackEqual = () => {
    drop(equal);
    const words = t`${plural(equal.length, { one: "# group", other: "# groups" })} stacked.`;
    void actions.decide("stack", equal.map(({ items }) => items), words); // prettier-ignore
  };
  useCommands([
    {
      name: "move",
      run: (key) => {
        const by = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1, Home: -row, End: rows }[key];
        if (by === undefined) return false;
        setAt(Math.max(0, Math.min(rows - 1, row + by)));
        return true;
      },
    },
    { name: "look", label: t`Blink`, run: () => (how === "blink" ? flip() : setHow("blink")) },
    { name: "undo", label: t`Undo`, run: () => void actions.undo() },
    ...useMatCommands(),
    { name: "close", run: onClose },
  ]);

  return (
    <section className="alike-page" aria-label={t`Similar files`}>
      <Bar title={t`Similar files`} isTitled>
        <IconButton icon={X} label={t`Back to the library`} title={t`Back to the library (Esc)`} onClick={onClose} />
        <Tabs
          label={t`Show`}
          options={[
            { value: "groups", words: t`Saved again`, count: groups.length, isExact: isWhole },
            { value: "sequences", words: t`Sequences`, count: sequences.length, isExact: hasAllSequences },
          ]}
          value={sequence ? "sequences" : "groups"}
          onChange={(part) => setAt(part === "groups" ? 0 : groups.length)}
        />
        <span className="grow" />
        {group && (
          <Tabs
            label={t`Compare by`}
            options={[
              { value: "difference", words: t`Difference` },
              { value: "blink", words: t`Blink` },
            ]}
            value={how}
            onChange={setHow}
          />
        )}
        <Mats />
        {equal.length > 1 && (
          <Button icon={Layers} look="edged wide-only" onClick={stackEqual}>
            <Trans>Stack all {equal.length} equal groups</Trans>
          </Button>
        )}
      </Bar>
      <ReasonField />
      {error && <LoadError error={error} onRetry={more} />}
      {rows === 0 && isWhole && hasAllSequences && (
        <Empty
          icon={Images}
          title={t`No file was saved twice.`}
          hint={t`${plural(checkedCount, { one: "# file", other: "# files" })} compared. Files that are set aside are not.`}
        />
      )}
      {rows > 0 && (
        <div className="alike-work">
          <AlikeList
            {...{ groups, sequences, row, isSearching }}
            onMoreGroups={isWhole || isSearching ? null : () => setWanted(groups.length + SOME)}
            onMoreSequences={hasAllSequences ? null : moreSequences}
            onRow={setAt}
          />
          <div className="alike-main">
            {group && (
              <GroupStage
                key={group.items.map(({ id }) => id).join()}
                {...{ group, how, isOther, actions, onCompare }}
                onFlip={flip}
                place={`group ${row + 1} of ${groups.length}`}
                onStep={(by) => setAt(Math.max(0, Math.min(groups.length - 1, row + by)))}
                onDecided={(left) => drop([group], left)}
              />
            )}
            {sequence && (
              <SequenceStage
                key={sequence.items[0]?.id}
                sequence={sequence}
                onUnfold={() =>
                  void actions.decide(
                    "unfold",
                    [sequence.items],
                    t`${plural(sequence.frame_count, { one: "# file", other: "# files" })} in no sequence.`,
                  )
                }
              />
            )}
          </div>
        </div>
      )}
      <StatusText>{plural(groups.length, { one: "# group", other: "# groups" })}</StatusText>
      <StatusNote>
        <span>
          <Trans>
            <Plural value={checkedCount} one="# file" other="# files" /> compared
            {isWhole ? "" : isSearching ? " …" : t` so far`}
          </Trans>
        </span>
      </StatusNote>
    </section>
  );
}

interface StageProps {
  group: AlikeGroup;
  how: How;
  isOther: boolean;
  onFlip: () => void;
  place: string;
  actions: LibraryActions;
  onStep: (by: number) => void;
  /** With the files that are still to be decided about. */
  onDecided: (left: readonly Asset[]) => void;
  onCompare: (assets: readonly Asset[], first: Asset) => void;
}

/** One group: the file that comes on top beside another one, what differs, and what is done with them. */
function GroupStage({ group, how, isOther, onFlip, place, actions, onStep, onDecided, onCompare }: StageProps) {
  const { items: files, equal_pixels: isEqual } = group;
  const [topId, setTopId] = useState(files[0]?.id);
  const [otherId, setOtherId] = useState(files[1]?.id);
  const top = files.find(({ id }) => id === topId) ?? files[0];
  const other = files.find(({ id }) => id === otherId && id !== top?.id) ?? files.find((file) => file !== top);
  if (!top || !other) return null;
  const ordered = [top, ...files.filter((file) => file !== top)];

  const turn = (by: number) => {
    const next = files[(files.indexOf(top) + by + files.length) % files.length];
    if (!next) return;
    setTopId(next.id);
    if (next === other) setOtherId(top.id);
  };
  const stack = () => {
    onDecided([]);
    void actions.decide(
      "stack",
      [ordered],
      t`${plural(files.length, { one: "# file", other: "# files" })} in one stack, ${top.name} on top.`,
    );
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
    void actions.perform("trash", [other]);
  };
  return (
    <Decided
      {...{ files, top, other, how, isOther, isEqual, place, onFlip, onStep, turn, stack, keepBoth, trash }}
      onOther={(file) => setOtherId(file.id)}
      onCompare={() => onCompare(ordered.slice(0, MAX_COMPARED), top)}
    />
  );
}

interface DecidedProps {
  files: readonly Asset[];
  top: Asset;
  other: Asset;
  how: How;
  isOther: boolean;
  isEqual: boolean;
  place: string;
  onFlip: () => void;
  onStep: (by: number) => void;
  onOther: (file: Asset) => void;
  turn: (by: number) => void;
  stack: () => void;
  keepBoth: () => void;
  trash: () => void;
  onCompare: () => void;
}

function Decided({ files, top, other, how, isOther, isEqual, ...does }: DecidedProps) {
  const difference = useDifference(top, other);
  const details = [useAssetDetails(top.id).data, useAssetDetails(other.id).data] as const;
  const uses = usesOf(details[1]);
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
    onFiles({ name: "open", label: t`Stack, A on top`, icon: Layers, run: does.stack }),
    onFiles({ name: "add", label: t`Keep ${both}`, run: does.keepBoth }),
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
      <AlikePanes {...{ top, other, how, difference, isOther }} onFlip={does.onFlip} />
      <AlikeFacts files={[top, other]} {...{ details, difference }} />
      <footer className="alike-acts beside">
        <Button icon={Layers} look="primary" onClick={does.stack}>
          <Trans>Stack, A on top</Trans> <kbd aria-hidden>Enter</kbd>
        </Button>
        <Button look="edged" onClick={does.keepBoth}>
          <Trans>Keep {both}</Trans> <kbd aria-hidden>n</kbd>
        </Button>
        <p className="muted wide-only">
          <Trans>
            A stack shows one tile and keeps {both} files.
            <br />
            Keep {both}: they aren’t offered again.
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
