import "./filters.css";

import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { type ChangeEvent, type ComponentProps, useMemo } from "react";

import { moderates } from "../../data/config";
import type { Post } from "../../data/schema";
import { formatCount } from "../../platform/format";
import { spelledFirst } from "../../platform/text";
import { Choice as Tick, type Option, SelectField } from "../../ui/Field";
import { useAlwaysShown } from "./covers";
import { type Filters, NO_LICENSE, type Visibility } from "./filterValues";
import { type Choice, countChoices } from "./filters";
import { beforeText, hasWord, withToggledWord } from "./language";

export const visibilities: Record<Visibility, string> = {
  all: t`All`,
  visible: t`Visible`,
  hidden: t`Hidden`,
  moderated: t`By a moderator`,
};

/** An active filter as search syntax. */
export function filterText(name: keyof Filters, filters: Filters): string {
  const value = filters[name];
  switch (name) {
    case "status":
      return visibilities[filters.status];
    case "tag":
      return t`tag: ${value}`;
    case "licence":
      return t`licence: ${value}`;
    case "format":
      return t`format: ${value}`;
    case "from":
      return t`after: ${value}`;
    case "to":
      return t`before: ${beforeText(value)}`;
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
  ["warning:none", t`Without warnings`],
  ["alt:none", t`Without alt text`],
  ...(moderates ? [["reported:yes", t`Reported`] as const] : []),
];

export function FilterFields({ posts, filters, onChange }: Props) {
  const [isAlwaysShown, setAlwaysShown] = useAlwaysShown();
  const formats = useMemo(() => countChoices(posts, (post) => [post.file_format]), [posts]);
  const hashtags = useMemo(() => {
    const spelled = spelledFirst();
    return countChoices(posts, (post) => post.hashtags.map(spelled));
  }, [posts]);
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
      return name === "format" ? one.toUpperCase() : one === NO_LICENSE ? t`No licence` : one;
    };
    return [
      ["", t`Any`],
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
      {choice("format", t`Format`, counted("format", formats))}
      {choice("tag", t`Hashtag`, counted("tag", hashtags))}
      {choice("licence", t`Licence`, counted("licence", licenses))}
      <fieldset className="field pair">
        <legend>
          <Trans>Posted</Trans>
        </legend>
        {bound("from", t`Posted from`, { type: "date", max: filters.to || undefined })}
        <span aria-hidden>–</span>
        {bound("to", t`Posted until`, { type: "date", min: filters.from || undefined })}
      </fieldset>
      <fieldset className="field pair">
        <legend>
          <Trans>Size in kB</Trans>
        </legend>
        {bound("min-kb", t`Size from, kB`, kilobytes)}
        <span aria-hidden>–</span>
        {bound("max-kb", t`Size up to, kB`, kilobytes)}
      </fieldset>
      <fieldset className="choices">
        <legend className="muted">
          <Trans>Only</Trans>
        </legend>
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
        <Trans>Always show pictures with warnings</Trans>
      </Tick>
    </div>
  );
}
