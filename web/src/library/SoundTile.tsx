import { Pause, Play, Repeat } from "lucide-react";
import { useState } from "react";

import { useSettled } from "../ui/useFetched";
import type { Asset } from "./schema";
import { sound, usePlaying, useSoundSettings } from "./sound";
import { useFrames } from "./useFrames";
import { WaveformShape } from "./WaveformView";
import { formatPlaying } from "./words";

/** A sound in its tile: its waveform, play and loop, and the line that runs. */
export function SoundTile({ asset }: { asset: Asset }) {
  const playing = usePlaying();
  const { isLooped } = useSoundSettings();
  const isMine = playing.id === asset.id;
  const isPlaying = isMine && playing.isPlaying;
  const isSettled = useSettled(`waveform ${asset.id}`);
  const [at, setAt] = useState(0);
  useFrames(isPlaying, () => setAt(sound.at()));
  const Icon = isPlaying ? Pause : Play;
  return (
    <span className="sound-tile" data-playing={isPlaying}>
      {isSettled && <WaveformShape asset={asset} at={isMine ? at : 0} />}
      <span className="sound-controls" aria-hidden>
        <span
          data-control
          title="Play and stop (Space)"
          onClick={(event) => {
            event.stopPropagation();
            sound.toggle(asset.id);
          }}
        >
          <Icon />
        </span>
        <span
          data-control
          data-on={isLooped}
          title="Again and again (l)"
          onClick={(event) => {
            event.stopPropagation();
            sound.loop();
          }}
        >
          <Repeat />
        </span>
        {isPlaying && <span className="numbers">{formatPlaying(at)}</span>}
      </span>
    </span>
  );
}
