import { Plural, Trans } from "@lingui/react/macro";
import { Unlink } from "lucide-react";

import { PageLink } from "../../ui/OpenLink";
import type { PackCheck } from "./schema";

/** What the pack's maps, scenes and sheets name: how much of it is in the pack, and what is not. */
export function References({ found }: { found: PackCheck["references"] }) {
  if (found.length === 0) return null;
  const broken = found.filter(({ missing }) => missing.length > 0);
  const whole = found.reduce((sum, { count }) => sum + count, 0);
  if (broken.length === 0) {
    return (
      <li>
        <span className="state-mark" data-state="approved" aria-hidden />{" "}
        <span>
          <Trans>
            <Plural value={whole} one="# reference resolves" other="# references resolve" />, in{" "}
            <Plural value={found.length} one="# file" other="# files" />.
          </Trans>
        </span>
      </li>
    );
  }
  return broken.map(({ asset_id: id, file, message, missing }) => (
    <li key={id} className="wait">
      <Unlink aria-hidden />
      <span>
        <PageLink page="library" query={{ asset: id }}>
          <bdi>{file}</bdi>
        </PageLink>{" "}
        {message}
        {missing.map(({ path, message: reason }) => (
          <span key={path} className="muted pack-named">
            <code>{path}</code> {reason}
          </span>
        ))}
      </span>
    </li>
  ));
}
