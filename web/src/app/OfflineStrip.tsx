import { Trans } from "@lingui/react/macro";
import { WifiOff } from "lucide-react";
import { useEffect, useState } from "react";

import { formatTime } from "../platform/format";
import { useConnection } from "../data/live/live";

/** Shown while offline; the page stays usable. */
export function OfflineStrip() {
  const connection = useConnection();
  const isLost = connection === "waiting" || connection === "silent";
  const [since, setSince] = useState<number | null>(null);
  useEffect(() => {
    const look = () => setSince((now) => (navigator.onLine && !isLost ? null : (now ?? Date.now())));
    look();
    window.addEventListener("online", look);
    window.addEventListener("offline", look);
    return () => {
      window.removeEventListener("online", look);
      window.removeEventListener("offline", look);
    };
  }, [isLost]);
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
