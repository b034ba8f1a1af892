import { Archive } from "lucide-react";
import { lazy, Suspense, useState } from "react";

import { filesOfDownload } from "../api/client";
import type { Packable } from "../api/schema";
import { plural } from "../lib/format";
import { IconButton } from "../ui/Button";
import { LeftOut } from "../ui/CardList";
import { toast } from "../ui/toast";
import { orTell } from "../ui/useAsking";

const AddToPackDialog = lazy(() => import("../packs/AddToPackDialog"));

const reasons: Record<Packable["left_out"][number]["reason"], string> = {
  no_file: "It was not made from a file of your library.",
  in_trash: "Its file is in the trash.",
};

/** From a download's posts to a pack of the files that they were made of. */
export function PackOfDownload({ id, name }: { id: string; name: string }) {
  const [found, setFound] = useState<Packable | null>(null);
  const ask = async () => {
    const files = await filesOfDownload(id);
    if (files.asset_ids.length > 0) setFound(files);
    else toast.info("None of these posts can be packed: their files are not in your library.");
  };
  return (
    <>
      <IconButton
        icon={Archive}
        label={`Make a pack of ${name}`}
        title="Make a pack of these"
        onClick={() => void orTell(ask)}
      />
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
    <LeftOut
      summary={plural(posts.length, "post is left out", "posts are left out")}
      label="Posts that are left out"
      isOpen={posts.length <= 5}
      items={posts.map(({ post_id: id, title, reason }) => ({
        id,
        name: title ?? "A post that is gone",
        reason: reasons[reason],
      }))}
    />
  );
}
