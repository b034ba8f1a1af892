import "./PostPicture.css";

import { t } from "@lingui/core/macro";
import { EyeOff, ImageOff } from "lucide-react";
import { type PointerEventHandler, useEffect, useEffectEvent, useRef, useState } from "react";

import { onReturn, useReturns } from "../../data/broken";
import { artSource, stillSource } from "../../data/client";
import type { Post } from "../../data/schema";
import { integerZoom } from "../../platform/zoom";
import { useIsCovered } from "./covers";
import { abortFetch, noteLoaded, useLazyImage, useSettled } from "../../ui/useLazyImage";

interface Props {
  post: Post;
  /** The side of its square box, CSS pixels. */
  box: number;
}

/** Failed images are not requested again for this long: scrolling would repeat the requests. */
const FAILED_MS = 60_000;
const failures = new Map<string, number>();
onReturn(() => failures.clear());

function hasFailed(source: string): boolean {
  return performance.now() - (failures.get(source) ?? -Infinity) < FAILED_MS;
}

/**
 * An artwork at the largest integer scale that fits. Animations play on hover only. Its request is aborted when it leaves the
 * viewport. Decorative: the text next to it names it.
 */
export function PostPicture({ post, box }: Props) {
  const isCovered = useIsCovered(post);
  const { width, height } = post;
  const source = artSource(post);
  const isAnimated = (post.frame_count ?? 1) > 1;
  const [, redraw] = useState({});
  useReturns();
  const place = { width: box, height: box };
  if (source === null || hasFailed(source)) {
    return (
      <span className="picture none" style={place} title={t`No image`}>
        <ImageOff aria-hidden />
      </span>
    );
  }
  if (isCovered) return <Cover words={post.content_warnings.join(", ")} box={box} />;
  const zoom = width && height ? integerZoom(width, height, box, box, devicePixelRatio) : null;
  const size = zoom && width && height ? { width: width * zoom, height: height * zoom } : place;
  const onError = () => {
    failures.set(source, performance.now());
    redraw({});
  };
  const drawn = { source, size, className: zoom !== null && zoom < 1 ? "smooth" : undefined, onError };
  return isAnimated ? (
    <Animated {...drawn} place={place} still={stillSource(post)} />
  ) : (
    <span className="picture" style={place}>
      <Still {...drawn} />
    </span>
  );
}

/** Narrower ones have no room for words. */
const WORDS_FROM = 72;

/** In place of a picture that warns of something, until it is pressed: nothing is loaded. */
function Cover({ words, box }: { words: string; box: number }) {
  return (
    <span className="picture cover" data-cover style={{ width: box, height: box }} title={t`Covered: ${words}`}>
      <EyeOff aria-hidden />
      <span className={box < WORDS_FROM ? "visually-hidden" : undefined}>{words}</span>
    </span>
  );
}

interface Size {
  width: number;
  height: number;
}

interface Drawn {
  source: string;
  size: Size;
  className: string | undefined;
  onError: () => void;
}

/** Another post reuses the element, which aborts the previous image. */
function Still({ source, size, className, onError }: Drawn) {
  return (
    <img
      {...useLazyImage(source)}
      alt=""
      {...size}
      className={className}
      decoding="async"
      draggable={false}
      referrerPolicy="no-referrer"
      onError={onError}
    />
  );
}

function mayMove(): boolean {
  return !window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** The first frame; the animation is mounted only on hover, and replaces it once loaded. */
function Animated({ still, place, ...drawn }: Drawn & { still: string | null; place: Size }) {
  const { source, size, className } = drawn;
  const [playing, setPlaying] = useState<"" | "begun" | "seen">("");
  const point: PointerEventHandler = ({ type }) => setPlaying(type === "pointerenter" && mayMove() ? "begun" : "");
  return (
    <span
      className="picture animated"
      style={place}
      data-playing={playing === "seen"}
      onPointerEnter={point}
      onPointerLeave={point}
    >
      {still === null ? <Frozen key={source} {...drawn} /> : <Still {...drawn} source={still} />}
      {playing && (
        <img
          src={source}
          alt=""
          className={className}
          style={size}
          draggable={false}
          referrerPolicy="no-referrer"
          onLoad={() => setPlaying("seen")}
        />
      )}
    </span>
  );
}

/** The first frame where only the whole file is available: drawn to a canvas, because an `<img>` would animate. */
function Frozen({ source, size, className, onError }: Drawn) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const isSettled = useSettled(source);
  const fail = useEffectEvent(onError);
  useEffect(() => {
    const target = canvas.current;
    if (!isSettled || !target) return;
    const image = new Image();
    image.referrerPolicy = "no-referrer";
    image.onerror = () => fail();
    image.onload = () => {
      noteLoaded(source);
      target.width = image.naturalWidth;
      target.height = image.naturalHeight;
      target.getContext("2d")?.drawImage(image, 0, 0);
    };
    image.src = source;
    return () => {
      image.onload = image.onerror = null;
      abortFetch(image);
    };
  }, [source, isSettled]);
  return <canvas ref={canvas} className={className} style={size} aria-hidden />;
}
