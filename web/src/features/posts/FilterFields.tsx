import "./filters.css";

import { type ChangeEvent, type ComponentProps, useMemo } from "react";

import { moderates } from "../../data/config";
import type { Post } from "../../data/schema";
import { formatCount } from "../../platform/format";
import { tagKey } from "../../platform/text";
import { Choice as Tick, type Option, SelectField } from "../../ui/Field";
import { useAlwaysShown } from "./covers";
import { type Filters, NO_LICENSE, type Visibility } from "./filterValues";
import { type Choice, countChoices } from "./filters";
import { beforeText, hasWord, withToggledWord } from "./language";

export const visibilities: Record<Visibility, string> = {
  all: "All",
  visible: "Visible",
  hidden: "Hidden",
  moderated: "By a moderator",
};

/** An active filter as search syntax. */
export function filterText(name: keyof Filters, filters: Filters): string {
  const value = filters[name];
  switch (name) {
    case "status":
      return visibilities[filters.status];
    case "tag":
      return `tag: ${value}`;
    case "licence":
      return `licence: ${value}`;
    case "format":
      return `format: ${value}`;
    case "from":
      return `after: ${value}`;
    case "to":
      return `before: ${beforeText(value)}`;
    case "min-kb":
      return `≥ ${value} kB`;
    case "max-kb":
      return `≤ ${value} kB`;
    default:
      return value;
  }
}

interface Props {
  posts: readonly Post[];
  filters: Filters;
  /** `typed`: the text field that the change was typed into. */
  onChange: (filters: Filters, typed?: keyof Filters) => void;
}

/** What somebody looks for that a filter has no field for: terms of the search. */
const lacking: readonly (readonly [term: string, words: string])[] = [
  ["warning:none", "Without warnings"],
  ["alt:none", "Without alt text"],
  ...(moderates ? [["reported:yes", "Reported"] as const] : []),
];

export function FilterFields({ posts, filters, onChange }: Props) {
  const [isAlwaysShown, setAlwaysShown] = useAlwaysShown();
  const formats = useMemo(() => countChoices(posts, (post) => [post.file_format]), [posts]);
  const hashtags = useMemo(() => countChoices(posts, (post) => post.hashtags.map(tagKey)), [posts]);
  const licenses = useMemo(() => countChoices(posts, (post) => [post.license_identifier ?? NO_LICENSE]), [posts]);
  const choice = (name: keyof Filters, label: string, options: readonly Option[]) => (
    <SelectField
      className="field"
      label={label}
      aria-label={label}
      value={filters[name]}
      options={options}
      onChange={(value) => onChange({ ...filters, [name]: value })}
    />
  );
  /** Options with counts, including the current value if no post has it any more. */
  const counted = (name: keyof Filters, choices: readonly Choice[]): Option[] => {
    const value = filters[name];
    const gone = value !== "" && !choices.some((one) => one.value === value) ? [{ value, count: 0 }] : [];
    const text = (one: string) => {
      if (name === "tag") return `#${one}`;
      return name === "format" ? one.toUpperCase() : one === NO_LICENSE ? "No licence" : one;
    };
    return [
      ["", "Any"],
      ...[...gone, ...choices].map((one): Option => [one.value, `${text(one.value)} (${formatCount(one.count)})`]),
    ];
  };
  const bound = (name: keyof Filters, label: string, input: ComponentProps<"input">) => {
    const change = ({ target }: ChangeEvent<HTMLInputElement>) => onChange({ ...filters, [name]: target.value }, name);
    return <input aria-label={label} value={filters[name]} {...input} onChange={change} />;
  };
  const kilobytes = { type: "number", min: 0, step: "any" };
  return (
    <div className="filter-fields">
      {choice("format", "Format", counted("format", formats))}
      {choice("tag", "Hashtag", counted("tag", hashtags))}
      {choice("licence", "Licence", counted("licence", licenses))}
      <fieldset className="field pair">
        <legend>Posted</legend>
        {bound("from", "Posted from", { type: "date", max: filters.to || undefined })}
        <span aria-hidden>–</span>
        {bound("to", "Posted until", { type: "date", min: filters.from || undefined })}
      </fieldset>
      <fieldset className="field pair">
        <legend>Size in kB</legend>
        {bound("min-kb", "Size from, kB", kilobytes)}
        <span aria-hidden>–</span>
        {bound("max-kb", "Size up to, kB", kilobytes)}
      </fieldset>
      <fieldset className="choices">
        <legend className="muted">Only</legend>
        {lacking.map(([term, words]) => (
          <Tick
            key={term}
            type="checkbox"
            checked={hasWord(filters.q, term)}
            onChange={() => onChange({ ...filters, q: withToggledWord(filters.q, term) })}
          >
            {words}
          </Tick>
        ))}
      </fieldset>
      <Tick type="checkbox" checked={isAlwaysShown} onChange={setAlwaysShown}>
        Always show pictures with warnings
      </Tick>
    </div>
  );
}
