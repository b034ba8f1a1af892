import { Archive } from "lucide-react";
import { lazy, Suspense, useState } from "react";

import { filesOfDownload } from "../api/client";
import { ApiError } from "../api/error";
import type { Packable } from "../api/schema";
import { plural } from "../lib/format";
import { toast } from "../ui/toast";

const AddToPackDialog = lazy(() => import("../packs/AddToPackDialog"));

const reasons: Record<Packable["left_out"][number]["reason"], string> = {
  no_file: "It was not made from a file of your library.",
  in_trash: "Its file is in the trash.",
};

/** From a download's posts to a pack of the files that they were made of. */
export function PackOfDownload({ id, name }: { id: string; name: string }) {
  const [found, setFound] = useState<Packable | null>(null);
  const ask = async () => {
    try {
      const files = await filesOfDownload(id);
      if (files.asset_ids.length > 0) setFound(files);
      else toast.info("None of these posts can be packed: their files are not in your library.");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toast.error(error.message);
    }
  };
  return (
    <>
      <button
        type="button"
        className="icon-button"
        aria-label={`Make a pack of ${name}`}
        title="Make a pack of these"
        onClick={() => void ask()}
      >
        <Archive aria-hidden />
      </button>
      {found && (
        <Suspense fallback={null}>
          <AddToPackDialog
            assetIds={found.asset_ids}
            note={<NotPacked posts={found.left_out} />}
            onClose={() => setFound(null)}
          />
        </Suspense>
      )}
    </>
  );
}

function NotPacked({ posts }: { posts: Packable["left_out"] }) {
  if (posts.length === 0) return null;
  return (
    <details className="missing" open={posts.length <= 5}>
      <summary>{plural(posts.length, "post is", "posts are")} left out</summary>
      <ul tabIndex={0} aria-label="Posts that are left out">
        {posts.map(({ post_id: id, title, reason }) => (
          <li key={id}>
            <bdi>{title ?? "A post that is gone"}</bdi> <span className="muted">{reasons[reason]}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
