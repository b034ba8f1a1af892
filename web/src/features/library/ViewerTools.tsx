import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Check, ChevronLeft, CircleSlash } from "lucide-react";

import { Tabs } from "../../ui/Bar";
import { Button } from "../../ui/Button";
import { JudgeRow } from "./Judged";
import type { Asset } from "../../data/assets/schema";
import type { AssetAction } from "./states";
import type { View } from "./view";

const ZOOMS = [
  { value: "fit", words: t`Fit` },
  { value: "1", words: "1:1" },
  { value: "2", words: "2×" },
  { value: "4", words: "4×" },
  { value: "8", words: "8×" },
];

interface ZoomsProps {
  view: View;
  /** Where there is room for few. */
  isShort?: boolean;
  onZoom: (zoom: number | null) => void;
}

/** Zoom levels in device pixels: at 1:1 one of them shows one picture pixel. What keys or a wheel set stands beside them. */
export function Zooms({ view, isShort = false, onZoom }: ZoomsProps) {
  const zooms = isShort ? ZOOMS.slice(0, 2) : ZOOMS;
  const device = view.zoom === null ? "fit" : (view.zoom * devicePixelRatio).toFixed(6).replace(/\.0+$/, "");
  return (
    <Tabs
      label={t`Size`}
      look="numbers zooms"
      options={
        zooms.some(({ value }) => value === device) ? zooms : [...zooms, { value: device, words: zoomWords(device) }]
      }
      value={device}
      onChange={(zoom) => onZoom(zoom === "fit" ? null : Number(zoom) / devicePixelRatio)}
    />
  );
}

const zoomWords = (device: string) => `${Number(Number(device).toFixed(2))}×`;

export function BackToLibrary({ onClick }: { onClick: () => void }) {
  return (
    <Button
      icon={ChevronLeft}
      look="quiet back"
      aria-label={t`Back to the library`}
      title={t`Back to the library (Esc)`}
      onClick={onClick}
    >
      <span>
        <Trans>Library</Trans>
      </span>
    </Button>
  );
}

interface VerdictProps {
  asset: Asset;
  /** The letter of the pane that would be kept, when comparing chosen files. */
  keeps: string | null;
  isCompared: boolean;
  onMark: (set: { rating: number } | { label: number }) => void;
  onJudge: (action: AssetAction) => void;
  onKeep: () => void;
}

/** Stars, label, and the verdict. */
export function Verdict({ asset, keeps, isCompared, onMark, onJudge, onKeep }: VerdictProps) {
  const isGone = asset.state === "trash";
  return (
    <footer className="verdict">
      <JudgeRow rating={asset.rating} label={asset.label} onJudge={onMark} />
      <Button
        icon={CircleSlash}
        disabled={isGone}
        data-on={asset.state === "set_aside"}
        onClick={() => onJudge("set_aside")}
      >
        <Trans>Set aside</Trans> <kbd aria-hidden>S</kbd>
      </Button>
      {keeps === null ? (
        <Button
          icon={Check}
          look="primary"
          disabled={isGone}
          data-on={asset.state === "approved"}
          onClick={() => onJudge("approve")}
        >
          {isCompared ? t`Keep` : t`Approve`} <kbd aria-hidden>A</kbd>
        </Button>
      ) : (
        <Button icon={Check} look="primary" disabled={isGone} onClick={onKeep}>
          <Trans>Keep {keeps}, set the rest aside</Trans> <kbd aria-hidden>Enter</kbd>
        </Button>
      )}
    </footer>
  );
}
