import { ImageOff } from "lucide-react";
import { useCallback, useEffect, useRef, useState } from "react";

import { artSource } from "../api/client";
import type { Post } from "../api/schema";

const BOX = 36;

function mayMove(): boolean {
  return !window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** A post's artwork, its pixels kept square. An animated one stands still until it is pointed at. */
export function Thumbnail({ post }: { post: Post }) {
  const source = artSource(post);
  const [isBroken, setBroken] = useState(false);
  const onError = useCallback(() => setBroken(true), []);
  if (source === null || isBroken) {
    return (
      <span className="thumbnail none" title="No image">
        <ImageOff aria-hidden />
      </span>
    );
  }
  return (post.frame_count ?? 1) > 1 ? (
    <Animated source={source} onError={onError} />
  ) : (
    <span className="thumbnail">
      <img
        src={source}
        alt=""
        width={BOX}
        height={BOX}
        decoding="async"
        referrerPolicy="no-referrer"
        onError={onError}
      />
    </span>
  );
}

/** The first frame on a canvas; the moving image is only in the page while it is pointed at. */
function Animated({ source, onError }: { source: string; onError: () => void }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [isPlaying, setPlaying] = useState(false);

  useEffect(() => {
    const watching = new AbortController();
    const image = new Image();
    image.referrerPolicy = "no-referrer";
    image.addEventListener("error", onError, { signal: watching.signal });
    image.addEventListener(
      "load",
      () => {
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
    };
  }, [source, onError]);

  return (
    <span
      className="thumbnail animated"
      onPointerEnter={() => setPlaying(mayMove())}
      onPointerLeave={() => setPlaying(false)}
    >
      <canvas ref={canvas} width={BOX} height={BOX} />
      {isPlaying && <img src={source} alt="" width={BOX} height={BOX} referrerPolicy="no-referrer" />}
    </span>
  );
}
