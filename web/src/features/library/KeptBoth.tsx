import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { RotateCcw } from "lucide-react";

import { useCommands } from "../../commands/commands";
import { ArtOnMat } from "../../data/assets/AssetPicture";
import type { Asset } from "../../data/assets/schema";
import { Button } from "../../ui/Button";
import { AlikeFacts } from "./AlikeFacts";
import { Row } from "./AlikeList";
import { AlikePanes, type Looks } from "./AlikePanes";
import { differenceWords } from "./difference";
import type { LibraryActions } from "./useActions";
import { useDifference } from "./useDifference";
import { useAssetDetails } from "./useLibrary";

type Pair = readonly Asset[];

interface ListProps {
  pairs: readonly Pair[];
  row: number;
  /** What remains to be fetched, if anything. */
  onMore: (() => void) | null;
  onRow: (row: number) => void;
}

/** Pairs that were kept although they look the same, a row each. */
export function KeptBothList({ pairs, row, onMore, onRow }: ListProps) {
  return (
    <nav className="alike" aria-label={t`Kept both`}>
      <h3 className="over">
        <Trans>Kept both</Trans>
      </h3>
      <ol>
        {pairs.map((pair, index) => (
          <Row key={pair.map(({ id }) => id).join()} {...{ index, row, onRow }} count={pair.length}>
            <span className="alike-thumbs" aria-hidden>
              {pair.map((asset) => (
                <ArtOnMat key={asset.id} asset={asset} size={46} look="alike-thumb" />
              ))}
            </span>
            <span className="alike-words">
              <bdi className="cut">{pair[0]?.name}</bdi>
              <bdi className="cut muted">{pair[1]?.name}</bdi>
            </span>
          </Row>
        ))}
      </ol>
      {onMore && (
        <Button onClick={onMore}>
          <Trans>More pairs</Trans>
        </Button>
      )}
    </nav>
  );
}

interface StageProps {
  pair: Pair;
  looks: Looks;
  actions: LibraryActions;
}

/** What differs in a pair, and the way to have it offered as similar again. */
export function KeptBothStage({ pair: [top, other], ...does }: StageProps) {
  return top && other ? <Kept {...{ top, other }} {...does} /> : null;
}

type KeptProps = Omit<StageProps, "pair"> & { top: Asset; other: Asset };

function Kept({ top, other, looks, actions }: KeptProps) {
  const difference = useDifference(top, other);
  const details = [useAssetDetails(top.id).data, useAssetDetails(other.id).data] as const;
  const offer = () => void actions.decide("compare_again", [[top, other]], t`Both are offered as similar again.`);
  useCommands([{ name: "open", label: t`Offer again`, icon: RotateCcw, group: "selection", run: offer }]);
  return (
    <>
      <header className="alike-title beside">
        <h3 className="cut">
          <bdi>{top.name}</bdi>
        </h3>
        <p className="muted grow">{difference && differenceWords(difference)}</p>
      </header>
      <AlikePanes {...{ top, other, looks, difference }} />
      <AlikeFacts files={[top, other]} {...{ details, difference }} />
      <footer className="alike-acts beside">
        <Button icon={RotateCcw} look="primary" onClick={offer}>
          <Trans>
            Offer again <kbd aria-hidden>Enter</kbd>
          </Trans>
        </Button>
        <p className="muted wide-only">
          <Trans>They are compared again, and come among what was saved again if they are alike.</Trans>
        </p>
      </footer>
    </>
  );
}
