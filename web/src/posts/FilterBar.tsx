import { ListFilter, Search, X } from "lucide-react";
import { type RefObject, useMemo } from "react";

import type { Post } from "../api/schema";
import { formatCount, plural } from "../lib/format";
import { Popover } from "../ui/Popover";
import { activeFilters, type Filters, isFiltering, noFilters } from "./filters";
import { FilterFields, filterText } from "./FilterFields";

interface Props {
  posts: Post[];
  filters: Filters;
  shownCount: number;
  total: number | null;
  isComplete: boolean;
  input: RefObject<HTMLInputElement | null>;
  onChange: (filters: Filters) => void;
}

/** Filter by text at once, by everything else behind one button; what is set stands beside it, to be taken off. */
export function FilterBar(props: Props) {
  const { posts, filters, shownCount, total, isComplete, input, onChange } = props;
  const active = useMemo(() => activeFilters(filters), [filters]);
  return (
    <div className="filters" role="search" aria-label="Filter posts">
      <label className="search-box">
        <Search aria-hidden />
        <input
          ref={input}
          type="search"
          placeholder="Title, text or #tag"
          aria-label="Filter by text"
          aria-keyshortcuts="/"
          value={filters.text}
          onChange={(event) => onChange({ ...filters, text: event.target.value })}
        />
        <kbd aria-hidden>/</kbd>
      </label>
      <Popover
        name="Filters"
        className="button"
        align="start"
        label={
          <>
            <ListFilter aria-hidden /> <span className="wide-only">Filters</span>
            {active.length > 0 && <span className="bubble accent">{active.length}</span>}
          </>
        }
      >
        <FilterFields posts={posts} filters={filters} onChange={onChange} />
      </Popover>
      {active.map((name) => (
        <button
          key={name}
          type="button"
          className="chip"
          aria-label={`Remove the filter ${filterText(name, filters)}`}
          onClick={() => onChange({ ...filters, [name]: noFilters[name] })}
        >
          <bdi>{filterText(name, filters)}</bdi> <X aria-hidden />
        </button>
      ))}
      {isFiltering(filters) && (
        <button type="button" className="button quiet" onClick={() => onChange(noFilters)}>
          Clear
        </button>
      )}
      <p className="filter-count">
        {isFiltering(filters)
          ? `${formatCount(shownCount)} of ${plural(posts.length, "post")}`
          : isComplete
            ? plural(posts.length, "post")
            : total !== null && `${formatCount(posts.length)} of ${plural(total, "post")} loaded`}
      </p>
    </div>
  );
}
