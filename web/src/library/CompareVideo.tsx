import { useRef } from "react";

import { fileUrl, previewUrl } from "./api";
import type { Asset } from "./schema";

/** Side by side and in step; the sound is the result's. */
export function CompareVideo({ parent, result }: { parent: Asset; result: Asset }) {
  const before = useRef<HTMLVideoElement>(null);
  const follow = (event: { currentTarget: HTMLVideoElement }) => {
    const leader = event.currentTarget;
    const other = before.current;
    if (!other) return;
    if (Math.abs(other.currentTime - leader.currentTime) > 0.15) other.currentTime = leader.currentTime;
    if (leader.paused === other.paused) return;
    if (leader.paused) other.pause();
    else void other.play();
  };
  return (
    <div className="stage compare-video">
      <figure>
        <video
          ref={before}
          src={fileUrl(parent)}
          poster={previewUrl(parent, 1024)}
          muted
          preload="auto"
          aria-label={`Before: ${parent.name}`}
        />
        <figcaption>Before</figcaption>
      </figure>
      <figure>
        <video
          src={fileUrl(result)}
          poster={previewUrl(result, 1024)}
          controls
          preload="auto"
          aria-label={`After: ${result.name}`}
          onPlay={follow}
          onPause={follow}
          onSeeked={follow}
          onTimeUpdate={follow}
        />
        <figcaption>After</figcaption>
      </figure>
    </div>
  );
}
