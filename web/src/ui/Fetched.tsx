import { RotateCcw } from "lucide-react";
import { type ReactNode, Suspense } from "react";

import { Button } from "./Button";
import { Dialog, DialogFooter } from "./Dialog";
import { useLate } from "./useLate";

/** What most pieces take is not told of: what only flashes cannot be read. */
const LATE_MS = 1000;
const STILL = "This is still loading. It appears as soon as the connection allows.";
const RENEWED = "If the service was updated since you opened the page, reload it.";

interface Props {
  onClose: () => void;
  children: ReactNode;
}

/** A dialog that is a piece of its own: where it does not come, without a network for instance, that is said. */
export function FetchedDialog({ onClose, children }: Props) {
  return <Suspense fallback={<DialogToCome onClose={onClose} />}>{children}</Suspense>;
}

/** The same for a whole page. */
export function FetchedPage({ children }: { children: ReactNode }) {
  return <Suspense fallback={<PageToCome />}>{children}</Suspense>;
}

function DialogToCome({ onClose }: { onClose: () => void }) {
  if (!useLate(true, LATE_MS)) return null;
  return (
    <Dialog title="Loading…" onClose={onClose}>
      <p>
        {STILL} {RENEWED}
      </p>
      <DialogFooter icon={RotateCcw} onConfirm={loadAgain} onClose={onClose}>
        Reload the page
      </DialogFooter>
    </Dialog>
  );
}

function PageToCome() {
  if (!useLate(true, LATE_MS)) return <div aria-busy />;
  return (
    <div className="empty" role="status">
      <p>
        {STILL} {RENEWED}
      </p>
      <Button look="primary" icon={RotateCcw} onClick={loadAgain}>
        Reload the page
      </Button>
    </div>
  );
}

export function loadAgain(): void {
  location.reload();
}
