import "./SoundTile.css";

import { t } from "@lingui/core/macro";
import { Pause, Play, Repeat } from "lucide-react";
import { type MouseEvent, useEffect, useState } from "react";

import { noteLoaded, useSettled } from "../../ui/useLazyImage";
import type { Asset } from "../../data/assets/schema";
import { sound, usePlaying, useSoundSettings } from "./sound";
import { useFrames } from "./useFrames";
import { WaveformShape } from "./WaveformView";
import { formatPlaying } from "./words";

/** A sound's tile: waveform, play, loop and progress line. */
export function SoundTile({ asset }: { asset: Asset }) {
  const playing = usePlaying();
  const { isLooped } = useSoundSettings();
  const isMine = playing.id === asset.id;
  const isPlaying = isMine && playing.isPlaying;
  const waveform = `waveform ${asset.id}`;
  const isSettled = useSettled(waveform);
  useEffect(() => {
    if (isSettled) noteLoaded(waveform); // it is kept: shown again at once where the list was hidden
  }, [isSettled, waveform]);
  const [at, setAt] = useState(0);
  useFrames(isPlaying, () => setAt(sound.at()));
  const Icon = isPlaying ? Pause : Play;
  return (
    <span className="sound-tile" data-playing={isPlaying}>
      {isSettled && <WaveformShape asset={asset} at={isMine ? at : 0} />}
      <span className="sound-controls beside" aria-hidden>
        <span title={t`Play or stop (Space)`} {...control(() => sound.toggle(asset.id))}>
          <Icon />
        </span>
        <span data-on={isLooped} title={t`Loop (l)`} {...control(sound.loop)}>
          <Repeat />
        </span>
        {isPlaying && <span className="numbers">{formatPlaying(at)}</span>}
      </span>
    </span>
  );
}

/** A control inside a tile, which does not open the file. */
const control = (work: () => void) => ({
  "data-control": true,
  onClick: (event: MouseEvent) => {
    event.stopPropagation();
    work();
  },
});
