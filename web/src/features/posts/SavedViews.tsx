import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { X } from "lucide-react";
import { useState } from "react";

import { setQuery, useQuery } from "../../platform/address";
import { IconButton } from "../../ui/Button";
import { useOnce } from "../../ui/useOnce";
import { useWrite } from "../../ui/useWrite";
import { deleteView, saveView, useSavedViews } from "./savedViews";
import { queryOfSaved, SAVED } from "./view";

/** Named views: filters, sort order and layout. */
export function SavedViews() {
  const saved = useSavedViews();
  const [isBusy, write] = useWrite();
  const once = useOnce();
  const [name, setName] = useState("");
  const query = useQuery(SAVED);
  return (
    <section aria-label={t`Saved views`}>
      <ul className="saved-views" aria-label={t`Saved views`}>
        {saved.map((view) => (
          <li key={view.id}>
            <button
              type="button"
              className="menu-item"
              aria-current={view.query === query}
              onClick={() => setQuery(queryOfSaved(view.query))}
            >
              <bdi>{view.name}</bdi>
            </button>
            <IconButton
              icon={X}
              label={t`Delete the view ${view.name}`}
              onClick={() => write(() => deleteView(view.id))}
            />
          </li>
        ))}
        {saved.length === 0 && (
          <li className="muted">
            <Trans>No saved views yet.</Trans>
          </li>
        )}
      </ul>
      <form
        className="save-view"
        onSubmit={(event) => {
          event.preventDefault();
          const view = { name: name.trim(), query };
          write(() =>
            once(view, (key) => saveView(saved, view, key)).then(() => setName((now) => (now === name ? "" : now))),
          );
        }}
      >
        <input
          aria-label={t`Name for the current view`}
          placeholder={t`Save this view as…`}
          maxLength={60}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <button type="submit" className="button" disabled={name.trim() === "" || isBusy}>
          <Trans>Save</Trans>
        </button>
      </form>
    </section>
  );
}
