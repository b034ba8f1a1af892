import { plural, t } from "@lingui/core/macro";

import { formatDate } from "../../platform/format";
import { joinParts } from "../../platform/text";
import type { Link, LinkRequest } from "../../data/links/schema";

export interface Asked {
  isPublic: boolean;
  password: string;
  /** Days; null never expires. */
  days: number | null;
}

const DAY_MS = 86_400_000;

/** The request body; a public link has no password. */
export function linkRequest({ isPublic, password, days }: Asked, now: number): LinkRequest {
  return {
    is_public: isPublic,
    password: isPublic || password === "" ? null : password,
    expires_at: days === null ? null : new Date(now + days * DAY_MS).toISOString(),
  };
}

/** Whether the link still works. */
export function isOpen({ withdrawn_at: withdrawn, expires_at: end }: Link, now: number): boolean {
  return withdrawn === null && (end === null || Date.parse(end) > now);
}

/** Who has access, and until when. */
export function linkWords(link: Link): string {
  const who = link.is_public ? t`Public` : t`Anyone with the link`;
  return joinParts([
    who + (link.has_password ? t`, password` : ""),
    link.expires_at && t`until ${formatDate(link.expires_at)}`,
    t`${plural(link.view_count, { one: "# view", other: "# views" })}, ${plural(link.download_count, { one: "# download", other: "# downloads" })}`,
  ]);
}

/** Whether somebody may be guessing the password. */
export function guessWords({ wrong_password_count: count, first_wrong_password_at: since }: Link): string | null {
  return (
    since && t`${plural(count, { one: "# wrong password", other: "# wrong passwords" })} since ${formatDate(since)}`
  );
}
