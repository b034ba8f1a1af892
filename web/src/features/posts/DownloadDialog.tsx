import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";

import { CircleAlert, Download } from "lucide-react";
import { useMemo, useState } from "react";

import { type DownloadOptions, requestDownload } from "../../data/client";
import { config, moderates } from "../../data/config";
import { refreshDownloads } from "../../data/queries";
import type { Post } from "../../data/schema";
import { noteRequested } from "../../data/downloads";
import type { Allowance } from "../../data/useDownloads";
import { serverNow } from "../../platform/clock";
import { formatBytes, formatCount, formatDuration } from "../../platform/format";
import { Button } from "../../ui/Button";
import { Facts } from "../../ui/Facts";
import { TextField, CheckboxGroup } from "../../ui/Field";
import { FormError } from "../../ui/FormError";
import { toast } from "../../ui/toast";
import { useIfShown } from "../../ui/useIfShown";
import { useOnce } from "../../ui/useOnce";
import { estimateArchive } from "./estimate";
import { PostsDialog } from "./PostsDialog";

interface Props {
  posts: readonly Post[];
  allowance: Allowance | null;
  onKeep: (posts: readonly Post[]) => void;
  onClose: () => void;
  onRequested: () => void;
}

const options: Record<Exclude<keyof DownloadOptions, "name">, string> = {
  include_comments: t`Comments, as comments.json`,
  include_reactions: t`Reactions, as reactions.json`,
  send_email: moderates ? t`E-mail the artist when it is ready` : t`E-mail me when it is ready`,
};

/** Requests a download; shows its contents, estimated size and the remaining allowance. */
export function DownloadDialog({ posts, allowance, onKeep, onClose, onRequested }: Props) {
  const [chosen, setChosen] = useState({ include_comments: false, include_reactions: false, send_email: false });
  const [name, setName] = useState("");
  const once = useOnce();
  const ifShown = useIfShown();
  const estimate = useMemo(() => estimateArchive(posts), [posts]);
  const tooMany = posts.length > config.max_posts;
  const usedUp = allowance?.left === 0;

  const ask = async () => {
    const ids = posts.map((post) => post.id);
    const asked = { ...chosen, name: name.trim() || null };
    try {
      const { id, message } = await once({ ids, ...asked }, (key) => requestDownload(ids, asked, key));
      if (noteRequested(id)) toast.success(message);
      ifShown(onRequested);
    } finally {
      refreshDownloads();
    }
  };

  return (
    <PostsDialog
      title={t`Download ${plural(posts.length, { one: "# artwork", other: "# artworks" })}`}
      posts={posts}
      icon={Download}
      confirm={t`Request download`}
      busy={t`Requesting…`}
      isDisabled={tooMany || usedUp}
      onSubmit={ask}
      onClose={onClose}
    >
      <Facts
        facts={[
          [
            t`Estimated size`,
            <Trans>
              about {formatBytes(estimate.bytes)}
              {estimate.unknown > 0 && (
                <span className="muted">
                  {" "}
                  <Trans>and {formatCount(estimate.unknown)} of unknown size</Trans>
                </span>
              )}
            </Trans>,
          ],
          [
            moderates ? t`Your allowance` : t`Allowance`,
            allowance &&
              t`${formatCount(allowance.left)} of ${plural(allowance.limit, { one: "# download", other: "# downloads" })} left today`,
          ],
        ]}
      />
      <TextField
        className="field"
        label={t`Name (optional)`}
        dir="auto"
        maxLength={80}
        value={name}
        onChange={setName}
      />
      <CheckboxGroup names={options} chosen={chosen} onChange={setChosen} />
      {tooMany && (
        <div className="refusal" role="alert">
          <p>
            <CircleAlert aria-hidden />{" "}
            <Trans>
              A download can hold up to {formatCount(config.max_posts)} artworks, and {formatCount(posts.length)} are
              selected. Deselect {formatCount(posts.length - config.max_posts)}, or split them over several downloads.
            </Trans>
          </p>
          <Button onClick={() => onKeep(posts.slice(0, config.max_posts))}>
            <Trans>Keep the first {formatCount(config.max_posts)}</Trans>
          </Button>
        </div>
      )}
      {usedUp && (
        <FormError>
          <Trans>
            You have used all {formatCount(allowance.limit)} downloads for today. You can request the next one in{" "}
            {formatDuration((Date.parse(allowance.resetsAt) - serverNow()) / 1000)}.
          </Trans>
        </FormError>
      )}
    </PostsDialog>
  );
}
