import { Pause, Play, Repeat } from "lucide-react";
import { type MouseEvent, useState } from "react";

import { useSettled } from "../ui/useLazyImage";
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
      <span className="sound-controls beside" aria-hidden>
        <span title="Play and stop (Space)" {...control(() => sound.toggle(asset.id))}>
          <Icon />
        </span>
        <span data-on={isLooped} title="Again and again (l)" {...control(sound.loop)}>
          <Repeat />
        </span>
        {isPlaying && <span className="numbers">{formatPlaying(at)}</span>}
      </span>
    </span>
  );
}

/** Part of a tile that does something by itself. */
const control = (work: () => void) => ({
  "data-control": true,
  onClick: (event: MouseEvent) => {
    event.stopPropagation();
    work();
  },
});
