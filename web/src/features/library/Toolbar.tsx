import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { ArrowDownUp, Eye, ListFilter, PanelLeft } from "lucide-react";
import { useId, useRef } from "react";

import { useLicenses } from "../../data/queries";
import { formatCount } from "../../platform/format";
import { useCommands } from "../../commands/commands";
import { Bar, BarDivider, Tabs } from "../../ui/Bar";
import { Button, IconButton } from "../../ui/Button";
import { type Option, SelectField, TextField } from "../../ui/Field";
import { type Look, LookTabs } from "../../ui/LookTabs";
import { Mats } from "../../commands/Mats";
import { Popover } from "../../ui/Popover";
import { SearchBox } from "../../ui/SearchBox";
import { SizeSlider } from "../../ui/SizeSlider";
import { type Filters, NO_LICENCE, type Sort, sortNames, SORTS, withoutTokens } from "./filters";
import { suggestedTags } from "./kept";
import { SIZES } from "./layout";
import { useTags } from "./ordering";
import { clearFilters, setFilters, setSort } from "./query";
import type { Facet, Facets, State } from "../../data/assets/schema";
import { stateNames, STATES } from "./states";
import { DotOf } from "./TagChips";
import { tokenText } from "./tokens";
import { provenanceNames } from "./words";

interface Props {
  filters: Filters;
  facets: Facets | null;
  sort: Sort;
  isDescending: boolean;
  look: Look;
  size: number;
  /** How many files are selected, if that is what a review is of. */
  selectedCount: number | null;
  onLook: (look: Look) => void;
  onSize: (size: number) => void;
  onReview: () => void;
  onSide: () => void;
}

/** State, search, sort order and view. Everything but the tile size is in the address. */
export function Toolbar(props: Props) {
  const { filters, facets, look, size, selectedCount, onLook, onSize, onReview, onSide } = props;
  const reviewed = filters.state || "new";
  const toReview = selectedCount ?? countOf(facets, reviewed) ?? 0;
  const change = (part: Partial<Filters>, isTyping = false) => setFilters({ ...filters, ...part }, isTyping);
  return (
    <Bar title={t`Library`} count={countOf(facets, null)}>
      <IconButton icon={PanelLeft} look="side-button" label={t`Folders and filters`} onClick={onSide} />
      <Tabs
        label={t`State`}
        value={filters.state || "all"}
        options={(["all", ...STATES] as const).map((state) => ({
          value: state,
          words: state === "all" ? t`All` : stateNames[state],
          count: countOf(facets, state === "all" ? null : state) ?? undefined,
          mark: state === "all" ? null : <span className="state-mark" data-state={state} aria-hidden />,
        }))}
        onChange={(state) => change({ state: state === "all" ? "" : state })}
      />
      <span className="grow" />
      <Search filters={filters} onChange={change} />
      <Popover className="icon-button" name={t`Filter`} label={<ListFilter aria-hidden />}>
        <FacetForm filters={filters} facets={facets} onChange={change} />
      </Popover>
      <Order {...props} />
      <BarDivider />
      <Mats />
      <LookTabs value={look} onChange={onLook} />
      {look === "grid" && (
        <SizeSlider value={size} min={SIZES.smallest} max={SIZES.largest} step={16} onChange={onSize} />
      )}
      <Button
        icon={Eye}
        look="edged"
        disabled={toReview === 0}
        title={
          selectedCount === null
            ? t`Review the ${plural(toReview, { one: "# file", other: "# files" })} in “${stateNames[reviewed]}”`
            : t`Review the ${plural(toReview, { one: "# file", other: "# files" })} that are selected`
        }
        onClick={onReview}
      >
        <Trans>Review</Trans> <span className="count">{formatCount(toReview)}</span>
      </Button>
    </Bar>
  );
}

/** The number of files in a state, or in all but the trash if null. Null before it is known. */
function countOf(facets: Facets | null, state: State | null): number | null {
  if (facets === null) return null;
  const counts = new Map(facets.state.map(({ value, count }) => [value, count]));
  if (state !== null) return counts.get(state) ?? 0;
  return STATES.filter((each) => each !== "trash").reduce((sum, each) => sum + (counts.get(each) ?? 0), 0);
}

/** The search field. Filters appear as tokens, removed by a click or with Backspace. */
function Search({ filters, onChange }: Pick<FacetFormProps, "filters" | "onChange">) {
  const input = useRef<HTMLInputElement>(null);
  const suggestionsId = useId();
  const tags = useTags();
  useCommands([{ name: "search", run: () => input.current?.select() }]);
  return (
    <SearchBox
      ref={input}
      aria-label={t`Search the library`}
      maxLength={100}
      placeholder={t`Name, theme, #tag, alt:none, warning:`}
      value={filters.q}
      onChange={(text) => {
        const { q, tokens: found } = withoutTokens(text);
        onChange({ ...found, q }, true);
      }}
      tokens={tokenText(filters).map((token) =>
        token.name === "hashtag" ? { ...token, mark: <DotOf tag={filters.hashtag} /> } : token,
      )}
      onTake={(name) => onChange({ [name]: "" })}
      list={suggestionsId}
      suggestions={suggestedTags(filters.q, tags)}
    />
  );
}

function Order({ sort, isDescending }: Props) {
  return (
    <label className="order beside" title={t`In which order`}>
      <ArrowDownUp aria-hidden />
      <select
        aria-label={t`Order`}
        value={isDescending ? `-${sort}` : sort}
        onChange={({ target }) => setSort(target.value)}
      >
        {SORTS.flatMap((each) => [
          <option key={each} value={each}>
            {sortNames[each]}
          </option>,
          <option key={`-${each}`} value={`-${each}`}>
            {t`${sortNames[each]}, turned round`}
          </option>,
        ])}
      </select>
    </label>
  );
}

interface FacetFormProps {
  filters: Filters;
  facets: Facets | null;
  onChange: (part: Partial<Filters>, isTyping?: boolean) => void;
}

function FacetForm({ filters, facets, onChange }: FacetFormProps) {
  const licenses = useLicenses().data?.items ?? [];
  return (
    <div className="fields facets">
      <Choice label={t`Theme`} value={filters.theme} facets={facets?.theme} onChange={(theme) => onChange({ theme })} />
      <Choice
        label={t`Made by`}
        value={filters.provenance}
        facets={facets?.provenance}
        names={provenanceNames}
        onChange={(provenance) => onChange({ provenance })}
      />
      <SelectField
        label={t`Licence`}
        value={filters.license}
        options={[
          ["", t`Any`],
          [NO_LICENCE, t`None`],
          ...licenses.map(({ identifier }): Option => [identifier, identifier]),
        ]}
        onChange={(license) => onChange({ license })}
      />
      <TextField
        label={t`Hashtag`}
        maxLength={64}
        value={filters.hashtag}
        onChange={(text) => onChange({ hashtag: text.replace(/^#/, "").trim() }, true)}
      />
      <Button onClick={() => clearFilters(filters)}>
        <Trans>Clear all</Trans>
      </Button>
    </div>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  facets: readonly Facet[] | undefined;
  names?: Record<string, string>;
  onChange: (value: string) => void;
}

function Choice({ facets = [], names = {}, ...field }: ChoiceProps) {
  const { value: chosen } = field;
  const values = facets.flatMap(({ value, count }) => (value ? [{ value, count }] : []));
  // The chosen value stays an option even when nothing matches it any more.
  if (chosen && !values.some(({ value }) => value === chosen)) values.push({ value: chosen, count: 0 });
  return (
    <SelectField
      {...field}
      options={[
        ["", t`Any`],
        ...values.map(({ value, count }): Option => [value, `${names[value] ?? value} (${formatCount(count)})`]),
      ]}
    />
  );
}
