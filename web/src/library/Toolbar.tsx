import { Grid2x2, List, ListFilter } from "lucide-react";
import { useRef } from "react";

import { useLicenses } from "../api/queries";
import { setQuery } from "../lib/address";
import { formatAtLeast, formatCount } from "../lib/format";
import { useActs } from "../ui/acts";
import { Button } from "../ui/Button";
import { type Option, SelectField, TextField } from "../ui/Field";
import { Popover } from "../ui/Popover";
import { SearchBox } from "../ui/SearchBox";
import { SizeSlider } from "../ui/SizeSlider";
import { SwitchGroup } from "../ui/SwitchGroup";
import { countFilters, type Filters, noFilters, queryOf } from "./filters";
import { SIZES } from "./layout";
import type { AssetPage, Facet, Facets, State } from "./schema";
import { stateNames, STATES } from "./states";
import { provenanceNames, typeNames } from "./words";

export type Look = "grid" | "list";
const looks = [
  ["grid", "Grid", Grid2x2],
  ["list", "List", List],
] as const;

interface Props {
  filters: Filters;
  facets: Facets | null;
  /** The list's first page, which says how many files there are, and whether that is all. */
  first: AssetPage | null;
  look: Look;
  size: number;
  onLook: (look: Look) => void;
  onSize: (size: number) => void;
}

/** Where in the library one is, what is looked for, and how it is shown. All of it but the size is in the address. */
export function Toolbar({ filters, facets, first, look, size, onLook, onSize }: Props) {
  const search = useRef<HTMLInputElement>(null);
  const change = (part: Partial<Filters>) => setQuery(queryOf({ ...filters, ...part }));
  useActs([{ name: "search", run: () => search.current?.select() }]);
  const counts = new Map(facets?.state.map(({ value, count }) => [value, count]));
  /** Null: of all that is not in the trash. */
  const countOf = (state: State | null): number =>
    state === null
      ? STATES.filter((each) => each !== "trash").reduce((sum, each) => sum + countOf(each), 0)
      : (counts.get(state) ?? 0);
  const chosen = countFilters({ ...filters, q: "" });
  return (
    <div className="library-bar">
      <div className="segmented tabs" role="group" aria-label="Where in the library">
        {([null, ...STATES] as const).map((state) => (
          <button
            key={state ?? "all"}
            type="button"
            aria-pressed={filters.state === state}
            onClick={() => change({ state })}
          >
            {state ? stateNames[state] : "All"}
            {facets && <span className="count">{formatCount(countOf(state))}</span>}
          </button>
        ))}
      </div>
      <SearchBox
        ref={search}
        aria-label="Search the library"
        maxLength={100}
        placeholder="Name, theme, #tag"
        value={filters.q}
        onChange={(q) => change({ q })}
      />
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
      <span className="library-total numbers muted" role="status">
        {first === null ? "…" : totalOf(first)}
      </span>
      <SwitchGroup label="Show as" options={looks} value={look} onChange={onLook} />
      {look === "grid" && (
        <SizeSlider value={size} min={SIZES.smallest} max={SIZES.largest} step={16} onChange={onSize} />
      )}
    </div>
  );
}

/** "1 file", "10,000+ files", "250+ files so far". */
function totalOf({ total_count: total, total_is_exact: isExact, so_far: isSoFar }: AssetPage): string {
  const files = `${formatAtLeast(total, isExact)} ${total === 1 && isExact ? "file" : "files"}`;
  return isSoFar ? `${files} so far` : files;
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
      <Choice label="Theme" value={filters.theme} facets={facets?.theme} onChange={(theme) => onChange({ theme })} />
      <Choice
        label="Who made it"
        value={filters.provenance}
        facets={facets?.provenance}
        names={provenanceNames}
        onChange={(provenance) => onChange({ provenance })}
      />
      <SelectField
        label="Licence"
        value={filters.license}
        options={[["", "Any"], ...licenses.map(({ identifier }): Option => [identifier, identifier])]}
        onChange={(license) => onChange({ license })}
      />
      <TextField
        label="Hashtag"
        maxLength={64}
        value={filters.hashtag}
        onChange={(text) => onChange({ hashtag: text.replace(/^#/, "").trim() })}
      />
      {filters.upload && <Button onClick={() => onChange({ upload: "" })}>Not only of one upload</Button>}
      <Button onClick={() => onChange({ ...noFilters, state: filters.state })}>Clear all</Button>
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
  const values = facets.flatMap(({ value, count, is_exact }) => (value ? [{ value, count, is_exact }] : []));
  // What is chosen stays choosable, also where nothing fits any more.
  if (chosen && !values.some(({ value }) => value === chosen)) values.push({ value: chosen, count: 0, is_exact: true });
  return (
    <SelectField
      {...field}
      options={[
        ["", "Any"],
        ...values.map(({ value, count, is_exact }): Option => {
          return [value, `${names[value] ?? value} (${formatAtLeast(count, is_exact)})`];
        }),
      ]}
    />
  );
}
