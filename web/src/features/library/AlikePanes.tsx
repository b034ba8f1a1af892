import { t } from "@lingui/core/macro";
import { type ReactNode, useEffect, useEffectEvent, useLayoutEffect, useRef } from "react";

import { useElementSize } from "../../ui/useElementSize";
import { useMediaQuery } from "../../ui/useMediaQuery";
import type { Asset } from "../../data/assets/schema";
import { pictureUrl } from "./AssetStage";
import type { Difference } from "./difference";
import { sharedSize } from "./useDifference";
import { fitZoom, type Size } from "./view";

export type How = "difference" | "blink";

/** Of each of the two pictures that blink. */
const BLINK_MS = 600;

interface Props {
  top: Asset;
  other: Asset;
  how: How;
  difference: Difference | null | undefined;
  /** Which of both is shown while they blink. */
  isOther: boolean;
  onFlip: () => void;
}

/** Two files at one size on one background: beside what differs, or one in the place of the other. */
export function AlikePanes({ top, other, how, difference, isOther, onFlip }: Props) {
  const size = sharedSize(top, other);
  if (how === "blink") return <Blinking {...{ top, other, size, isOther, onFlip }} />;
  return (
    <div className="alike-panes">
      <Pane tag={t`A · on top`} size={size} isActive>
        {(drawn) => <img src={pictureUrl(top)} alt={t`A: ${top.name}`} draggable={false} {...drawn} />}
      </Pane>
      <Pane tag={t`Difference`} size={size} mat="dark">
        {(drawn) => difference && <DifferenceImage difference={difference} {...drawn} />}
      </Pane>
      <Pane tag="B" size={size}>
        {(drawn) => <img src={pictureUrl(other)} alt={t`B: ${other.name}`} draggable={false} {...drawn} />}
      </Pane>
    </div>
  );
}

type BlinkingProps = Pick<Props, "top" | "other" | "isOther" | "onFlip"> & { size: Size };

function Blinking({ top, other, size, isOther, onFlip }: BlinkingProps) {
  const flip = useEffectEvent(onFlip);
  const isStill = useMediaQuery("(prefers-reduced-motion: reduce)");
  useEffect(() => {
    if (isStill) return;
    const timer = setInterval(flip, BLINK_MS);
    return () => clearInterval(timer);
  }, [isStill]);
  const shown = isOther ? other : top;
  return (
    <div className="alike-panes is-one" onClick={onFlip}>
      <Pane tag={isOther ? "B" : t`A · on top`} size={size} isActive={!isOther}>
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

interface Drawn {
  readonly "data-pixelated": boolean;
  readonly style: Size;
}

interface PaneProps {
  tag: string;
  size: Size;
  mat?: string;
  isActive?: boolean;
  children: (drawn: Drawn) => ReactNode;
}

function Pane({ tag, size, mat = "middle", isActive = false, children }: PaneProps) {
  const box = useRef<HTMLDivElement>(null);
  const room = useElementSize(box);
  const zoom =
    room.width > 0 ? fitZoom(size, { width: room.width * 0.9, height: room.height * 0.9 }, devicePixelRatio) : 0;
  const style = { width: size.width * zoom, height: size.height * zoom };
  return (
    <div ref={box} className="alike-pane mat" data-mat={mat} data-active={isActive}>
      <span className="alike-tag">{tag}</span>
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
