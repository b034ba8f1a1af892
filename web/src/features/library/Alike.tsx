import "./Alike.css";
import "./sequence.css";

import { plural, t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { Images, Layers } from "lucide-react";
import { useEffect, useState } from "react";

import { formatCount } from "../../platform/format";
import { useCommands } from "../../commands/commands";
import { Bar, Tabs } from "../../ui/Bar";
import { Button } from "../../ui/Button";
import { Empty, LoadError } from "../../ui/Empty";
import { StatusNote, StatusText } from "../../commands/StatusBar";
import { Mats, useMatCommands } from "../../commands/Mats";
import { AlikeList } from "./AlikeList";
import type { How, Looks } from "./AlikePanes";
import { GroupStage } from "./GroupStage";
import { KeptBothList, KeptBothStage } from "./KeptBoth";
import { ReasonField } from "./Reason";
import { SequenceStage } from "./SequenceStage";
import type { Asset } from "../../data/assets/schema";
import type { LibraryActions } from "./useActions";
import { useAlike, useKeptBoth, useSequences } from "./useLibrary";
import { FIT, pannedByKey, zoomByKey } from "./view";
import { BackToLibrary, Zooms } from "./ViewerTools";

/** Groups fetched at a time. */
const SOME = 24;

interface Props {
  actions: LibraryActions;
  onCompare: (assets: readonly Asset[], first: Asset) => void;
  onClose: () => void;
}

/**
 * Pictures that were saved again, and sequences: at the left a row each, beside it what differs and what can be done.
 * What was kept although it looks the same is a list of its own.
 */
export function Alike({ actions, onCompare, onClose }: Props) {
  const [wanted, setWanted] = useState(SOME);
  const alike = useAlike(wanted);
  const { groups, checkedCount, isWhole, isSearching, drop, refresh } = alike;
  const numbered = useSequences();
  const { sequences, isWhole: hasAllSequences, more: moreSequences } = numbered;
  const kept = useKeptBoth();
  const [isKept, setKept] = useState(false);
  const [at, setAt] = useState(0);
  const [how, setHow] = useState<How>("difference");
  const [isOther, setOther] = useState(false);
  const flip = () => setOther((now) => !now);
  const [view, setView] = useState(FIT);
  const looks: Looks = { how, isOther, onFlip: flip, view, setView };
  const zoomTo = (zoom: number | null) => setView((now) => (zoom === null ? FIT : { ...now, zoom }));

  const rows = isKept ? kept.pairs.length : groups.length + sequences.length;
  const row = Math.max(0, Math.min(at, rows - 1));
  const group = isKept ? undefined : groups[row];
  const sequence = isKept ? undefined : sequences[row - groups.length];
  const pair = isKept ? kept.pairs[row] : undefined;
  const broken = (isKept ? [kept] : [alike, numbered]).find(({ error }) => error);
  const equal = groups.filter(({ equal_pixels: isEqual }) => isEqual);
  useEffect(() => {
    document.querySelector(".alike [data-active=true]")?.scrollIntoView({ block: "nearest" });
  }, [row]);
  // Other pictures are seen as a whole first.
  const [lastRow, setLastRow] = useState(row);
  if (lastRow !== row) {
    setLastRow(row);
    setView(FIT);
  }

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
    { name: "look", label: t`Blink`, hint: t`blink`, run: () => (how === "blink" ? flip() : setHow("blink")) },
    { name: "undo", label: t`Undo`, run: () => void actions.undo() },
    { name: "zoom", run: (key) => zoomTo(zoomByKey(key, drawnZoom(), devicePixelRatio)) },
    { name: "pan", run: (key) => setView((now) => pannedByKey(now, key, drawnZoom())) },
    ...useMatCommands(),
    { name: "close", run: onClose },
  ]);

  return (
    <section className="alike-page" aria-label={t`Similar files`}>
      <Bar title={t`Similar files`} isTitled back={<BackToLibrary onClick={onClose} />}>
        <Tabs
          label={t`Show`}
          options={[
            { value: "groups", words: t`Saved again`, count: groups.length, isExact: isWhole },
            { value: "sequences", words: t`Sequences`, count: sequences.length, isExact: hasAllSequences },
            { value: "kept", words: t`Kept both`, count: kept.pairs.length, isExact: kept.isWhole },
          ]}
          value={isKept ? "kept" : sequence ? "sequences" : "groups"}
          onChange={(part) => {
            setKept(part === "kept");
            setAt(part === "sequences" ? groups.length : 0);
          }}
        />
        <span className="grow" />
        {(group ?? pair) && (
          <>
            <Tabs
              label={t`Compare by`}
              options={[
                { value: "difference", words: t`Difference` },
                { value: "blink", words: t`Blink` },
                { value: "slide", words: t`Slide` },
              ]}
              value={how}
              onChange={setHow}
            />
            <Zooms isShort view={view} onZoom={zoomTo} />
          </>
        )}
        <Mats />
        {!isKept && equal.length > 1 && (
          <Button icon={Layers} look="edged wide-only" onClick={stackEqual}>
            <Trans>Stack all {formatCount(equal.length)} equal groups</Trans>
          </Button>
        )}
      </Bar>
      <ReasonField />
      {broken?.error && <LoadError error={broken.error} onRetry={broken.more} />}
      {isKept && rows === 0 && kept.isWhole && (
        <Empty
          icon={Images}
          title={t`No files were kept both.`}
          hint={t`“Keep both” says that two files are different pictures: they aren’t offered again.`}
        />
      )}
      {!isKept && rows === 0 && isWhole && hasAllSequences && (
        <Empty
          icon={Images}
          title={t`No file was saved twice.`}
          hint={t`${plural(checkedCount, { one: "# file", other: "# files" })} compared. Files that are set aside are not.`}
        />
      )}
      {rows > 0 && (
        <div className="alike-work">
          {isKept ? (
            <KeptBothList pairs={kept.pairs} row={row} onMore={kept.isWhole ? null : kept.more} onRow={setAt} />
          ) : (
            <AlikeList
              {...{ groups, sequences, row, isSearching }}
              onMoreGroups={isWhole || isSearching ? null : () => setWanted(groups.length + SOME)}
              onMoreSequences={hasAllSequences ? null : moreSequences}
              onRow={setAt}
            />
          )}
          <div className="alike-main">
            {group && (
              <GroupStage
                key={group.items.map(({ id }) => id).join()}
                {...{ group, looks, actions, onCompare }}
                onTrashed={refresh}
                place={t`group ${formatCount(row + 1)} of ${formatCount(groups.length)}`}
                onStep={(by) => setAt(Math.max(0, Math.min(groups.length - 1, row + by)))}
                onDecided={(left) => drop([group], left)}
              />
            )}
            {pair && <KeptBothStage key={pair.map(({ id }) => id).join()} {...{ pair, looks, actions }} />}
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
      <StatusText>
        {isKept
          ? plural(rows, { one: "# pair", other: "# pairs" })
          : plural(groups.length, { one: "# group", other: "# groups" })}
      </StatusText>
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

/** Only the panes know what fits. */
function drawnZoom(): number {
  return Number(document.querySelector<HTMLElement>(".alike-pane")?.dataset["zoom"] ?? 1);
}
