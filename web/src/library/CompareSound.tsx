import { Pause, Play } from "lucide-react";
import { useRef, useState } from "react";

import { Button } from "../ui/Button";
import { useFrames } from "./useFrames";
import { fileUrl } from "./api";
import type { Asset } from "./schema";
import { WaveformView } from "./WaveformView";

/** Two sounds at the same place: one is heard, and a key press changes to the other without a gap. */
export function CompareSound({ parent, result }: { parent: Asset; result: Asset }) {
  const box = useRef<HTMLDivElement>(null);
  const players = () => [...(box.current?.querySelectorAll("audio") ?? [])];
  const [heard, setHeard] = useState(1);
  const [isPlaying, setPlaying] = useState(false);
  const [at, setAt] = useState(0);
  const both = [
    { asset: parent, name: "Before" },
    { asset: result, name: "After" },
  ];
  useFrames(isPlaying, () => setAt(players()[heard]?.currentTime ?? 0));

  const seek = (seconds: number) => {
    for (const player of players()) player.currentTime = seconds;
    setAt(seconds);
  };
  const toggle = () => {
    for (const player of players()) {
      if (isPlaying) player.pause();
      else void player.play();
    }
    setPlaying(!isPlaying);
  };
  return (
    <div ref={box} className="stage stage-audio">
      {both.map(({ asset, name }, index) => (
        <div key={asset.id} className="sound" data-heard={heard === index}>
          <Button aria-pressed={heard === index} onClick={() => setHeard(index)}>
            {name}
          </Button>
          <WaveformView asset={asset} at={at} onSeek={seek} />
          <audio src={fileUrl(asset)} preload="auto" muted={heard !== index} onEnded={() => setPlaying(false)} />
        </div>
      ))}
      <Button look="primary" onClick={toggle}>
        {isPlaying ? <Pause aria-hidden /> : <Play aria-hidden />} {isPlaying ? "Pause" : "Play both"}
      </Button>
    </div>
  );
}
