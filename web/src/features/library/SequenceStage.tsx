import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { LayoutGrid, Pause, Play } from "lucide-react";
import { useState } from "react";

import { openShared } from "../../data/dialogs";
import { AssetPicture, ArtOnMat } from "../../data/assets/AssetPicture";
import type { SequencePage } from "../../data/assets/schema";
import { formatBytes, formatCount, formatDate } from "../../platform/format";
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
  const played = usePlayed(frames, isPlaying, 2 * ART);
  const [first] = frames;
  if (!first) return null;
  return (
    <>
      <header className="alike-title beside">
        <h3>
          <bdi>{sequenceName(frames)}</bdi>
        </h3>
        <p className="muted grow">
          <Trans>
            <Plural value={count} one="# numbered file" other="# numbered files" /> that follow one another: one
            sequence, shown as one tile in the library
          </Trans>
        </p>
        <Button icon={isPlaying ? Pause : Play} onClick={() => setPlaying(!isPlaying)}>
          {isPlaying ? t`Pause` : t`Play`}
        </Button>
        <span className="numbers faint">
          <Trans>{FRAME_MS} ms</Trans>
        </span>
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
          t`${formatBytes(bytes)} together`,
          t`added ${formatDate(first.created_at)}`,
          count > frames.length && t`the first ${formatCount(frames.length)} are shown`,
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
          <Trans>Make a sheet</Trans>
        </Button>
        <span className="grow" />
        <Button onClick={onUnfold}>
          <Trans>These are single files, not a sequence</Trans>
        </Button>
      </footer>
    </>
  );
}
