import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { getWaveform } from "./api";
import type { Asset } from "./schema";
import { columnsOf, pathOf } from "./waveform";
import { formatPlaying } from "./words";

const COLUMNS = 400;
const HEIGHT = 100;

interface Props {
  asset: Pick<Asset, "id" | "name" | "duration_sec">;
  /** Seconds from the beginning. */
  at: number;
  onSeek: (seconds: number) => void;
}

export function WaveformView({ asset, at, onSeek }: Props) {
  const { data } = useQuery({
    queryKey: ["waveform", asset.id],
    queryFn: ({ signal }) => getWaveform(asset.id, signal),
  });
  const path = useMemo(() => (data ? pathOf(columnsOf(data, COLUMNS), HEIGHT) : ""), [data]);
  const duration = asset.duration_sec ?? 0;
  const share = duration > 0 ? Math.min(1, at / duration) : 0;
  return (
    <div className="waveform">
      <svg viewBox={`0 0 ${String(COLUMNS)} ${String(HEIGHT)}`} preserveAspectRatio="none" aria-hidden>
        <path d={path} className="waveform-rest" />
        <clipPath id={`played-${String(asset.id)}`}>
          <rect width={share * COLUMNS} height={HEIGHT} />
        </clipPath>
        <path d={path} className="waveform-played" clipPath={`url(#played-${String(asset.id)})`} />
      </svg>
      <input
        type="range"
        aria-label={`Place in ${asset.name}`}
        aria-valuetext={`${formatPlaying(at)} of ${formatPlaying(duration)}`}
        min={0}
        max={duration}
        step={Math.max(0.01, duration / 200)}
        value={at}
        onChange={(event) => onSeek(Number(event.target.value))}
      />
    </div>
  );
}
