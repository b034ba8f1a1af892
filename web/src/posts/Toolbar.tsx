import { FileSpreadsheet } from "lucide-react";
import type { RefObject } from "react";
import * as v from "valibot";

import { config } from "../api/config";
import type { Post } from "../api/schema";
import { plural } from "../lib/format";
import { useStored } from "../lib/stored";
import { SizeSlider } from "../ui/SizeSlider";
import { toast } from "../ui/toast";
import { ColumnsMenu } from "./ColumnsMenu";
import { saveFile, toCsv } from "./csv";
import { FilterBar } from "./FilterBar";
import type { PostTableModel } from "./usePostTable";
import { LayoutSwitch, SavedViews, TrashSwitch } from "./ViewMenu";
import { setFilters, type View } from "./view";

interface Props {
  view: View;
  model: PostTableModel;
  posts: Post[];
  /** What the exported list holds: the selected posts, or all that are shown. */
  exported: readonly Post[];
  total: number | null;
  isComplete: boolean;
  input: RefObject<HTMLInputElement | null>;
}

/** What is shown, and how. */
export function Toolbar({ view, model, posts, exported, total, isComplete, input }: Props) {
  return (
    <div className="toolbar">
      <FilterBar
        posts={posts}
        filters={view.filters}
        shownCount={model.rows.length}
        total={total}
        isComplete={isComplete}
        input={input}
        onChange={setFilters}
      />
      <div className="view-tools">
        {view.layout === "grid" && <TileSlider />}
        <LayoutSwitch layout={view.layout} />
        {view.layout === "table" && <ColumnsMenu model={model} />}
        <SavedViews />
        <button
          type="button"
          className="icon-button edged"
          aria-label="Save the list as CSV"
          title={`Save ${plural(exported.length, "post")} as a list (CSV)`}
          disabled={exported.length === 0}
          onClick={() => {
            saveFile(`posts-${config.subject.handle}.csv`, toCsv(exported), "text/csv;charset=utf-8");
            toast.success(`The list of ${plural(exported.length, "post")} is saved.`);
          }}
        >
          <FileSpreadsheet aria-hidden />
        </button>
        <TrashSwitch state={view.state} />
      </div>
    </div>
  );
}

const SIZES = { min: 72, max: 320, step: 8, usual: 152 };
const TileSize = v.pipe(v.number(), v.minValue(SIZES.min), v.maxValue(SIZES.max));

/** The side of a tile's picture, as this browser last had it; the same in the toolbar and in the list. */
export function useTileSize() {
  return useStored("pmd.tile-size", TileSize, SIZES.usual);
}

function TileSlider() {
  const [size, setSize] = useTileSize();
  return <SizeSlider value={size} min={SIZES.min} max={SIZES.max} step={SIZES.step} onChange={setSize} />;
}
