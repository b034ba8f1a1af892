import { plural, t } from "@lingui/core/macro";
import { useEffect, useState } from "react";

import { nameOf } from "../../platform/text";
import type { Packable } from "../../data/schema";
import { SkippedList } from "../../ui/CardList";
import { toast } from "../../ui/toast";
import { reportErrors } from "../../ui/useWrite";
import AddToPackDialog from "./AddToPackDialog";

const reasons: Record<Packable["left_out"][number]["reason"], string> = {
  no_file: t`It was not made from a file in your library.`,
  in_trash: t`Its file is in the trash.`,
};

interface Props {
  /** Finds the files that the posts were made from. */
  find: () => Promise<Packable>;
  onClose: () => void;
}

/** Makes a pack of the files behind posts; posts without one are listed. */
export default function PackPostsDialog({ find, onClose }: Props) {
  const [found, setFound] = useState<Packable | null>(null);
  useEffect(() => {
    let isCurrent = true;
    const end = (say: () => void) => {
      if (!isCurrent) return;
      say();
      onClose();
    };
    void reportErrors(
      async () => {
        const files = await find();
        if (files.asset_ids.length > 0) setFound(files);
        else end(() => toast.info(t`None of these posts can be packed: their files are not in your library.`));
      },
      (message) => end(() => toast.error(message)),
    );
    return () => {
      isCurrent = false;
    };
    // Once: the request does not change while the dialog is open.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  return (
    found && (
      <AddToPackDialog assetIds={found.asset_ids} note={<NotPacked posts={found.left_out} />} onClose={onClose} />
    )
  );
}

function NotPacked({ posts }: { posts: Packable["left_out"] }) {
  if (posts.length === 0) return null;
  return (
    <SkippedList
      summary={plural(posts.length, { one: "# post is left out", other: "# posts are left out" })}
      label={t`Posts that are left out`}
      isOpen={posts.length <= 5}
      items={posts.map(({ post_id: id, title, reason }) => ({
        id,
        name: title ?? t`A deleted post`,
        reason: nameOf(reasons, reason),
      }))}
    />
  );
}
