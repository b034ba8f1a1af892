import { FileSpreadsheet, LayoutGrid, Rows3, Trash2 } from "lucide-react";
import type { RefObject } from "react";

import { config } from "../api/config";
import { plural } from "../lib/format";
import { IconButton } from "../ui/Button";
import { SwitchGroup } from "../ui/SwitchGroup";
import { toast } from "../ui/toast";
import { ColumnsMenu } from "./ColumnsMenu";
import { saveFile, toCsv } from "./csv";
import { FilterBar } from "./FilterBar";
import { TileSlider } from "./PostGrid";
import { SavedViews } from "./SavedViews";
import type { PostsModel } from "./usePostsModel";
import { setLayout, setPostState } from "./view";

interface Props {
  list: PostsModel;
  input: RefObject<HTMLInputElement | null>;
}

const layouts = [
  ["table", "Table", Rows3],
  ["grid", "Grid", LayoutGrid],
] as const;

/** What is shown, and how. */
export function Toolbar({ list, input }: Props) {
  const { view, isTrash, told } = list;
  return (
    <div className="toolbar">
      <FilterBar list={list} input={input} />
      <div className="view-tools">
        {view.layout === "grid" && <TileSlider />}
        <SwitchGroup label="Layout" options={layouts} value={view.layout} onChange={setLayout} />
        {view.layout === "table" && <ColumnsMenu model={list.table} />}
        <SavedViews />
        <IconButton
          icon={FileSpreadsheet}
          look="edged"
          label="Save the list as CSV"
          title={`Save ${plural(told.length, "post")} as a list (CSV)`}
          disabled={told.length === 0}
          onClick={() => {
            saveFile(`posts-${config.subject.handle}.csv`, toCsv(told), "text/csv;charset=utf-8");
            toast.success(`The list of ${plural(told.length, "post")} is saved.`);
          }}
        />
        <IconButton
          icon={Trash2}
          look="edged"
          label="Trash"
          aria-pressed={isTrash}
          title={isTrash ? "Back to the posts" : "Trash: deleted posts"}
          onClick={() => setPostState(isTrash ? "active" : "deleted")}
        />
      </div>
    </div>
  );
}
