import { t } from "@lingui/core/macro";
import { ArrowDownWideNarrow } from "lucide-react";

interface Props<Sort extends string> {
  /** The orders' names, as they are listed. */
  words: Readonly<Record<Sort, string>>;
  value: Sort;
  onChange: (sort: Sort) => void;
}

/** In which order a page's things are shown. */
export function OrderSelect<Sort extends string>({ words, value, onChange }: Props<Sort>) {
  return (
    <label className="order beside">
      <ArrowDownWideNarrow aria-hidden />
      <select aria-label={t`Order`} value={value} onChange={({ target }) => onChange(target.value as Sort)}>
        {(Object.keys(words) as Sort[]).map((each) => (
          <option key={each} value={each}>
            {words[each]}
          </option>
        ))}
      </select>
    </label>
  );
}
