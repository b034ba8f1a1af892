import "./Numbers.css";

import { formatCount } from "../platform/format";

interface Props {
  numbers: readonly { label: string; value: number; tone: "success" | "wait" | "plain" }[];
}

/** Counts in a row; the first is shown even if it is 0. */
export function Numbers({ numbers }: Props) {
  return (
    <dl className="numbers-row">
      {numbers
        .filter(({ value }, index) => value > 0 || index === 0)
        .map(({ label, value, tone }) => (
          <div key={label} data-tone={tone}>
            <dt className="muted">{label}</dt>
            <dd>{formatCount(value)}</dd>
          </div>
        ))}
    </dl>
  );
}
