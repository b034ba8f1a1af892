import { ImageOff } from "lucide-react";
import { useEffect, useLayoutEffect, useRef, useState } from "react";

import { wholeZoom } from "../lib/zoom";

/** What rushes by is not fetched: only what stays this long. */
const SETTLE_MS = 90;
/** Addresses that have been shown already: they lie in the browser's cache, and come back without waiting. */
const seen = new Set<string>();

interface Props {
  source: string | null;
  /** Its own size, where it is known: then its pixels are drawn whole. */
  width: number | null;
  height: number | null;
  /** The place it is drawn into, CSS pixels. */
  box: number | { width: number; height: number };
  /** What it shows, for who cannot see it; "" where the text beside it says so. */
  alt: string;
  /** An animation stands still until it is pointed at. */
  isAnimated?: boolean;
}

/** An artwork as large as its place allows, each of its pixels square. Its request ends when it leaves the screen. */
export function Picture({ source, width, height, box, alt, isAnimated = false }: Props) {
  const [failed, setFailed] = useState<string | null>(null);
  const place = typeof box === "number" ? { width: box, height: box } : box;
  if (source === null || failed === source) {
    return (
      <span className="picture none" style={place} title="No image">
        <ImageOff aria-hidden />
        {alt && <span className="visually-hidden">{alt}</span>}
      </span>
    );
  }
  const zoom = width && height ? wholeZoom(width, height, place.width, place.height, devicePixelRatio) : null;
  const size = zoom && width && height ? { width: width * zoom, height: height * zoom } : place;
  const drawn = { source, alt, size, isSmooth: zoom !== null && zoom < 1, onError: () => setFailed(source) };
  return (
    <span className={`picture${isAnimated ? " animated" : ""}`} style={place}>
      {isAnimated ? <Animated key={source} {...drawn} /> : <Still key={source} {...drawn} />}
    </span>
  );
}

interface Drawn {
  source: string;
  alt: string;
  size: { width: number; height: number };
  isSmooth: boolean;
  onError: () => void;
}

/** Whether it is time to fetch: at once what was shown before, a moment later what is new. */
function useSettled(source: string): boolean {
  const [isSettled, setSettled] = useState(() => seen.has(source));
  useEffect(() => {
    if (isSettled) return;
    const timer = setTimeout(() => setSettled(true), SETTLE_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [isSettled]);
  return isSettled;
}

function Still({ source, alt, size, isSmooth, onError }: Drawn) {
  const image = useRef<HTMLImageElement>(null);
  const isSettled = useSettled(source);
  useLayoutEffect(() => {
    const element = image.current;
    // Out of the page a picture would be fetched to its end all the same.
    return () => element?.removeAttribute("src");
  }, []);
  return (
    <img
      ref={image}
      src={isSettled ? source : undefined}
      alt={alt}
      {...size}
      className={isSmooth ? "smooth" : undefined}
      decoding="async"
      draggable={false}
      referrerPolicy="no-referrer"
      onLoad={() => seen.add(source)}
      onError={onError}
    />
  );
}

function mayMove(): boolean {
  return !window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** The first frame on a canvas; the moving image is only in the page while it is pointed at. */
function Animated({ source, alt, size, isSmooth, onError }: Drawn) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const isSettled = useSettled(source);
  const [isPlaying, setPlaying] = useState(false);
  const fail = useRef(onError);

  useEffect(() => {
    if (!isSettled) return;
    const watching = new AbortController();
    const image = new Image();
    image.referrerPolicy = "no-referrer";
    image.addEventListener("error", () => fail.current(), { signal: watching.signal });
    image.addEventListener(
      "load",
      () => {
        seen.add(source);
        const target = canvas.current;
        if (!target) return;
        target.width = image.naturalWidth;
        target.height = image.naturalHeight;
        target.getContext("2d")?.drawImage(image, 0, 0);
      },
      { signal: watching.signal },
    );
    image.src = source;
    return () => {
      watching.abort();
      image.removeAttribute("src");
    };
  }, [source, isSettled]);

  const className = isSmooth ? "smooth" : undefined;
  return (
    <span
      className="animation"
      style={size}
      onPointerEnter={() => setPlaying(mayMove())}
      onPointerLeave={() => setPlaying(false)}
    >
      <canvas ref={canvas} className={className} role="img" aria-label={alt} aria-hidden={alt === ""} />
      {isPlaying && <img src={source} alt="" className={className} draggable={false} referrerPolicy="no-referrer" />}
    </span>
  );
}
