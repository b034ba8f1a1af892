import { ImageOff } from "lucide-react";
import { type PointerEventHandler, useEffect, useEffectEvent, useRef, useState } from "react";

import { artSource, stillSource } from "../api/client";
import type { Post } from "../api/schema";
import { wholeZoom } from "../lib/zoom";
import { noteSeen, useFetched, useSettled } from "../ui/useFetched";

interface Props {
  post: Post;
  /** The side of its square place, CSS pixels. */
  box: number;
  /** What it shows, for who cannot see it; "" where the text beside it says so. */
  alt: string;
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
 * until it is pointed at. Its request ends when it leaves the screen.
 */
export function PostPicture({ post, box, alt }: Props) {
  const { width, height } = post;
  const source = artSource(post);
  const isAnimated = (post.frame_count ?? 1) > 1;
  const [, setFailed] = useState<string | null>(null);
  const place = { width: box, height: box };
  if (source === null || hasFailed(source)) {
    return (
      <span className="picture none" style={place} title="No image">
        <ImageOff aria-hidden />
        {alt && <span className="visually-hidden">{alt}</span>}
      </span>
    );
  }
  const zoom = width && height ? wholeZoom(width, height, box, box, devicePixelRatio) : null;
  const size = zoom && width && height ? { width: width * zoom, height: height * zoom } : place;
  const onError = () => {
    failures.set(source, performance.now());
    setFailed(source);
  };
  const drawn = { source, place, alt, size, isSmooth: zoom !== null && zoom < 1, onError };
  return isAnimated ? <Animated {...drawn} still={stillSource(post) ?? source} /> : <Still {...drawn} />;
}

/** Another post in the same place changes the source of the same element, which lets go of the picture before. */
interface Drawn {
  source: string;
  place: { width: number; height: number };
  alt: string;
  size: { width: number; height: number };
  isSmooth: boolean;
  onError: () => void;
}

function Still({ source, place, alt, size, isSmooth, onError }: Drawn) {
  const fetched = useFetched(source);
  return (
    <span className="picture" style={place}>
      <img
        {...fetched}
        alt={alt}
        {...size}
        className={isSmooth ? "smooth" : undefined}
        decoding="async"
        draggable={false}
        referrerPolicy="no-referrer"
        onError={onError}
      />
    </span>
  );
}

function mayMove(): boolean {
  return !window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** The first frame on a canvas; the moving image is only in the page while it is pointed at. */
function Animated({ source, still, place, alt, size, isSmooth, onError }: Drawn & { still: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const isSettled = useSettled(still);
  const [isPlaying, setPlaying] = useState(false);
  const fail = useEffectEvent(onError);

  useEffect(() => {
    const target = canvas.current;
    if (!isSettled || !target) return;
    const watching = new AbortController();
    const image = new Image();
    image.referrerPolicy = "no-referrer";
    image.addEventListener("error", () => fail(), { signal: watching.signal });
    image.addEventListener(
      "load",
      () => {
        noteSeen(still);
        const { naturalWidth: width, naturalHeight: height } = image;
        // To be given a size takes a canvas longer than all else, be it the one it has.
        if (target.width !== width) target.width = width;
        if (target.height !== height) target.height = height;
        target.getContext("2d")?.drawImage(image, 0, 0);
      },
      { signal: watching.signal },
    );
    image.src = still;
    return () => {
      watching.abort();
      image.removeAttribute("src");
      target.getContext("2d")?.clearRect(0, 0, target.width, target.height);
    };
  }, [still, isSettled]);

  const className = isSmooth ? "smooth" : undefined;
  const point: PointerEventHandler = ({ type }) => setPlaying(type === "pointerenter" && mayMove());
  return (
    <span className="picture animated" style={place} onPointerEnter={point} onPointerLeave={point}>
      <canvas
        ref={canvas}
        className={className}
        style={{ ...size, visibility: isPlaying ? "hidden" : "visible" }}
        role="img"
        aria-label={alt}
        aria-hidden={alt === ""}
      />
      {isPlaying && (
        <img src={source} alt="" className={className} style={size} draggable={false} referrerPolicy="no-referrer" />
      )}
    </span>
  );
}
