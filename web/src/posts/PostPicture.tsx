import { ImageOff } from "lucide-react";
import { useEffect, useRef, useState } from "react";

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

/**
 * An artwork as large as its place allows, each of its pixels square where its size is known. An animation stands still
 * until it is pointed at. Its request ends when it leaves the screen.
 */
export function PostPicture({ post, box, alt }: Props) {
  const { width, height } = post;
  const source = artSource(post);
  const isAnimated = (post.frame_count ?? 1) > 1;
  const [failed, setFailed] = useState<string | null>(null);
  const place = { width: box, height: box };
  if (source === null || failed === source) {
    return (
      <span className="picture none" style={place} title="No image">
        <ImageOff aria-hidden />
        {alt && <span className="visually-hidden">{alt}</span>}
      </span>
    );
  }
  const zoom = width && height ? wholeZoom(width, height, box, box, devicePixelRatio) : null;
  const size = zoom && width && height ? { width: width * zoom, height: height * zoom } : place;
  const drawn = { source, alt, size, isSmooth: zoom !== null && zoom < 1, onError: () => setFailed(source) };
  return (
    <span className={`picture${isAnimated ? " animated" : ""}`} style={place}>
      {isAnimated ? (
        <Animated key={source} {...drawn} still={stillSource(post) ?? source} />
      ) : (
        <Still key={source} {...drawn} />
      )}
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

function Still({ source, alt, size, isSmooth, onError }: Drawn) {
  const fetched = useFetched(source);
  return (
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
  );
}

function mayMove(): boolean {
  return !window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** The first frame on a canvas; the moving image is only in the page while it is pointed at. */
function Animated({ source, still, alt, size, isSmooth, onError }: Drawn & { still: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const isSettled = useSettled(still);
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
        noteSeen(still);
        const target = canvas.current;
        if (!target) return;
        target.width = image.naturalWidth;
        target.height = image.naturalHeight;
        target.getContext("2d")?.drawImage(image, 0, 0);
      },
      { signal: watching.signal },
    );
    image.src = still;
    return () => {
      watching.abort();
      image.removeAttribute("src");
    };
  }, [still, isSettled]);

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
