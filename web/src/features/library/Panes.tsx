import "./compare.css";

import type { Dispatch, SetStateAction } from "react";

import { AssetStage } from "./AssetStage";
import { Stars } from "./Judged";
import type { Asset } from "../../data/assets/schema";
import type { View } from "./view";
import { measures } from "./words";

interface Props {
  assets: readonly Asset[];
  /** The focused pane. */
  at: number;
  isInStep: boolean;
  view: View;
  views: readonly View[];
  setView: Dispatch<SetStateAction<View>>;
  setViews: Dispatch<SetStateAction<readonly View[]>>;
  onAt: (at: number) => void;
}

/** Two to four files side by side on one background; when synced, drawn at the size of the largest. */
export function Panes({ assets, at, isInStep, view, views, setView, setViews, onAt }: Props) {
  const widest = assets.reduce((most, each) => ((each.width ?? 0) > (most.width ?? 0) ? each : most));
  const shared = widest.width !== null && widest.height !== null && { width: widest.width, height: widest.height };
  return (
    <div className="panes" data-count={assets.length}>
      {assets.map((asset, index) => {
        const own: Dispatch<SetStateAction<View>> = (change) =>
          setViews((all) =>
            all.map((each, place) => (place !== index ? each : typeof change === "function" ? change(each) : change)),
          );
        return (
          <figure
            key={asset.id}
            className="pane"
            data-active={index === at}
            aria-label={`${"ABCD"[index] ?? ""}: ${asset.name}`}
            onPointerDown={() => onAt(index)}
          >
            <span className="pane-letter" aria-hidden>
              {"ABCD"[index]}
            </span>
            <AssetStage
              asset={asset}
              view={isInStep ? view : (views[index] ?? view)}
              setView={isInStep ? setView : own}
              isCompared
              {...(isInStep && shared && isAlike(asset, widest) && { measure: shared })}
            />
            <figcaption className="beside">
              <span className="state-mark" data-state={asset.state} aria-hidden />
              <bdi className="cut grow">{asset.name}</bdi>
              <Stars rating={asset.rating} />
              <span className="numbers faint">{measures(asset)}</span>
            </figcaption>
          </figure>
        );
      })}
    </div>
  );
}

/** Whether two pictures have the same aspect ratio: only then can their positions be synced. */
function isAlike(one: Asset, other: Asset): boolean {
  const form = ({ width, height }: Asset) => (width ?? 1) / (height ?? 1);
  return Math.abs(form(one) / form(other) - 1) < 0.02;
}
