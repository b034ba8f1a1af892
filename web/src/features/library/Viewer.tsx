import "./viewer.css";

import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { Check, CircleSlash, Download, Info, Link2, SquareStack, Trash2, Undo2 } from "lucide-react";
import { useEffect, useState } from "react";

import { MEDIA } from "../../platform/media";
import { formatCount } from "../../platform/format";
import type { Order } from "../../platform/selection";
import { type Command, useCommands } from "../../commands/commands";
import { Bar, BarDivider } from "../../ui/Bar";
import { Button, IconButton } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { StatusText } from "../../commands/StatusBar";
import { Mats, useMatCommands } from "../../commands/Mats";
import { FormError } from "../../ui/FormError";
import { fileUrl } from "../../data/assets/urls";
import { AssetStage } from "./AssetStage";
import { CompareStage } from "./CompareStage";
import { Filmstrip } from "./Filmstrip";
import { Inspector } from "./Inspector";
import { soundActs } from "./offers";
import { MAX_COMPARED } from "./series";
import { Panes } from "./Panes";
import type { Asset } from "../../data/assets/schema";
import { sound } from "./sound";
import type { LibraryActions } from "./useActions";
import type { AssetAction } from "./states";
import { useDetails } from "./useDetails";
import { useAssetDetails, useAssets } from "./useLibrary";
import { useReview } from "./useReview";
import { FIT, oneToOne, pannedByKey, type View, zoomByKey } from "./view";
import { BackToLibrary, Verdict, Zooms } from "./ViewerTools";
import { measures } from "./words";

const ALL_FIT: readonly View[] = Array.from({ length: MAX_COMPARED }, () => FIT);

interface Props {
  /** The files to step through; fixed while the viewer is open. */
  ids: Order;
  first: number;
  /** Start with these side by side. */
  compared: readonly number[];
  /** Start next to its original. */
  isComparing: boolean;
  known: (id: number) => Asset | null;
  /** A file was read, or read again: others may have changed it. */
  onRead: (asset: Asset) => void;
  actions: LibraryActions;
  onAt: (id: number | null, at: number) => void;
  /** Others were put beside each other. */
  onCompared: (ids: readonly number[]) => void;
  /** Open another file instead of these. */
  onOpen: (id: number) => void;
  onClose: () => void;
}

/** The full-page viewer: judge files with keys, one after the other, compare them, and zoom. */
export function Viewer({
  ids,
  first,
  compared,
  isComparing,
  known,
  onRead,
  actions,
  onAt,
  onCompared,
  onOpen,
  onClose,
}: Props) {
  const { review, waiting, trouble, decide, undo, go, goTo } = useReview({
    ids,
    first,
    stateOf: (id) => find(id)?.state ?? null,
    onConfirmed: actions.change,
    remember: actions.remember,
  });
  const id = ids.at(review.at) ?? null;
  const fetched = useAssetDetails(id);
  const found = fetched.data?.asset.id === id ? fetched.data : null;
  const find = (wanted: number) => known(wanted) ?? (found?.asset.id === wanted ? found.asset : null);
  const asset = id === null ? null : find(id);
  const parentId = found?.parent?.id ?? null;
  const parent = useAssetDetails(parentId).data?.asset ?? null;

  const [chosen, setChosen] = useState<readonly number[]>(compared);
  const [isBeside, setBeside] = useState(isComparing || compared.length > 1);
  const [isOver, setOver] = useState(false);
  const [pane, setPane] = useState(compared.length > 1 || !isComparing ? 0 : 1);
  const [isInStep, setInStep] = useState(true);
  const [view, setView] = useState<View>(FIT);
  const [views, setViews] = useState(ALL_FIT);
  const details = useDetails(MEDIA.broad);
  /** What was done here, so that undo reverts the last of it, whatever it was. */
  const [done, setDone] = useState<readonly ("judged" | "marked")[]>([]);

  const beside = panesOf(chosen, find, asset, parent);
  const isCompared = isBeside && beside.length > 1;
  const current = isCompared ? (beside[pane] ?? asset) : asset;
  const isApart = isCompared && !isInStep;
  const ownView = (isApart ? views[pane] : undefined) ?? view;
  const changeView = (change: (now: View) => View) => {
    if (isApart) setViews((all) => all.map((each, index) => (index === pane ? change(each) : each)));
    else setView(change);
  };

  const read = found?.asset;
  useEffect(() => {
    if (read) onRead(read);
  }, [read, onRead]);
  const readBeside = useAssets(chosen);
  useEffect(() => readBeside.forEach((each) => onRead(each)), [readBeside, onRead]);
  const { at } = review;
  useEffect(() => onAt(id, at), [id, at, onAt]);
  const turnTo = (turn: () => void) => {
    if (details.isDrawer) details.hide(); // its step belongs to the file that it was opened at
    turn();
    setView(FIT);
    setViews(ALL_FIT);
    setOver(false);
  };
  const judge = (action: AssetAction) => {
    // In a pane it is the pane's file, and not the one whose turn it is.
    if (isCompared && current && (chosen.length > 0 || current !== asset)) {
      setDone((all) => [...all, "marked"]);
      void actions.perform(action, [current]);
      return;
    }
    setDone((all) => [...all, "judged"]);
    turnTo(() => decide(action));
  };
  const mark = (set: { rating: number } | { label: number }) => {
    if (!current) return;
    setDone((all) => [...all, "marked"]);
    void actions.judge(set, [current]);
  };
  const undoLast = () => {
    const last = done.at(-1);
    setDone((all) => all.slice(0, -1));
    if (last === "judged") turnTo(undo);
    else void actions.undo();
  };
  /** Approve the focused file and set the others aside. */
  const keep = () => {
    if (!current) return;
    setDone((all) => [...all, "marked"]);
    const others = beside.filter((each) => each.id !== current.id);
    void actions.keep(current, others, "set_aside");
  };
  const zoomTo = (zoom: number | null) => changeView((now) => (zoom === null ? FIT : { ...now, zoom }));
  const turnZoom = () => zoomTo(ownView.zoom === null ? oneToOne(devicePixelRatio) : null);
  const turnStep = () => {
    // Nothing moves: each pane goes on from what it shows.
    if (isInStep) setViews((all) => all.map(() => view));
    else setView(ownView);
    setInStep(!isInStep);
  };
  const turnBeside = () => {
    setBeside(!isBeside);
    if (chosen.length === 0) setPane(1); // the file whose turn it is, beside its original
  };
  const soundId = current?.type === "audio" ? current.id : null;
  const isGone = current?.state === "trash";
  const why = !current ? t`no file is open` : isGone ? t`it is in the trash` : null;
  const judged = { group: "selection", disabledReason: why } as const;
  const acts: Command[] = [
    {
      name: "move",
      run: (key) => {
        const by = /^(k|ArrowLeft|ArrowUp)$/.test(key) ? -1 : /^(j|ArrowRight|ArrowDown)$/.test(key) ? 1 : 0;
        if (isCompared) setPane(Math.max(0, Math.min(beside.length - 1, pane + by)));
        else if (by !== 0) turnTo(() => go(by));
        else if (key === "Home") turnTo(() => goTo(0));
        else if (key === "End") turnTo(() => goTo(ids.length - 1));
        else return false;
        return true;
      },
    },
    {
      name: "open",
      label: isCompared ? t`Keep this, set the rest aside` : t`Actual size or fit`,
      run: isCompared ? keep : turnZoom,
    },
    { name: "look", run: soundId !== null ? () => sound.toggle(soundId) : turnZoom },
    { ...judged, name: "approve", label: t`Approve`, icon: Check, run: () => judge("approve") },
    { ...judged, name: "setAside", label: t`Set aside`, icon: CircleSlash, run: () => judge("set_aside") },
    { ...judged, name: "remove", label: t`Move to trash`, icon: Trash2, isDangerous: true, run: () => judge("trash") },
    { name: "undo", label: t`Undo`, icon: Undo2, group: "selection", run: undoLast },
    { name: "stars", run: (key) => mark({ rating: Number(key) }) },
    { name: "label", run: (key) => mark({ label: Number(key) }) },
    {
      name: "compare",
      label: t`Compare with the original`,
      group: "view",
      disabledReason: beside.length > 1 ? null : t`there is nothing to compare with`,
      run: turnBeside,
    },
    {
      name: "step",
      run: (key) => {
        const by = key === "]" ? 1 : -1;
        let place = ids.indexOf(current?.id ?? -1) + by;
        // A file is not compared with itself.
        while (place >= 0 && beside.some(({ id }) => id === ids.at(place))) place += by;
        const next = place < 0 ? undefined : ids.at(place);
        if (!isCompared || next === undefined) return false;
        const others = beside.map((each, index) => (index === pane ? next : each.id));
        setChosen(others);
        onCompared(others);
        return true;
      },
    },
    { name: "zoom", run: (key) => zoomTo(zoomByKey(key, drawn(), devicePixelRatio)) },
    { name: "pan", run: (key) => changeView((now) => pannedByKey(now, key, drawn())) },
    { name: "inspect", label: t`Details`, icon: Info, group: "view", run: details.toggle },
    ...(soundId !== null ? soundActs : []),
    ...useMatCommands(),
    {
      name: "close",
      run: () => {
        if (details.isDrawer) details.hide();
        else if (isCompared && compared.length === 0) setBeside(false);
        else onClose();
      },
    },
  ];
  useCommands(acts);

  const twoInOne = isCompared && beside.length === 2 && (isOver || beside[0]?.type !== "image");
  return (
    <section className="viewer" aria-label={asset?.name ?? t`Review`}>
      <Bar title={t`Review`} back={<BackToLibrary onClick={onClose} />}>
        <span className="viewer-at numbers" role="status">
          <Trans>
            {formatCount(id === null ? ids.length : at + 1)} of {formatCount(ids.length)}
            {waiting > 0 && t` · saving ${formatCount(waiting)}`}
          </Trans>
        </span>
        <p className="viewer-name">
          <bdi className="cut">{asset?.name ?? (id === null ? t`All reviewed` : "…")}</bdi>
          {asset && <span className="numbers faint wide-only">{measures(asset)}</span>}
        </p>
        <span className="grow" />
        {current?.type === "image" && <Zooms view={ownView} onZoom={zoomTo} />}
        {isCompared && (
          <Button icon={Link2} aria-pressed={isInStep} onClick={turnStep}>
            <Trans>Sync views</Trans>
          </Button>
        )}
        {isCompared && beside.length === 2 && beside[0]?.type === "image" && (
          <Button icon={SquareStack} aria-pressed={isOver} onClick={() => setOver(!isOver)}>
            <Trans>Overlay</Trans>
          </Button>
        )}
        {!isCompared && beside.length > 1 && (
          <Button title={t`Compare (c)`} onClick={turnBeside}>
            <Trans>Compare</Trans> <kbd aria-hidden>C</kbd>
          </Button>
        )}
        <BarDivider />
        <Mats />
        <IconButton icon={Undo2} label={t`Undo`} title={t`Undo (Z)`} disabled={done.length === 0} onClick={undoLast} />
        {asset && (
          <a className="icon-button" href={fileUrl(asset, true)} download aria-label={t`Download`} title={t`Download`}>
            <Download aria-hidden />
          </a>
        )}
        <IconButton
          icon={Info}
          label={t`Details`}
          title={t`Details (i)`}
          aria-pressed={details.isOpen}
          onClick={details.toggle}
        />
      </Bar>
      {trouble && (
        <FormError>
          <Trans>{trouble} Retrying…</Trans>
        </FormError>
      )}
      <div className="viewer-body">
        <div className="viewer-stage">
          {id === null && (
            <Empty icon={Check} title={t`All done. ${formatCount(review.judged.length)} reviewed.`}>
              <Button look="primary" onClick={onClose}>
                <Trans>Back to the library</Trans>
              </Button>
            </Empty>
          )}
          {twoInOne && beside[0] && beside[1] && <CompareStage parent={beside[0]} result={beside[1]} />}
          {isCompared && !twoInOne && (
            <Panes assets={beside} at={pane} {...{ isInStep, view, views, setView, setViews }} onAt={setPane} />
          )}
          {asset && !isCompared && (
            <AssetStage
              key={asset.id}
              asset={asset}
              view={view}
              setView={setView}
              {...(!isGone && {
                onSwiped: (swipe) =>
                  swipe === "up" ? details.show() : judge(swipe === "right" ? "approve" : "set_aside"),
              })}
            />
          )}
        </div>
        {details.isOpen && current && <Inspector asset={current} actions={actions} onOpen={onOpen} isBare />}
      </div>
      {ids.length > 1 && (
        <Filmstrip
          ids={ids}
          at={at}
          chosen={isCompared ? beside.map((each) => each.id) : []}
          known={known}
          onGo={(place) => turnTo(() => goTo(place))}
        />
      )}
      {current && (
        <Verdict
          asset={current}
          keeps={isCompared && chosen.length > 1 ? ("ABCD"[pane] ?? "") : null}
          isCompared={isCompared}
          onMark={mark}
          onJudge={judge}
          onKeep={keep}
        />
      )}
      <StatusText>
        <Trans>
          <Plural value={ids.length} one="# file" other="# files" /> to review
        </Trans>
      </StatusText>
    </section>
  );
}

/** The zoom at which the focused picture is drawn; only its stage knows what fits. */
function drawn(): number {
  const stage = ".pane[data-active=true] > .stage, .viewer-stage > .stage";
  return Number(document.querySelector<HTMLElement>(stage)?.dataset["zoom"] ?? 1);
}

/** The files to compare: those chosen, else the file and its original. */
function panesOf(
  chosen: readonly number[],
  find: (id: number) => Asset | null,
  asset: Asset | null,
  parent: Asset | null,
) {
  if (chosen.length > 1) return chosen.flatMap((each) => find(each) ?? []);
  return asset && parent ? [parent, asset] : [];
}
