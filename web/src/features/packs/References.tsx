import { Plural, Trans } from "@lingui/react/macro";
import { Unlink } from "lucide-react";

import { PageLink } from "../../ui/OpenLink";
import type { PackCheck } from "./schema";

/** What is missing of one file is listed up to here; more is listed when it is asked for. */
const FEW = 3;

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
        <Missing of={missing.slice(0, FEW)} />
        {missing.length > FEW && (
          <details>
            <summary>
              <Trans>{missing.length - FEW} more</Trans>
            </summary>
            <Missing of={missing.slice(FEW)} />
          </details>
        )}
      </span>
    </li>
  ));
}

function Missing({ of }: { of: PackCheck["references"][number]["missing"] }) {
  return of.map(({ path, message: reason }) => (
    <span key={path} className="muted pack-named">
      <code>{path}</code> {reason}
    </span>
  ));
}
