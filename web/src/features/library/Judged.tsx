import { t } from "@lingui/core/macro";

import "../../ui/marks";
import "./marks.css";
import "./Judged.css";

import { labels, labelNames } from "./words";

const STAR =
  "M5 0h1v2h1v2h4v1h-1v1h-1v1h-1v2h1v2h-1v-1h-1v-1h-1v-1h-1v1h-1v1h-1v1h-1v-2h1v-2h-1v-1h-1v-1h-1v-1h4v-2h1z";

function Star({ isOff = false }: { isOff?: boolean }) {
  return (
    <svg viewBox="0 0 11 11" aria-hidden data-off={isOff}>
      <path d={STAR} />
    </svg>
  );
}

/** A file's stars; nothing if it has none. */
export function Stars({ rating }: { rating: number }) {
  if (rating === 0) return null;
  return (
    <span className="stars" role="img" aria-label={t`${rating} of 5 stars`}>
      {Array.from({ length: rating }, (_, index) => (
        <Star key={index} />
      ))}
    </span>
  );
}

interface RateProps {
  rating: number;
  /** 0 when the current rating is pressed again. */
  onRate: (rating: number) => void;
}

/** Buttons to set the stars. */
export function StarButtons({ rating, onRate }: RateProps) {
  return (
    <span className="stars big" role="group" aria-label={t`Stars`}>
      {[1, 2, 3, 4, 5].map((each) => (
        <button
          key={each}
          type="button"
          aria-label={t`${each} of 5 stars`}
          aria-pressed={each === rating}
          title={`${each} (${each})`}
          onClick={() => onRate(each === rating ? 0 : each)}
        >
          <Star isOff={each > rating} />
        </button>
      ))}
    </span>
  );
}

interface LabelProps {
  label: number | null;
  className?: string;
  /** How many files have each label. */
  countOf?: (label: number) => string;
  onLabel: (label: number) => void;
}

/** Buttons to set a label; pressing the active one removes it. */
export function LabelButtons({ label, className = "flags", countOf, onLabel }: LabelProps) {
  return (
    <span className={className} role="group" aria-label={t`Label`}>
      {labels.map((each) => (
        <button
          key={each}
          type="button"
          data-label={each}
          aria-label={t`Label ${labelNames[each]}${countOf ? `, ${countOf(each)}` : ""}`}
          aria-pressed={each === label}
          title={`${labelNames[each]} (${each})`}
          onClick={() => onLabel(each)}
        >
          <span className="flag" />
          {countOf && <span className="count">{countOf(each)}</span>}
        </button>
      ))}
    </span>
  );
}

interface JudgeProps {
  rating: number;
  label: number | null;
  onJudge: (set: { rating: number } | { label: number }) => void;
}

/** Stars and labels in one row. */
export function JudgeRow({ rating, label, onJudge }: JudgeProps) {
  return (
    <div className="judge beside">
      <StarButtons rating={rating} onRate={(given) => onJudge({ rating: given })} />
      <LabelButtons label={label} onLabel={(given) => onJudge({ label: given })} />
    </div>
  );
}
