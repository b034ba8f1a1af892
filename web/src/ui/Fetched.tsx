import { RotateCcw } from "lucide-react";
import { type ReactNode, Suspense } from "react";

import { Dialog, DialogFooter } from "./Dialog";
import { useLate } from "./useLate";

/** What most pieces take is not told of: a dialog that only flashes is none. */
const LATE_MS = 1000;

interface Props {
  onClose: () => void;
  children: ReactNode;
}

/** A dialog that is a piece of its own: where it does not come, without a network for instance, that is said. */
export function Fetched({ onClose, children }: Props) {
  return <Suspense fallback={<Fetching onClose={onClose} />}>{children}</Suspense>;
}

function Fetching({ onClose }: Omit<Props, "children">) {
  if (!useLate(true, LATE_MS)) return null;
  return (
    <Dialog title="One moment" onClose={onClose}>
      <p>
        This is still being fetched, and comes as soon as the network lets it through. If the service was renewed since
        you opened the page, load it again.
      </p>
      <DialogFooter icon={RotateCcw} onConfirm={() => location.reload()} onClose={onClose}>
        Load the page again
      </DialogFooter>
    </Dialog>
  );
}
