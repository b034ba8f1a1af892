import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";

import { ArtOnMat } from "../../data/assets/AssetPicture";
import { formatCount } from "../../platform/format";
import { joinParts } from "../../platform/text";
import { Button } from "../../ui/Button";
import type { Sequence } from "./SequenceStage";
import type { AlikeGroup } from "./alike";
import { folderWords, savedWords, sequenceName } from "./words";

/** Of the pictures of one row. */
const MANY = 3;

interface Props {
  groups: readonly AlikeGroup[];
  sequences: readonly Sequence[];
  /** The current row: groups, then sequences. */
  row: number;
  isSearching: boolean;
  /** What remains to be fetched, if anything. */
  onMoreGroups: (() => void) | null;
  onMoreSequences: (() => void) | null;
  onRow: (row: number) => void;
}

/** Groups of files that were saved again, then sequences, a row each. */
export function AlikeList({ groups, sequences, row, isSearching, onMoreGroups, onMoreSequences, onRow }: Props) {
  return (
    <nav className="alike" aria-label={t`Groups`} aria-busy={isSearching}>
      <h3 className="over">
        <Trans>Saved again</Trans>
      </h3>
      <ol>
        {groups.map(({ items, equal_pixels: isEqual }, index) => (
          <Row key={items.map(({ id }) => id).join()} {...{ index, row, onRow }} count={items.length}>
            <span className="alike-thumbs" data-many={items.length > 2} aria-hidden>
              {items.slice(0, MANY).map((asset) => (
                <ArtOnMat key={asset.id} asset={asset} size={items.length > 2 ? 32 : 46} look="alike-thumb" />
              ))}
            </span>
            <span className="alike-words">
              <bdi className="cut">{items[0]?.name}</bdi>
              <span className="cut muted">{savedWords(items, isEqual)}</span>
            </span>
          </Row>
        ))}
      </ol>
      {onMoreGroups && (
        <Button onClick={onMoreGroups}>
          <Trans>Search more files</Trans>
        </Button>
      )}
      {sequences.length > 0 && (
        <>
          <h3 className="over">
            <Trans>
              Sequences <span className="faint">· not offered as similar</span>
            </Trans>
          </h3>
          <ol>
            {sequences.map(({ items, frame_count: count }, index) => (
              <Row key={items[0]?.id} index={groups.length + index} {...{ row, onRow, count }}>
                <span className="alike-thumbs is-film" data-many aria-hidden>
                  {items.slice(0, MANY).map((asset) => (
                    <ArtOnMat key={asset.id} asset={asset} size={28} look="alike-thumb" />
                  ))}
                </span>
                <span className="alike-words">
                  <bdi className="cut">{sequenceName(items)}</bdi>
                  <span className="cut muted">
                    {joinParts([
                      folderWords(items[0]?.folder ?? ""),
                      t`${formatCount(count)} frames`,
                      `${items[0]?.width ?? 0}×${items[0]?.height ?? 0}`,
                    ])}
                  </span>
                </span>
              </Row>
            ))}
          </ol>
          {onMoreSequences && (
            <Button onClick={onMoreSequences}>
              <Trans>More sequences</Trans>
            </Button>
          )}
        </>
      )}
    </nav>
  );
}

interface RowProps {
  index: number;
  row: number;
  count: number;
  onRow: (row: number) => void;
  children: React.ReactNode;
}

export function Row({ index, row, count, onRow, children }: RowProps) {
  return (
    <li data-active={index === row}>
      <button type="button" aria-current={index === row} onClick={() => onRow(index)}>
        {children}
        <span className="numbers faint">{formatCount(count)}</span>
      </button>
    </li>
  );
}
