import { plural, t } from "@lingui/core/macro";

import type { AssetsChanged } from "../../data/assets/schema";

/** The drafts that a change keeps from being published: their posts would fail at their time, unseen. */
export class DraftCounts {
  private drafts = 0;
  private scheduled = 0;

  add({ draft_count: drafts, scheduled_draft_count: scheduled }: AssetsChanged): void {
    this.drafts += drafts;
    this.scheduled += scheduled;
  }

  warning(): string[] {
    if (this.drafts === 0) return [];
    const drafts = plural(this.drafts, {
      one: "# draft cannot be published now",
      other: "# drafts cannot be published now",
    });
    return [this.scheduled === 0 ? `${drafts}.` : t`${drafts} (${this.scheduled} scheduled).`];
  }
}
