import "./compare.css";

import { t } from "@lingui/core/macro";
import { Pause, Play } from "lucide-react";
import { type ComponentProps, useRef, useState } from "react";

import { Button } from "../../ui/Button";
import { useElementSize } from "../../ui/useElementSize";
import { fileUrl, previewUrl } from "../../data/assets/urls";
import type { Asset } from "../../data/assets/schema";
import { useFrames } from "./useFrames";
import { Slide } from "./Slide";
import { fitZoom } from "./view";
import { WaveformView } from "./WaveformView";

interface Props {
  parent: Asset;
  result: Asset;
}

/** Compares two files in one place: sounds and videos in sync, images overlaid. */
export function CompareStage({ parent, result }: Props) {
  if (result.type === "audio") return <CompareSound parent={parent} result={result} />;
  if (result.type === "video") return <CompareVideo parent={parent} result={result} />;
  return <ComparePictures parent={parent} result={result} />;
}

/** Two overlaid images with a draggable divider: the original is on the left. */
function ComparePictures({ parent, result }: Props) {
  // Both are drawn at the size of the larger, so that the pixels of the smaller stay whole squares.
  const larger = (result.width ?? 0) >= (parent.width ?? 0) ? result : parent;
  const box = useRef<HTMLDivElement>(null);
  const room = useElementSize(box);
  const size = { width: larger.width ?? 0, height: larger.height ?? 0 };
  const zoom = size.width > 0 && room.width > 0 ? fitZoom(size, room, devicePixelRatio) : 0;
  return (
    <div ref={box} className="stage mat" data-mat="middle">
      {zoom > 0 && (
        <Slide
          before={{ asset: parent, tag: t`Before`, alt: t`Before: ${parent.name}` }}
          after={{ asset: result, tag: t`After`, alt: t`After: ${result.name}` }}
          size={{ width: size.width * zoom, height: size.height * zoom }}
          isPixelated
          mat="middle"
          label={t`Divider between before and after`}
        />
      )}
    </div>
  );
}

/** Two sounds in sync: one is audible, and a key switches between them without a gap. */
function CompareSound({ parent, result }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const players = () => [...(box.current?.querySelectorAll("audio") ?? [])];
  const [heard, setHeard] = useState(1);
  const [isPlaying, setPlaying] = useState(false);
  const [at, setAt] = useState(0);
  const both = [
    { asset: parent, name: t`Before` },
    { asset: result, name: t`After` },
  ];
  useFrames(isPlaying, () => setAt(players()[heard]?.currentTime ?? 0));

  const seek = (seconds: number) => {
    for (const player of players()) player.currentTime = seconds;
    setAt(seconds);
  };
  const onStop = () => setPlaying(players().some(({ paused, error }) => !paused && !error));
  const toggle = () => {
    for (const player of players()) {
      if (isPlaying) player.pause();
      else player.play().catch(onStop); // paused while it loads, or unplayable
    }
    setPlaying(!isPlaying);
  };
  return (
    <div ref={box} className="stage stage-audio">
      {both.map(({ asset, name }, index) => (
        <div key={asset.id} className="sound beside" data-heard={heard === index}>
          <Button aria-pressed={heard === index} onClick={() => setHeard(index)}>
            {name}
          </Button>
          <WaveformView asset={asset} at={at} onSeek={seek} />
          <audio src={fileUrl(asset)} preload="auto" muted={heard !== index} onEnded={onStop} />
        </div>
      ))}
      <Button icon={isPlaying ? Pause : Play} look="primary" onClick={toggle}>
        {isPlaying ? t`Pause` : t`Play both`}
      </Button>
    </div>
  );
}

/** Side by side and in sync, with the result's sound. */
function CompareVideo({ parent, result }: Props) {
  const before = useRef<HTMLVideoElement>(null);
  const follow = (event: { currentTarget: HTMLVideoElement }) => {
    const leader = event.currentTarget;
    const other = before.current;
    if (!other) return;
    if (Math.abs(other.currentTime - leader.currentTime) > 0.15) other.currentTime = leader.currentTime;
    if (leader.paused === other.paused) return;
    if (leader.paused) other.pause();
    else other.play().catch(() => undefined); // paused again while it loads
  };
  return (
    <div className="stage compare-video">
      <Video asset={parent} name={t`Before`} ref={before} muted />
      <Video
        asset={result}
        name={t`After`}
        controls
        onPlay={follow}
        onPause={follow}
        onSeeked={follow}
        onTimeUpdate={follow}
      />
    </div>
  );
}

function Video({ asset, name, ...video }: { asset: Asset; name: string } & ComponentProps<"video">) {
  return (
    <figure>
      <video
        src={fileUrl(asset)}
        poster={previewUrl(asset, 1024)}
        preload="auto"
        aria-label={`${name}: ${asset.name}`}
        {...video}
      />
      <figcaption>{name}</figcaption>
    </figure>
  );
}
