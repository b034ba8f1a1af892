import { Grid2x2, List, ListFilter, Search } from "lucide-react";
import { useEffect, useRef } from "react";

import { useLicenses } from "../api/queries";
import { setQuery } from "../lib/address";
import { formatCount } from "../lib/format";
import { onPageKey } from "../ui/keys";
import { Popover } from "../ui/Popover";
import { SizeSlider } from "../ui/SizeSlider";
import { countFilters, type Filters, noFilters, queryOf } from "./filters";
import { SIZES } from "./layout";
import type { Facet, Facets } from "./schema";
import { stateNames, STATES } from "./states";
import { provenanceNames, typeNames } from "./words";

export type Look = "grid" | "list";

interface Props {
  filters: Filters;
  facets: Facets | null;
  total: number | null;
  look: Look;
  size: number;
  onLook: (look: Look) => void;
  onSize: (size: number) => void;
}

/** Where in the library one is, what is looked for, and how it is shown. All of it but the size is in the address. */
export function Toolbar({ filters, facets, total, look, size, onLook, onSize }: Props) {
  const search = useRef<HTMLInputElement>(null);
  const change = (part: Partial<Filters>) => setQuery(queryOf({ ...filters, ...part }));
  useEffect(
    () =>
      onPageKey((event) => {
        if (event.key !== "/" || event.ctrlKey || event.metaKey) return false;
        search.current?.focus();
        return true;
      }),
    [],
  );
  const counts = new Map(facets?.state.map(({ value, count }) => [value, count]));
  const all = STATES.filter((state) => state !== "trash").reduce((sum, state) => sum + (counts.get(state) ?? 0), 0);
  const chosen = countFilters({ ...filters, q: "" });
  return (
    <div className="library-bar">
      <div className="tabs" role="group" aria-label="Where in the library">
        <Tab
          name="All"
          count={facets ? all : null}
          isOn={filters.state === null}
          onClick={() => change({ state: null })}
        />
        {STATES.map((state) => (
          <Tab
            key={state}
            name={stateNames[state]}
            count={facets ? (counts.get(state) ?? 0) : null}
            isOn={filters.state === state}
            onClick={() => change({ state })}
          />
        ))}
      </div>
      <label className="library-search">
        <Search aria-hidden />
        <span className="visually-hidden">Search the library</span>
        <input
          ref={search}
          type="search"
          maxLength={100}
          placeholder="Name, theme, #tag"
          value={filters.q}
          onChange={(event) => change({ q: event.target.value })}
        />
      </label>
      <Popover
        className={chosen > 0 ? "button is-set" : "button"}
        label={
          <>
            <ListFilter aria-hidden /> Filter{chosen > 0 && <span className="bubble">{chosen}</span>}
          </>
        }
      >
        <FacetForm filters={filters} facets={facets} onChange={change} />
      </Popover>
      <span className="library-total muted" role="status">
        {total === null ? "…" : `${formatCount(total)} ${total === 1 ? "file" : "files"}`}
      </span>
      <div className="segmented" role="group" aria-label="Show as">
        <button
          type="button"
          aria-pressed={look === "grid"}
          aria-label="Grid"
          title="Grid"
          onClick={() => onLook("grid")}
        >
          <Grid2x2 aria-hidden />
        </button>
        <button
          type="button"
          aria-pressed={look === "list"}
          aria-label="List"
          title="List"
          onClick={() => onLook("list")}
        >
          <List aria-hidden />
        </button>
      </div>
      {look === "grid" && (
        <SizeSlider value={size} min={SIZES.smallest} max={SIZES.largest} step={16} onChange={onSize} />
      )}
    </div>
  );
}

interface TabProps {
  name: string;
  count: number | null;
  isOn: boolean;
  onClick: () => void;
}

function Tab({ name, count, isOn, onClick }: TabProps) {
  return (
    <button type="button" aria-pressed={isOn} onClick={onClick}>
      {name}
      {count !== null && <span className="count">{formatCount(count)}</span>}
    </button>
  );
}

interface FacetFormProps {
  filters: Filters;
  facets: Facets | null;
  onChange: (part: Partial<Filters>) => void;
}

function FacetForm({ filters, facets, onChange }: FacetFormProps) {
  const licenses = useLicenses().data?.items ?? [];
  return (
    <div className="fields facets">
      <Choice
        label="Kind"
        value={filters.type}
        facets={facets?.type}
        names={typeNames}
        onChange={(type) => onChange({ type })}
      />
      <Choice
        label="Theme"
        value={filters.theme}
        facets={facets?.theme.filter(({ value }) => value !== null)}
        names={{}}
        onChange={(theme) => onChange({ theme })}
      />
      <Choice
        label="Who made it"
        value={filters.provenance}
        facets={facets?.provenance}
        names={provenanceNames}
        onChange={(provenance) => onChange({ provenance })}
      />
      <label>
        <span>Licence</span>
        <select value={filters.license} onChange={(event) => onChange({ license: event.target.value })}>
          <option value="">Any</option>
          {licenses.map(({ identifier }) => (
            <option key={identifier}>{identifier}</option>
          ))}
        </select>
      </label>
      <label>
        <span>Hashtag</span>
        <input
          type="text"
          maxLength={64}
          value={filters.hashtag}
          onChange={(event) => onChange({ hashtag: event.target.value.replace(/^#/, "").trim() })}
        />
      </label>
      {filters.upload && (
        <button type="button" className="button" onClick={() => onChange({ upload: "" })}>
          Not only of one upload
        </button>
      )}
      <button type="button" className="button" onClick={() => onChange({ ...noFilters, state: filters.state })}>
        Clear all
      </button>
    </div>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  facets: readonly Facet[] | undefined;
  names: Record<string, string>;
  onChange: (value: string) => void;
}

function Choice({ label, value, facets = [], names, onChange }: ChoiceProps) {
  const values = facets.flatMap((facet) => (facet.value ? [{ value: facet.value, count: facet.count }] : []));
  // What is chosen stays choosable, also where nothing fits any more.
  if (value && !values.some((one) => one.value === value)) values.push({ value, count: 0 });
  return (
    <label>
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">Any</option>
        {values.map((one) => (
          <option key={one.value} value={one.value}>
            {names[one.value] ?? one.value} ({formatCount(one.count)})
          </option>
        ))}
      </select>
    </label>
  );
}
