import { plural, formatBytes, formatCount } from "../lib/format";

interface Props {
  count: number;
  /** How many of the selected posts the filters hide. */
  outsideFilter: number;
  bytes: number;
  shownCount: number;
  pageCount: number;
  isComplete: boolean;
  onPage: () => void;
  onAll: () => void;
  onNone: () => void;
}

/** How many posts are selected, which is how many an action will change, and ways to select many. */
export function SelectionControls(props: Props) {
  const { count, outsideFilter, bytes, shownCount, pageCount } = props;
  return (
    <div className="selection" role="group" aria-label="Selection">
      <p className="selection-count" data-empty={count === 0}>
        <strong>{formatCount(count)}</strong> selected
        {count > 0 && <span className="muted"> · {formatBytes(bytes)}</span>}
        {outsideFilter > 0 && (
          <span className="warning-text"> · {plural(outsideFilter, "of them", "of them")} outside the filter</span>
        )}
      </p>
      <div className="segmented">
        <button type="button" onClick={props.onPage} disabled={pageCount === 0}>
          Page <span className="count">{formatCount(pageCount)}</span>
        </button>
        <button type="button" onClick={props.onAll} disabled={shownCount === 0}>
          All{" "}
          <span className="count">
            {props.isComplete ? formatCount(shownCount) : `${formatCount(shownCount)} so far`}
          </span>
        </button>
        <button type="button" onClick={props.onNone} disabled={count === 0}>
          None
        </button>
      </div>
    </div>
  );
}
