import { useMemo } from "react";

import type { Post } from "../api/schema";
import { formatCount } from "../lib/format";
import { type Choice, countChoices, type Filters, NO_LICENSE, type Visibility } from "./filters";

const visibilities: Record<Visibility, string> = {
  all: "Any",
  visible: "Visible",
  hidden: "Hidden by artist",
  moderated: "Hidden by moderator",
};

/** What a filter that is set says beside the button. */
export function filterText(name: keyof Filters, filters: Filters): string {
  const value = filters[name];
  switch (name) {
    case "visibility":
      return visibilities[filters.visibility];
    case "hashtag":
      return `#${value}`;
    case "license":
      return value === NO_LICENSE ? "No licence" : value;
    case "from":
      return `from ${value}`;
    case "to":
      return `until ${value}`;
    case "minSize":
      return `≥ ${value} kB`;
    case "maxSize":
      return `≤ ${value} kB`;
    default:
      return value;
  }
}

interface Props {
  posts: Post[];
  filters: Filters;
  onChange: (filters: Filters) => void;
}

export function FilterFields({ posts, filters, onChange }: Props) {
  const formats = useMemo(() => countChoices(posts, (post) => [post.file_format]), [posts]);
  const hashtags = useMemo(() => countChoices(posts, (post) => post.hashtags), [posts]);
  const licenses = useMemo(() => countChoices(posts, (post) => [post.license_identifier ?? NO_LICENSE]), [posts]);
  const change = (part: Partial<Filters>) => {
    onChange({ ...filters, ...part });
  };
  return (
    <div className="filter-fields">
      <label className="field">
        <span>Status</span>
        <select
          aria-label="Status"
          value={filters.visibility}
          onChange={(event) => change({ visibility: event.target.value as Visibility })}
        >
          {Object.entries(visibilities).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <ChoiceField label="Format" choices={formats} value={filters.format} onChange={(format) => change({ format })} />
      <ChoiceField
        label="Hashtag"
        choices={hashtags}
        text={(tag) => `#${tag}`}
        value={filters.hashtag}
        onChange={(hashtag) => change({ hashtag })}
      />
      <ChoiceField
        label="Licence"
        choices={licenses}
        text={(license) => (license === NO_LICENSE ? "No licence" : license)}
        value={filters.license}
        onChange={(license) => change({ license })}
      />
      <fieldset className="field pair">
        <legend>Posted</legend>
        <input
          type="date"
          aria-label="Posted from"
          max={filters.to || undefined}
          value={filters.from}
          onChange={(event) => change({ from: event.target.value })}
        />
        <span aria-hidden>–</span>
        <input
          type="date"
          aria-label="Posted until"
          min={filters.from || undefined}
          value={filters.to}
          onChange={(event) => change({ to: event.target.value })}
        />
      </fieldset>
      <fieldset className="field pair">
        <legend>Size in kB</legend>
        <input
          type="number"
          min={0}
          step="any"
          aria-label="Size from, kB"
          value={filters.minSize}
          onChange={(event) => change({ minSize: event.target.value })}
        />
        <span aria-hidden>–</span>
        <input
          type="number"
          min={0}
          step="any"
          aria-label="Size up to, kB"
          value={filters.maxSize}
          onChange={(event) => change({ maxSize: event.target.value })}
        />
      </fieldset>
    </div>
  );
}

interface ChoiceProps {
  label: string;
  choices: Choice[];
  text?: (value: string) => string;
  value: string;
  onChange: (value: string) => void;
}

function ChoiceField({ label, choices, text = (value) => value, value, onChange }: ChoiceProps) {
  const isGone = value !== "" && !choices.some((choice) => choice.value === value);
  return (
    <label className="field">
      <span>{label}</span>
      <select aria-label={label} value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">Any</option>
        {isGone && <option value={value}>{`${text(value)} (0)`}</option>}
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {`${text(choice.value)} (${formatCount(choice.count)})`}
          </option>
        ))}
      </select>
    </label>
  );
}
