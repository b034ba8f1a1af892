import { ImageOff } from "lucide-react";
import { type PointerEventHandler, useEffect, useEffectEvent, useRef, useState } from "react";

import { artSource, stillSource } from "../api/client";
import type { Post } from "../api/schema";
import { integerZoom } from "../lib/zoom";
import { noteLoaded, useLazyImage, useSettled } from "../ui/useLazyImage";

interface Props {
  post: Post;
  /** The side of its square place, CSS pixels. */
  box: number;
}

/** What could not be shown is not asked for again for so long: a list full of it would ask with every step. */
const FAILED_MS = 60_000;
const failures = new Map<string, number>();
addEventListener("online", () => failures.clear());

function hasFailed(source: string): boolean {
  return performance.now() - (failures.get(source) ?? -Infinity) < FAILED_MS;
}

/**
 * An artwork as large as its place allows, each of its pixels square where its size is known. An animation stands still
 * until it is pointed at. Its request ends when it leaves the screen. What it shows the text beside it says.
 */
export function PostPicture({ post, box }: Props) {
  const { width, height } = post;
  const source = artSource(post);
  const isAnimated = (post.frame_count ?? 1) > 1;
  const [, setFailed] = useState<string | null>(null);
  const place = { width: box, height: box };
  if (source === null || hasFailed(source)) {
    return (
      <span className="picture none" style={place} title="No image">
        <ImageOff aria-hidden />
      </span>
    );
  }
  const zoom = width && height ? integerZoom(width, height, box, box, devicePixelRatio) : null;
  const size = zoom && width && height ? { width: width * zoom, height: height * zoom } : place;
  const onError = () => {
    failures.set(source, performance.now());
    setFailed(source);
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

/** Another post in the same place changes the source of the same element, which lets go of the picture before. */
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

/** The first frame; the moving image is only in the page while it is pointed at, and takes its place once it is here. */
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

/** The first frame of what cannot be had without the others: an image would move, and a canvas costs several times as much. */
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
      image.removeAttribute("src");
    };
  }, [source, isSettled]);
  return <canvas ref={canvas} className={className} style={size} aria-hidden />;
}
