import { LayoutGrid, Pause, Play } from "lucide-react";
import { useState } from "react";

import { openShared } from "../../data/dialogs";
import { AssetPicture, ArtOnMat } from "../../data/assets/AssetPicture";
import type { SequencePage } from "../../data/assets/schema";
import { formatBytes, formatDate, plural } from "../../platform/format";
import { joinParts } from "../../platform/text";
import { Button } from "../../ui/Button";
import { FRAME_MS, usePlayed } from "./usePlayed";
import { sequenceName } from "./words";

export type Sequence = SequencePage["items"][number];

const ART = 140;

/** The frames of a sequence, played in the first place. */
export function SequenceStage({ sequence, onUnfold }: { sequence: Sequence; onUnfold: () => void }) {
  const { items: frames, frame_count: count, size_bytes: bytes } = sequence;
  const [isPlaying, setPlaying] = useState(true);
  const played = usePlayed(frames, isPlaying);
  const [first] = frames;
  if (!first) return null;
  return (
    <>
      <header className="alike-title beside">
        <h3>
          <bdi>{sequenceName(frames)}</bdi>
        </h3>
        <p className="muted grow">
          {plural(count, "numbered file")} that follow one another: one sequence, shown as one tile in the library
        </p>
        <Button icon={isPlaying ? Pause : Play} onClick={() => setPlaying(!isPlaying)}>
          {isPlaying ? "Pause" : "Play"}
        </Button>
        <span className="numbers faint">{FRAME_MS} ms</span>
      </header>
      <div className="sequence-frames">
        <figure className="sequence-played mat" data-mat="middle">
          <AssetPicture asset={played ?? first} size={2 * ART} />
        </figure>
        <ol>
          {frames.map((frame) => (
            <li key={frame.id} data-active={frame === played}>
              <ArtOnMat asset={frame} size={ART} look="asset-art" />
              <span className="alike-tag">{frame.frame_number}</span>
            </li>
          ))}
        </ol>
      </div>
      <p className="alike-note muted">
        {joinParts([
          first.folder.split("/").join(" / "),
          first.width !== null && first.height !== null && `${first.width}×${first.height}`,
          `${formatBytes(bytes)} together`,
          `added ${formatDate(first.created_at)}`,
          count > frames.length && `the first ${frames.length} are shown`,
        ])}
      </p>
      <footer className="alike-acts beside">
        <Button
          icon={LayoutGrid}
          look="primary"
          onClick={() =>
            openShared({ about: "task", assets: frames, suggestion: { kind: "pack_sprites", params: {} } })
          }
        >
          Make a sheet
        </Button>
        <span className="grow" />
        <Button onClick={onUnfold}>These are single files, not a sequence</Button>
      </footer>
    </>
  );
}
