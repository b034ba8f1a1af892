import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { ArrowUpDown, LayoutGrid, ListFilter, Rows3, Upload } from "lucide-react";
import type { RefObject } from "react";

import { moderates } from "../../data/config";
import { Bar, BarDivider, Tabs } from "../../ui/Bar";
import { PageLink } from "../../ui/OpenLink";
import { Popover } from "../../ui/Popover";
import { ColumnsMenu } from "./ColumnsMenu";
import { facts, sortWords } from "./facts";
import { FilterFields, visibilities } from "./FilterFields";
import { type Visibility } from "./filterValues";
import { TileSlider } from "./PostGrid";
import { PostSearch } from "./PostSearch";
import { SavedViews } from "./SavedViews";
import type { PostChoice } from "./usePostChoice";
import type { PostList } from "./usePostList";
import type { PostTableModel } from "./usePostTable";
import { setFilters, setLayout, setPostState, setSort, type Sort } from "./view";

interface Props {
  list: PostList;
  choice: PostChoice;
  table: PostTableModel;
  input: RefObject<HTMLInputElement | null>;
}

const layouts = [
  { value: "table", words: t`Table`, icon: Rows3 },
  { value: "grid", words: t`Grid`, icon: LayoutGrid },
] as const;

type Place = Visibility | "deleted";

/** The posts' toolbar. Active filters are tokens in the search field. */
export function PostsBar({ list, choice, table, input }: Props) {
  const { view, isTrash, filters, places, posts, isComplete } = list;
  const tabs = (["all", "visible", "hidden", "moderated"] as const).map((value) => ({
    value,
    words: visibilities[value],
    ...(isTrash || !isComplete ? {} : { count: places[value].length }),
    ...(value === "moderated" && places.moderated.length > 0 && { look: "bad" }),
  }));
  const open = (place: Place) => {
    if (place === "deleted") setPostState("deleted");
    else if (isTrash) setPostState("active", place);
    else setFilters({ ...filters, status: place });
  };
  return (
    <Bar title={t`Posts`} count={isComplete && !isTrash ? places.all.length : null}>
      <Tabs
        label={t`Which posts`}
        options={[...tabs, { value: "deleted", words: t`Deleted` }]}
        value={isTrash ? "deleted" : filters.status}
        onChange={open}
      />
      <PostSearch filters={filters} input={input} />
      <Popover name={t`Filters`} className="icon-button filters-button" label={<ListFilter aria-hidden />}>
        <FilterFields posts={posts} filters={filters} onChange={setFilters} />
        {!moderates && <SavedViews />}
      </Popover>
      <Popover
        name={t`Order: ${sortWords(view.sort)}`}
        className="button quiet sort-button"
        label={
          <>
            <ArrowUpDown aria-hidden /> <span className="wide-only">{sortWords(view.sort)}</span>
          </>
        }
      >
        <SortMenu sort={view.sort} />
      </Popover>
      <BarDivider />
      {view.layout === "grid" && <TileSlider />}
      <Tabs label={t`Layout`} look="" options={layouts} value={view.layout} onChange={setLayout} />
      <ColumnsMenu table={table} exported={choice.exported} />
      <PageLink
        page="uploads"
        icon={Upload}
        className={`button ${choice.selected.length > 0 ? "edged" : "primary"} upload`}
      >
        <span>
          <Trans>Upload</Trans>
        </span>
      </PageLink>
    </Bar>
  );
}

/** Sort options, for the grid as well. */
function SortMenu({ sort }: { sort: Sort }) {
  const choices = facts.flatMap(({ id, descFirst }) => [
    { id, desc: descFirst },
    ...(id === "date" || sort.id === id ? [{ id, desc: !descFirst }] : []),
  ]);
  return (
    <ul className="sort-menu" aria-label={t`Order`}>
      {choices.map((each) => (
        <li key={`${each.id} ${String(each.desc)}`}>
          <button
            type="button"
            className="menu-item"
            aria-current={each.id === sort.id && each.desc === sort.desc}
            onClick={() => setSort(each)}
          >
            {sortWords(each)}
          </button>
        </li>
      ))}
    </ul>
  );
}
