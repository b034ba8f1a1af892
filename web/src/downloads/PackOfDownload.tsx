import { Archive } from "lucide-react";
import { lazy, Suspense, useState } from "react";

import { filesOfDownload } from "../api/client";
import { IconButton } from "../ui/Button";

const PackPostsDialog = lazy(() => import("../packs/PackPostsDialog"));

/** From a download's posts to a pack of the files that they were made of. */
export function PackOfDownload({ id, name }: { id: string; name: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <IconButton
        icon={Archive}
        label={`Make a pack of ${name}`}
        title="Make a pack of these"
        onClick={() => setOpen(true)}
      />
      {isOpen && (
        <Suspense fallback={null}>
          <PackPostsDialog find={() => filesOfDownload(id)} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
