import { ListFilter, X } from "lucide-react";
import { type RefObject, useMemo } from "react";

import { formatCount, plural } from "../lib/format";
import { Button } from "../ui/Button";
import { Popover } from "../ui/Popover";
import { SearchBox } from "../ui/SearchBox";
import { activeFilters, isFiltering, noFilters } from "./filters";
import { FilterFields, filterText } from "./FilterFields";
import type { PostsModel } from "./usePostsModel";
import { setFilters } from "./view";

interface Props {
  list: PostsModel;
  input: RefObject<HTMLInputElement | null>;
}

/** Filter by text at once, by everything else behind one button; what is set stands beside it, to be taken off. */
export function FilterBar({ list, input }: Props) {
  const { posts, rows, total, isComplete } = list;
  const { filters } = list.view;
  const active = useMemo(() => activeFilters(filters), [filters]);
  return (
    <div className="filters" role="search" aria-label="Filter posts">
      <SearchBox
        ref={input}
        placeholder="Title, text or #tag"
        aria-label="Filter by text"
        aria-keyshortcuts="/"
        value={filters.text}
        onChange={(text) => setFilters({ ...filters, text })}
      >
        <kbd aria-hidden>/</kbd>
      </SearchBox>
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
        <FilterFields posts={posts} filters={filters} onChange={setFilters} />
      </Popover>
      {active.map((name) => (
        <button
          key={name}
          type="button"
          className="chip"
          aria-label={`Remove the filter ${filterText(name, filters)}`}
          onClick={() => setFilters({ ...filters, [name]: noFilters[name] })}
        >
          <bdi className="cut">{filterText(name, filters)}</bdi> <X aria-hidden />
        </button>
      ))}
      {isFiltering(filters) && (
        <Button look="quiet" onClick={() => setFilters(noFilters)}>
          Clear
        </Button>
      )}
      <p className="filter-count">
        {isFiltering(filters)
          ? `${formatCount(rows.length)} of ${plural(posts.length, "post")}`
          : isComplete
            ? plural(posts.length, "post")
            : total !== null && `${formatCount(posts.length)} of ${plural(total, "post")} loaded`}
      </p>
    </div>
  );
}
