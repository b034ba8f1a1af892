import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { X } from "lucide-react";
import { useState } from "react";
import * as v from "valibot";

import { config } from "../../data/config";
import { setQuery, useQuery } from "../../platform/address";
import { useStored } from "../../platform/stored";
import { IconButton } from "../../ui/Button";
import { queryOfSaved, SAVED } from "./view";

const Saved = v.array(v.object({ name: v.string(), query: v.string() }));
const MAX_SAVED = 30;

/** Named views: filters, sort order and layout, kept in this browser. */
export function SavedViews() {
  const [saved, setSaved] = useStored(`pmd.views.${config.subject.sqid}`, Saved, []);
  const [name, setName] = useState("");
  const query = useQuery(SAVED);
  return (
    <section aria-label={t`Saved views`}>
      <ul className="saved-views" aria-label={t`Saved views`}>
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
            <IconButton
              icon={X}
              label={t`Delete the view ${view.name}`}
              onClick={() => setSaved(saved.filter((each) => each !== view))}
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
          const others = saved.filter((each) => each.name !== name.trim());
          setSaved([...others, { name: name.trim(), query }].slice(-MAX_SAVED));
          setName("");
        }}
      >
        <input
          aria-label={t`Name for the current view`}
          placeholder={t`Save this view as…`}
          maxLength={60}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <button type="submit" className="button" disabled={name.trim() === ""}>
          <Trans>Save</Trans>
        </button>
      </form>
    </section>
  );
}
