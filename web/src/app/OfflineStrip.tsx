import { Trans } from "@lingui/react/macro";
import { WifiOff } from "lucide-react";
import { useEffect, useState } from "react";

import { formatTime } from "../platform/format";
import { useConnection } from "../data/live/live";

/** Shown from the loss of the connection until it is back; the page stays usable. */
export function OfflineStrip() {
  const connection = useConnection();
  const [since, setSince] = useState<number | null>(null);
  useEffect(() => {
    const isLost = connection === "waiting" || connection === "silent";
    const look = () =>
      setSince((now) => {
        if (!navigator.onLine || isLost) return now ?? Date.now();
        // Each attempt to connect would take the strip away, and move what is below it.
        return connection === "live" ? null : now;
      });
    look();
    window.addEventListener("online", look);
    window.addEventListener("offline", look);
    return () => {
      window.removeEventListener("online", look);
      window.removeEventListener("offline", look);
    };
  }, [connection]);
  if (since === null) return null;
  const time = <time dateTime={new Date(since).toISOString()}>{formatTime(since)}</time>;
  return (
    <p className="offline beside" role="status">
      <WifiOff aria-hidden />
      <span>
        {!navigator.onLine ? (
          <Trans>You have been offline since {time}.</Trans>
        ) : connection === "silent" ? (
          <Trans>The service has not responded since {time}.</Trans>
        ) : (
          <Trans>The service has been unreachable since {time}.</Trans>
        )}{" "}
        <Trans>What you see may be out of date; the page reconnects automatically.</Trans>
      </span>
    </p>
  );
}
