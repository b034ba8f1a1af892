import { RotateCcw } from "lucide-react";
import { type ReactNode, Suspense } from "react";

import { isOutdated } from "../lib/retryImport";
import { useStore } from "../lib/store";
import { Button } from "./Button";
import { Dialog, DialogFooter } from "./Dialog";
import { useDelayed } from "./useDelayed";

/** Most chunks load faster than this; a message that flashes cannot be read. */
const LATE_MS = 1000;
const SLOW = "This is still loading. It appears as soon as the connection allows.";
const OUTDATED =
  "The service was updated after you opened this page. Reload the page to continue; nothing you saved is lost.";

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

const useText = () => (useStore(isOutdated) ? OUTDATED : SLOW);

function LoadingDialog({ onClose }: { onClose: () => void }) {
  const text = useText();
  if (!useDelayed(true, LATE_MS)) return null;
  return (
    <Dialog title="Loading…" onClose={onClose}>
      <p>{text}</p>
      <DialogFooter icon={RotateCcw} onConfirm={reloadPage} onClose={onClose}>
        Reload the page
      </DialogFooter>
    </Dialog>
  );
}

function LoadingPage() {
  const text = useText();
  if (!useDelayed(true, LATE_MS)) return <div aria-busy />;
  return (
    <div className="empty" role="status">
      <p>{text}</p>
      <Button look="primary" icon={RotateCcw} onClick={reloadPage}>
        Reload the page
      </Button>
    </div>
  );
}

export function reloadPage(): void {
  location.reload();
}
