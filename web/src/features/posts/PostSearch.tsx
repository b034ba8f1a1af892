import { t } from "@lingui/core/macro";
import { type RefObject, useMemo } from "react";

import { SearchBox } from "../../ui/SearchBox";
import { activeFilters, type Filters, noFilters } from "./filterValues";
import { filterText } from "./FilterFields";
import { takeFilters } from "./language";
import { setFilters } from "./view";

interface Props {
  filters: Filters;
  input: RefObject<HTMLInputElement | null>;
}

/** The search field: words, phrases, exclusions, and filters, which become tokens once complete. */
export function PostSearch({ filters, input }: Props) {
  const tokens = useMemo(() => {
    const names = activeFilters(filters).filter((name) => name !== "status");
    return names.map((name) => ({ name, words: filterText(name, filters) }));
  }, [filters]);
  const done = () => {
    const taken = takeFilters(filters, true);
    if (taken !== filters) setFilters(taken, "q");
  };
  return (
    <div
      className="post-search"
      role="search"
      aria-label={t`Filter posts`}
      onKeyDown={({ key }) => {
        if (key === "Enter") done();
      }}
    >
      <SearchBox
        ref={input}
        placeholder={tokens.length > 0 ? "" : t`Search posts: -word "phrase" tag: licence: alt:none warning: hidden:`}
        aria-label={t`Filter by text`}
        aria-keyshortcuts="/"
        value={filters.q}
        tokens={tokens}
        onTake={(name) => setFilters({ ...filters, [name]: noFilters[name] })}
        onChange={(text) => setFilters(takeFilters({ ...filters, q: text }, false), "q")}
        onBlur={done}
      />
    </div>
  );
}
