import { TriangleAlert } from "lucide-react";
import { useState } from "react";

import { useMissing } from "../api/queries";
import type { Bdr } from "../api/schema";
import { plural } from "../lib/format";

/** Which artworks are not in the archive, and why; asked for when it is opened. */
export function MissingArtworks({ bdr }: { bdr: Bdr }) {
  const [isOpen, setOpen] = useState(false);
  const { data, error } = useMissing(bdr.id, isOpen);
  return (
    <details className="missing" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <TriangleAlert aria-hidden /> {plural(bdr.missing_count, "artwork is", "artworks are")} missing
      </summary>
      {error ? (
        <p className="danger-text">{error.message}</p>
      ) : data ? (
        <ul>
          {data.items.map((each) => (
            <li key={each.sqid}>
              <strong>{each.title ?? each.sqid}</strong> <span className="muted">{each.reason}</span>
            </li>
          ))}
        </ul>
      ) : (
        <p className="muted">Loading…</p>
      )}
    </details>
  );
}
