import { CircleCheck, Unlink } from "lucide-react";

import { plural } from "../../platform/format";
import { PageLink } from "../../ui/OpenLink";
import type { PackCheck } from "./schema";

/** What the pack's maps, scenes and sheets name: how much of it is in the pack, and what is not. */
export function References({ found }: { found: PackCheck["references"] }) {
  if (found.length === 0) return null;
  const broken = found.filter(({ missing }) => missing.length > 0);
  const whole = found.reduce((sum, { count }) => sum + count, 0);
  if (broken.length === 0) {
    return (
      <p className="no-conflicts" role="status">
        <CircleCheck aria-hidden /> {plural(whole, "reference resolves", "references resolve")}, in{" "}
        {plural(found.length, "file")}.
      </p>
    );
  }
  return (
    <div className="refusal" role="status">
      <ul className="conflicts" tabIndex={0} aria-label="References that are missing">
        {broken.map(({ asset_id: id, file, message, missing }) => (
          <li key={id}>
            <Unlink aria-hidden />{" "}
            <PageLink page="library" query={{ asset: id }}>
              <bdi>{file}</bdi>
            </PageLink>{" "}
            {message}
            <ul>
              {missing.map(({ path, message: reason }) => (
                <li key={path}>
                  <code>{path}</code> {reason}
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </div>
  );
}
