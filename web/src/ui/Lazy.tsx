import { RotateCcw } from "lucide-react";
import { type ReactNode, Suspense } from "react";

import { Button } from "./Button";
import { Dialog, DialogFooter } from "./Dialog";
import { useDelayed } from "./useDelayed";

/** Most chunks load faster than this; a message that flashes cannot be read. */
const LATE_MS = 1000;
const STILL = "This is still loading. It appears as soon as the connection allows.";
const RENEWED = "If the service was updated since you opened the page, reload it.";

interface Props {
  onClose: () => void;
  children: ReactNode;
}

/** Suspense for a code-split dialog: says so where its chunk does not load, for instance offline. */
export function LazyDialog({ onClose, children }: Props) {
  return <Suspense fallback={<LoadingDialog onClose={onClose} />}>{children}</Suspense>;
}

/** The same for a page. */
export function LazyPage({ children }: { children: ReactNode }) {
  return <Suspense fallback={<LoadingPage />}>{children}</Suspense>;
}

function LoadingDialog({ onClose }: { onClose: () => void }) {
  if (!useDelayed(true, LATE_MS)) return null;
  return (
    <Dialog title="Loading…" onClose={onClose}>
      <p>
        {STILL} {RENEWED}
      </p>
      <DialogFooter icon={RotateCcw} onConfirm={reloadPage} onClose={onClose}>
        Reload the page
      </DialogFooter>
    </Dialog>
  );
}

function LoadingPage() {
  if (!useDelayed(true, LATE_MS)) return <div aria-busy />;
  return (
    <div className="empty" role="status">
      <p>
        {STILL} {RENEWED}
      </p>
      <Button look="primary" icon={RotateCcw} onClick={reloadPage}>
        Reload the page
      </Button>
    </div>
  );
}

export function reloadPage(): void {
  location.reload();
}
