import { LogIn } from "lucide-react";
import { useEffect, useState } from "react";

import { probeSession } from "../api/client";
import { ApiError } from "../api/error";
import { config } from "../api/config";
import { plural } from "../lib/format";
import { Dialog } from "../ui/Dialog";

/** The session has ended: sign in in another tab, come back, and everything is as it was. */
export function SessionExpired({ selectedCount }: { selectedCount: number }) {
  const [error, setError] = useState<string | null>(null);

  const look = async () => {
    try {
      await probeSession();
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      setError(failure.status === 401 ? "You are not signed in yet." : failure.message);
    }
  };
  useEffect(() => {
    const onVisible = () => {
      if (document.visibilityState === "visible") probeSession().catch(() => undefined);
    };
    document.addEventListener("visibilitychange", onVisible);
    return () => {
      document.removeEventListener("visibilitychange", onVisible);
    };
  }, []);

  return (
    <Dialog title="Your session has ended" onClose={() => void look()}>
      <p>
        Sign in again at {config.site_name}, then come back to this tab.{" "}
        {selectedCount > 0 && <strong>{plural(selectedCount, "selected post")} will still be selected.</strong>}
      </p>
      {error && (
        <p className="refusal" role="alert">
          {error}
        </p>
      )}
      <footer>
        <button type="button" className="button" onClick={() => void look()}>
          I have signed in
        </button>
        <a className="button primary" href={config.site_url} target="_blank" rel="noopener">
          <LogIn aria-hidden /> Sign in at {config.site_name}
        </a>
      </footer>
    </Dialog>
  );
}
