import { plural, t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { CalendarDays, Copy, LayoutList, Plus } from "lucide-react";

import { config, moderates } from "../../data/config";
import { purposes } from "../../data/purposes";
import { go, pageHref } from "../../platform/address";
import { Button } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { OpenLink } from "../../ui/OpenLink";
import { copyText } from "../../ui/toast";
import { useDelayed } from "../../ui/useDelayed";
import { readersDay } from "./days";
import type { Draft } from "./schema";
import type { Tab } from "./useDrafts";

const nothings: Readonly<Record<Tab, { title: string; hint: string }>> = {
  drafts: { title: t`No drafts.`, hint: t`${purposes.publish} Add files from your library.` },
  scheduled: {
    title: t`Nothing is scheduled.`,
    hint: t`Drafts that are ready go to the rule’s free days, or to a day of your own.`,
  },
  published: { title: t`Nothing was published today.`, hint: t`What goes out today stands here, with its reactions.` },
};

/** Why the tab is empty, and what fills it. */
export function Nothing({ tab, isLoading, onAdd }: { tab: Tab; isLoading: boolean; onAdd: () => void }) {
  const isLate = useDelayed(isLoading, 150);
  if (isLoading) return isLate ? <div className="desk-loading" role="status" aria-label={t`Loading…`} /> : null;
  return (
    <Empty icon={CalendarDays} {...nothings[tab]}>
      {tab === "drafts" && !moderates && (
        <Button look="primary" icon={Plus} onClick={onAdd}>
          <Trans>Add files</Trans>
        </Button>
      )}
    </Empty>
  );
}

/** What can be done with what went out today. */
export function PublishedFoot({ rows, since }: { rows: readonly Draft[]; since: string }) {
  const from = readersDay(since); // the days of Posts are the reader's
  const links = rows.flatMap(({ post }) => (post ? [`${config.site_url}/p/${post.public_sqid}`] : []));
  return (
    <div className="desk-published">
      <p className="muted">
        <Trans>Open a post to change it, its picture too.</Trans>
      </p>
      <div className="buttons">
        <Button
          icon={Copy}
          onClick={() =>
            void copyText(links.join("\n"), t`${plural(links.length, { one: "# link", other: "# links" })} copied.`)
          }
        >
          <Trans>
            Copy <Plural value={links.length} one="# link" other="# links" />
          </Trans>
        </Button>
        <OpenLink className="button quiet" href={pageHref("posts", { from })} onOpen={() => go("posts", { from })}>
          <LayoutList aria-hidden /> <Trans>Show them in Posts</Trans>
        </OpenLink>
      </div>
    </div>
  );
}
