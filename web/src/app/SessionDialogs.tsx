import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { LogIn, RotateCcw } from "lucide-react";
import { useEffect, useState } from "react";

import { probeSession } from "../data/client";
import { config } from "../data/config";
import { backoffMs } from "../data/live/stream";
import { PMDError } from "@pmd/client";
import { useSession } from "../data/session";
import { useEventListener, useTabVisible } from "../platform/useEventListener";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { FormError } from "../ui/FormError";

/** Blocks the page while the viewer is signed out or another account is signed in. */
export function SessionDialogs() {
  const session = useSession();
  // Another tab may have signed in, out, or into another account.
  const look = () => void probeSession().catch(() => undefined);
  useTabVisible(look);
  useEventListener(window, "focus", look);
  if (session === "expired") return <Expired />;
  return session === "another" ? <Another /> : null;
}

/** A window beside this one may have signed in: nothing else would tell. */
function askAgain(): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const wait = (failures: number) => {
    timer = setTimeout(() => {
      if (document.visibilityState === "visible") void probeSession().catch(() => undefined);
      wait(failures + 1);
    }, backoffMs(failures));
  };
  wait(1);
  return () => clearTimeout(timer);
}

/** After signing in in another tab this one continues as it was. */
function Expired() {
  const [error, setError] = useState<string | null>(null);
  useEffect(askAgain, []);
  const look = async () => {
    try {
      await probeSession();
    } catch (failure) {
      if (!(failure instanceof PMDError)) throw failure;
      setError(failure.status === 401 ? t`You are not signed in yet.` : failure.message);
    }
  };
  return (
    <Dialog title={t`Your session has ended`} onClose={() => void look()}>
      <p>
        <Trans>
          Sign in again at {config.site_name}, then come back to this tab. What you wrote and chose is kept, and uploads
          go on.
        </Trans>
      </p>
      {error && <FormError>{error}</FormError>}
      <footer>
        <Button onClick={() => void look()}>
          <Trans>I have signed in</Trans>
        </Button>
        <a className="button primary" href={config.sign_in_url} target="_blank" rel="noopener">
          <LogIn aria-hidden /> <Trans>Sign in at {config.site_name}</Trans>
        </a>
      </footer>
    </Dialog>
  );
}

/** Another account signed in in another tab: this page would act on its behalf. */
function Another() {
  return (
    <Dialog title={t`Another account is signed in`} onClose={() => undefined}>
      <p>
        <Trans>
          This page was opened by <strong>@{config.viewer.handle}</strong>, but this browser has since signed in to
          another account. To avoid acting under the wrong name, this page has stopped.
        </Trans>
      </p>
      <footer>
        <Button icon={RotateCcw} look="primary" onClick={() => location.reload()}>
          <Trans>Reload the page</Trans>
        </Button>
      </footer>
    </Dialog>
  );
}
