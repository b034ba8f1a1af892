import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { RotateCcw } from "lucide-react";
import { type ReactNode, Suspense } from "react";

import { isOutdated } from "../platform/retryImport";
import { useStore } from "../platform/store";
import { Boundary } from "./Boundary";
import { Button } from "./Button";
import { Dialog, DialogFooter } from "./Dialog";
import { useDelayed } from "./useDelayed";

/** Most chunks load faster than this; a message that flashes cannot be read. */
const LATE_MS = 1000;
const SLOW = t`This is still loading. It appears as soon as the connection allows.`;
const OUTDATED = t`The service was updated after you opened this page. Reload the page to continue; nothing you saved is lost.`;

interface Props {
  onClose: () => void;
  children: ReactNode;
}

/** Around each dialog: says so where its chunk does not load, for instance offline, and where it cannot be drawn. */
export function LazyDialog({ onClose, children }: Props) {
  const broken = (retry: () => void) => (
    <BrokenDialog
      onClose={() => {
        onClose();
        retry();
      }}
    />
  );
  return (
    <Boundary fallback={broken}>
      <Suspense fallback={<LoadingDialog onClose={onClose} />}>{children}</Suspense>
    </Boundary>
  );
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
    <Dialog title={t`Loading…`} onClose={onClose}>
      <p>{text}</p>
      <DialogFooter icon={RotateCcw} onConfirm={reloadPage} onClose={onClose}>
        <Trans>Reload the page</Trans>
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
        <Trans>Reload the page</Trans>
      </Button>
    </div>
  );
}

const BROKEN = t`Something went wrong while showing this. Nothing you saved is lost.`;

function BrokenDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={t`This cannot be shown`} onClose={onClose}>
      <p role="alert">{BROKEN}</p>
      <DialogFooter icon={RotateCcw} cancel={t`Close`} onConfirm={reloadPage} onClose={onClose}>
        <Trans>Reload the page</Trans>
      </DialogFooter>
    </Dialog>
  );
}

/** Instead of a page, or of what covers it. */
export function BrokenPage({ onClose }: { onClose?: () => void }) {
  return (
    <div className="empty" role="alert">
      <p>{BROKEN}</p>
      {onClose && (
        <Button onClick={onClose}>
          <Trans>Close</Trans>
        </Button>
      )}
      <Button look="primary" icon={RotateCcw} onClick={reloadPage}>
        <Trans>Reload the page</Trans>
      </Button>
    </div>
  );
}

function reloadPage(): void {
  location.reload();
}
