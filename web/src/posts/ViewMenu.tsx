import { Bookmark, LayoutGrid, Rows3, Trash2, X } from "lucide-react";
import { useState } from "react";
import * as v from "valibot";

import { config } from "../api/config";
import { setQuery, useSearch } from "../lib/address";
import { useStored } from "../lib/stored";
import { Popover } from "../ui/Popover";
import { type Layout, type PostState, queryOfSaved, savedPart, setLayout, setPostState } from "./view";

const Saved = v.array(v.object({ name: v.string(), query: v.string() }));
const MOST_SAVED = 30;

/** Views by name: what is filtered, how it is sorted and shown. They stay in this browser; their links go anywhere. */
export function SavedViews() {
  const [saved, setSaved] = useStored(`pmd.views.${config.subject.sqid}`, Saved, []);
  const [name, setName] = useState("");
  const query = savedPart(useSearch());
  return (
    <Popover name="Saved views" className="icon-button edged" label={<Bookmark aria-hidden />}>
      <ul className="saved-views" aria-label="Saved views">
        {saved.map((view) => (
          <li key={view.name}>
            <button
              type="button"
              className="menu-item"
              aria-current={view.query === query}
              onClick={() => setQuery(queryOfSaved(view.query))}
            >
              <bdi>{view.name}</bdi>
            </button>
            <button
              type="button"
              className="icon-button"
              aria-label={`Forget the view ${view.name}`}
              onClick={() => setSaved(saved.filter((each) => each !== view))}
            >
              <X aria-hidden />
            </button>
          </li>
        ))}
        {saved.length === 0 && <li className="muted">No view is saved yet.</li>}
      </ul>
      <form
        className="save-view"
        onSubmit={(event) => {
          event.preventDefault();
          const others = saved.filter((each) => each.name !== name.trim());
          setSaved([...others, { name: name.trim(), query }].slice(-MOST_SAVED));
          setName("");
        }}
      >
        <input
          aria-label="Name of the present view"
          placeholder="Save this view as…"
          maxLength={60}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <button type="submit" className="button" disabled={name.trim() === ""}>
          Save
        </button>
      </form>
    </Popover>
  );
}

const layouts: [Layout, string, typeof Rows3][] = [
  ["table", "Table", Rows3],
  ["grid", "Grid", LayoutGrid],
];

export function LayoutSwitch({ layout }: { layout: Layout }) {
  return (
    <div className="segmented" role="group" aria-label="Layout">
      {layouts.map(([value, label, Icon]) => (
        <button
          key={value}
          type="button"
          aria-pressed={layout === value}
          aria-label={label}
          title={label}
          onClick={() => setLayout(value)}
        >
          <Icon aria-hidden />
        </button>
      ))}
    </div>
  );
}

export function TrashSwitch({ state }: { state: PostState }) {
  const isTrash = state === "deleted";
  return (
    <button
      type="button"
      className="icon-button edged"
      aria-pressed={isTrash}
      aria-label="Trash"
      title={isTrash ? "Back to the posts" : "Trash: deleted posts"}
      onClick={() => setPostState(isTrash ? "active" : "deleted")}
    >
      <Trash2 aria-hidden />
    </button>
  );
}
