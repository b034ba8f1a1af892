import { Trans } from "@lingui/react/macro";

import { config, moderates } from "./config";

/** In a moderator's dialogs: whose posts these are. */
export function ModeratorNote() {
  if (!moderates) return null;
  return (
    <p className="moderator-note">
      <Trans>
        These are the posts of{" "}
        <strong>
          <bdi>@{config.subject.handle}</bdi>
        </strong>
        , not yours.
      </Trans>
    </p>
  );
}
