import { ListFilter, Search, X } from "lucide-react";
import { type RefObject, useMemo } from "react";

import type { Post } from "../api/schema";
import { formatCount, plural } from "../lib/format";
import { type Choice, countChoices, type Filters, isFiltering, noFilters, type Visibility } from "./filters";

interface Props {
  posts: Post[];
  filters: Filters;
  shownCount: number;
  total: number | null;
  isComplete: boolean;
  input: RefObject<HTMLInputElement | null>;
  onChange: (filters: Filters) => void;
}

const visibilities: Record<Visibility, string> = {
  all: "Status",
  visible: "Visible",
  hidden: "Hidden by artist",
  moderated: "Hidden by moderator",
};

/** Filters by text, visibility, format and hashtag, and how many posts they leave. */
export function FilterBar({ posts, filters, shownCount, total, isComplete, input, onChange }: Props) {
  const formats = useMemo(() => countChoices(posts, (post) => [post.file_format]), [posts]);
  const hashtags = useMemo(() => countChoices(posts, (post) => post.hashtags), [posts]);
  const change = (part: Partial<Filters>) => {
    onChange({ ...filters, ...part });
  };
  return (
    <div className="filters" role="search" aria-label="Filter posts">
      <label className="search-box">
        <Search aria-hidden />
        <input
          ref={input}
          type="search"
          placeholder="Filter by title, text or #tag"
          aria-label="Filter by text"
          aria-keyshortcuts="/"
          value={filters.text}
          onChange={(event) => change({ text: event.target.value })}
        />
        <kbd aria-hidden>/</kbd>
      </label>
      <select
        aria-label="Status"
        data-set={filters.visibility !== "all"}
        value={filters.visibility}
        onChange={(event) => change({ visibility: event.target.value as Visibility })}
      >
        {Object.entries(visibilities).map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      <ChoiceFilter
        label="Format"
        any="Format"
        choices={formats}
        value={filters.format}
        onChange={(format) => change({ format })}
      />
      <ChoiceFilter
        label="Hashtag"
        any="Hashtag"
        prefix="#"
        choices={hashtags}
        value={filters.hashtag}
        onChange={(hashtag) => change({ hashtag })}
      />
      {isFiltering(filters) && (
        <button type="button" className="button quiet" onClick={() => onChange(noFilters)}>
          <X aria-hidden /> Clear
        </button>
      )}
      <p className="filter-count">
        {isFiltering(filters) ? (
          <>
            <ListFilter aria-hidden /> {formatCount(shownCount)} of {plural(posts.length, "post")}
          </>
        ) : isComplete ? (
          plural(posts.length, "post")
        ) : (
          total !== null && `${formatCount(posts.length)} of ${plural(total, "post")} loaded`
        )}
      </p>
    </div>
  );
}

interface ChoiceProps {
  label: string;
  any: string;
  prefix?: string;
  choices: Choice[];
  value: string;
  onChange: (value: string) => void;
}

function ChoiceFilter({ label, any, prefix = "", choices, value, onChange }: ChoiceProps) {
  const isGone = value !== "" && !choices.some((choice) => choice.value === value);
  return (
    <select aria-label={label} data-set={value !== ""} value={value} onChange={(event) => onChange(event.target.value)}>
      <option value="">{any}</option>
      {isGone && <option value={value}>{`${prefix}${value} (0)`}</option>}
      {choices.map((choice) => (
        <option key={choice.value} value={choice.value}>
          {`${prefix}${choice.value} (${formatCount(choice.count)})`}
        </option>
      ))}
    </select>
  );
}
