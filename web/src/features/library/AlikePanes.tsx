import { t } from "@lingui/core/macro";
import {
  type CSSProperties,
  type Dispatch,
  type ReactNode,
  type SetStateAction,
  useEffect,
  useEffectEvent,
  useLayoutEffect,
  useRef,
} from "react";

import { useMediaQuery } from "../../ui/useMediaQuery";
import type { Asset } from "../../data/assets/schema";
import { pictureUrl } from "./AssetStage";
import type { Difference } from "./difference";
import { Slide } from "./Slide";
import { sharedSize } from "./useDifference";
import { usePlaced } from "./usePlaced";
import type { Size, View } from "./view";

export type How = "difference" | "blink" | "slide";

/** How two files are looked at: beside each other or in one place, and how large. */
export interface Looks {
  how: How;
  /** Which of both is shown while they blink. */
  isOther: boolean;
  onFlip: () => void;
  view: View;
  setView: Dispatch<SetStateAction<View>>;
}

/** Of each of the two pictures that blink. */
const BLINK_MS = 600;
/** The part of a pane that a picture which fits may take. */
const SHARE = 0.9;

interface Props {
  top: Asset;
  other: Asset;
  looks: Looks;
  difference: Difference | null | undefined;
}

/** Two files at one size on one background: beside what differs, or one in the place of the other. */
export function AlikePanes({ top, other, looks, difference }: Props) {
  const size = sharedSize(top, other);
  if (looks.how === "blink") return <Blinking {...{ top, other, size, looks }} />;
  if (looks.how === "slide") return <Sliding {...{ top, other, size, looks }} />;
  return (
    <div className="alike-panes">
      <Pane tag={t`A · on top`} {...{ size, looks }} isActive>
        {(drawn) => <img src={pictureUrl(top)} alt={t`A: ${top.name}`} draggable={false} {...drawn} />}
      </Pane>
      <Pane tag={t`Difference`} {...{ size, looks }} mat="dark">
        {(drawn) => difference && <DifferenceImage difference={difference} {...drawn} />}
      </Pane>
      <Pane tag="B" {...{ size, looks }}>
        {(drawn) => <img src={pictureUrl(other)} alt={t`B: ${other.name}`} draggable={false} {...drawn} />}
      </Pane>
    </div>
  );
}

type OneProps = Omit<Props, "difference"> & { size: Size };

function Blinking({ top, other, size, looks }: OneProps) {
  const { isOther, onFlip } = looks;
  const flip = useEffectEvent(onFlip);
  const isStill = useMediaQuery("(prefers-reduced-motion: reduce)");
  useEffect(() => {
    if (isStill) return;
    const timer = setInterval(flip, BLINK_MS);
    return () => clearInterval(timer);
  }, [isStill]);
  const shown = isOther ? other : top;
  return (
    <div className="alike-panes is-one" onClick={looks.view.zoom === null ? onFlip : undefined}>
      <Pane tag={isOther ? "B" : t`A · on top`} {...{ size, looks }} isActive={!isOther}>
        {(drawn) =>
          [top, other].map((asset) => (
            <img
              key={asset.id}
              src={pictureUrl(asset)}
              alt={asset === shown ? asset.name : ""}
              hidden={asset !== shown}
              draggable={false}
              {...drawn}
            />
          ))
        }
      </Pane>
    </div>
  );
}

function Sliding({ top, other, size, looks }: OneProps) {
  return (
    <div className="alike-panes is-one">
      <Pane {...{ size, looks }}>
        {(drawn) => (
          <div className="alike-placed" style={drawn.style}>
            <Slide
              before={{ asset: top, tag: t`A · on top`, alt: t`A: ${top.name}` }}
              after={{ asset: other, tag: "B", alt: t`B: ${other.name}` }}
              size={{ width: drawn.style.width, height: drawn.style.height }}
              isPixelated={drawn["data-pixelated"]}
              mat="middle"
              label={t`Divider between A and B`}
            />
          </div>
        )}
      </Pane>
    </div>
  );
}

interface Drawn {
  readonly "data-pixelated": boolean;
  readonly style: Size & CSSProperties;
}

interface PaneProps {
  tag?: string;
  size: Size;
  looks: Looks;
  mat?: string;
  isActive?: boolean;
  children: (drawn: Drawn) => ReactNode;
}

/** All panes show the same part of their pictures. */
function Pane({ tag, size, looks: { view, setView }, mat = "middle", isActive = false, children }: PaneProps) {
  const box = useRef<HTMLDivElement>(null);
  const { zoom, width, height, left, top } = usePlaced({ room: box, picture: size, view, setView, share: SHARE });
  const style = { width, height, transform: `translate(${left}px, ${top}px)` };
  return (
    <div
      ref={box}
      className="alike-pane mat"
      data-mat={mat}
      data-active={isActive}
      data-zoomed={view.zoom !== null}
      data-zoom={zoom.toFixed(4)}
    >
      {tag && <span className="alike-tag">{tag}</span>}
      {zoom > 0 && children({ "data-pixelated": zoom >= 1, style })}
    </div>
  );
}

function DifferenceImage({ difference, ...drawn }: Drawn & { difference: Difference }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height, data } = difference;
  useLayoutEffect(() => {
    canvas.current?.getContext("2d")?.putImageData(new ImageData(data, width, height), 0, 0);
  }, [data, width, height]);
  return <canvas ref={canvas} {...{ width, height }} role="img" aria-label={t`What differs, in pink`} {...drawn} />;
}
