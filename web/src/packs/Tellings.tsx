import { MapPin } from "lucide-react";

import { PageLink } from "../ui/OpenLink";
import type { Telling } from "./schema";

/** What files tell of their makers wherever the pack goes; the way to each is the way to looking at it or stripping it. */
export function Tellings({ tellings }: { tellings: readonly Telling[] }) {
  if (tellings.length === 0) return null;
  return (
    <div role="status">
      {tellings.map(({ code, message, asset_ids: ids }) => (
        <p key={code}>
          <MapPin aria-hidden /> {message}{" "}
          <PageLink page="library" query={{ asset: String(ids[0]) }}>
            {ids.length === 1 ? "Look at it" : "Look at the first"}
          </PageLink>
        </p>
      ))}
      <p>
        Files are packed as they are. The step “strip metadata” of the task “Improve” makes copies that tell nothing.
      </p>
    </div>
  );
}
