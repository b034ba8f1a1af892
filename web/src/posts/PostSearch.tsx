import { X } from "lucide-react";
import { type KeyboardEvent, type RefObject, useMemo } from "react";

import { SearchBox } from "../ui/SearchBox";
import { activeFilters, type Filters, noFilters } from "./filterValues";
import { filterText } from "./FilterFields";
import { takeFilters } from "./language";
import { setFilters } from "./view";

interface Props {
  filters: Filters;
  input: RefObject<HTMLInputElement | null>;
}

/** Words, phrases, -without, and names with values, which become tokens in the field as soon as they are complete. */
export function PostSearch({ filters, input }: Props) {
  const tokens = useMemo(() => activeFilters(filters).filter((name) => name !== "visibility"), [filters]);
  const done = () => {
    const taken = takeFilters(filters, true);
    if (taken !== filters) setFilters(taken, true);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const last = tokens.at(-1);
    if (event.key === "Enter") done();
    else if (event.key === "Backspace" && last && filters.text === "" && event.target === input.current) {
      setFilters({ ...filters, [last]: noFilters[last] });
    }
  };
  return (
    <div className="post-search" role="search" aria-label="Filter posts" onKeyDown={onKeyDown}>
      <SearchBox
        ref={input}
        placeholder={tokens.length > 0 ? "" : '-word "phrase" tag: licence: hidden:'}
        aria-label="Filter by text"
        aria-keyshortcuts="/"
        value={filters.text}
        before={tokens.map((name) => (
          <button
            key={name}
            type="button"
            className="token"
            tabIndex={-1}
            aria-label={`Remove the filter ${filterText(name, filters)}`}
            onClick={() => setFilters({ ...filters, [name]: noFilters[name] })}
          >
            <bdi className="cut">{filterText(name, filters)}</bdi> <X aria-hidden />
          </button>
        ))}
        onChange={(text) => setFilters(takeFilters({ ...filters, text }, false), true)}
        onBlur={done}
      >
        <kbd aria-hidden>/</kbd>
      </SearchBox>
    </div>
  );
}
