import { Pause, Play } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import { Button } from "../ui/Button";
import { fileUrl } from "./api";
import type { Asset } from "./schema";
import { WaveformView } from "./WaveformView";
import { formatPlaying } from "./words";

/** A sound with its waveform: click or drag in it, or use its arrows, to be elsewhere in it. */
export function AudioPlayer({ asset }: { asset: Asset }) {
  const audio = useRef<HTMLAudioElement>(null);
  const [isPlaying, setPlaying] = useState(false);
  const [at, setAt] = useState(0);
  const duration = asset.duration_sec ?? 0;
  useFrames(isPlaying, () => setAt(audio.current?.currentTime ?? 0));
  const seek = (seconds: number) => {
    if (audio.current) audio.current.currentTime = seconds;
    setAt(seconds);
  };
  return (
    <div className="stage stage-audio">
      <WaveformView asset={asset} at={at} onSeek={seek} />
      <div className="audio-controls">
        <Button look="primary" onClick={() => void (isPlaying ? audio.current?.pause() : audio.current?.play())}>
          {isPlaying ? <Pause aria-hidden /> : <Play aria-hidden />} {isPlaying ? "Pause" : "Play"}
        </Button>
        <span className="numbers">
          {formatPlaying(at)} of {formatPlaying(duration)}
        </span>
      </div>
      <audio
        ref={audio}
        src={fileUrl(asset)}
        preload="metadata"
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onEnded={() => setPlaying(false)}
      />
    </div>
  );
}

/** Do something at every frame of the screen, while it is wanted. */
export function useFrames(isWanted: boolean, work: () => void): void {
  const latest = useRef(work);
  useEffect(() => {
    latest.current = work;
  });
  useEffect(() => {
    if (!isWanted) return;
    let frame = requestAnimationFrame(function next() {
      latest.current();
      frame = requestAnimationFrame(next);
    });
    return () => {
      cancelAnimationFrame(frame);
    };
  }, [isWanted]);
}
