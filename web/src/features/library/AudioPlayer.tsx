import "./AudioPlayer.css";

import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Pause, Play, Repeat, Volume2, VolumeX } from "lucide-react";
import { useEffect, useState } from "react";

import { Button, IconButton } from "../../ui/Button";
import type { Asset } from "../../data/assets/schema";
import { sound, usePlaying, useSoundSettings } from "./sound";
import { useFrames } from "./useFrames";
import { WaveformView } from "./WaveformView";
import { formatPlaying } from "./words";

/** An audio player: click, drag or use the arrows in the waveform to seek. */
export function AudioPlayer({ asset }: { asset: Asset }) {
  const playing = usePlaying();
  const { isLooped, isMuted, volume } = useSoundSettings();
  const isPlaying = playing.id === asset.id && playing.isPlaying;
  const [at, setAt] = useState(0);
  useFrames(isPlaying, () => setAt(sound.at()));
  useEffect(() => () => sound.stop(), [asset.id]);
  return (
    <div className="stage stage-audio">
      <WaveformView
        asset={asset}
        at={at}
        onSeek={(seconds) => {
          if (playing.id !== asset.id) sound.play(asset.id);
          sound.seek(seconds);
          setAt(seconds);
        }}
      />
      <div className="audio-controls beside">
        <Button icon={isPlaying ? Pause : Play} look="primary" onClick={() => sound.toggle(asset.id)}>
          {isPlaying ? t`Pause` : t`Play`}
        </Button>
        <IconButton icon={Repeat} label={t`Loop`} title={t`Loop (l)`} aria-pressed={isLooped} onClick={sound.loop} />
        <IconButton
          icon={isMuted ? VolumeX : Volume2}
          label={t`Mute`}
          title={t`Mute (v)`}
          aria-pressed={isMuted}
          onClick={sound.mute}
        />
        <input
          type="range"
          aria-label={t`Volume`}
          min={0}
          max={1}
          step={0.05}
          value={isMuted ? 0 : volume}
          onChange={(event) => sound.setVolume(Number(event.target.value))}
        />
        <span className="numbers">
          <Trans>
            {formatPlaying(at)} of {formatPlaying(asset.duration_sec ?? 0)}
          </Trans>
        </span>
      </div>
    </div>
  );
}
