import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { getWaveform } from "./api";
import type { Asset } from "../../data/assets/schema";
import { columnsOf, pathOf } from "./waveform";
import { formatPlaying } from "./words";

const COLUMNS = 400;
const HEIGHT = 100;

interface Props {
  asset: Pick<Asset, "id" | "name" | "duration_sec">;
  /** Seconds since the beginning. */
  at: number;
}

/** A waveform; the played part has another colour. */
export function WaveformShape({ asset, at }: Props) {
  const { data } = useQuery({
    queryKey: ["waveform", asset.id],
    queryFn: ({ signal }) => getWaveform(asset.id, signal),
    staleTime: Infinity,
    retry: false,
  });
  const path = useMemo(() => (data ? pathOf(columnsOf(data, COLUMNS), HEIGHT) : ""), [data]);
  const duration = asset.duration_sec ?? 0;
  const share = duration > 0 ? Math.min(1, at / duration) : 0;
  return (
    <svg viewBox={`0 0 ${COLUMNS} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden>
      <path d={path} className="waveform-rest" />
      {share > 0 && (
        <>
          <clipPath id={`played-${asset.id}`}>
            <rect width={share * COLUMNS} height={HEIGHT} />
          </clipPath>
          <path d={path} className="waveform-played" clipPath={`url(#played-${asset.id})`} />
          <rect className="waveform-line" x={share * COLUMNS} width={2} height={HEIGHT} />
        </>
      )}
    </svg>
  );
}

/** A waveform that seeks by click or arrows. */
export function WaveformView({ asset, at, onSeek }: Props & { onSeek: (seconds: number) => void }) {
  const duration = asset.duration_sec ?? 0;
  return (
    <div className="waveform">
      <WaveformShape asset={asset} at={at} />
      <input
        type="range"
        aria-label={t`Position in ${asset.name}`}
        aria-valuetext={t`${formatPlaying(at)} of ${formatPlaying(duration)}`}
        min={0}
        max={duration}
        step={Math.max(0.01, duration / 200)}
        value={at}
        onChange={(event) => onSeek(Number(event.target.value))}
      />
    </div>
  );
}
