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
  return (
    <p className="offline beside" role="status">
      <WifiOff aria-hidden />
      <span>
        {!navigator.onLine
          ? "You have been offline"
          : connection === "silent"
            ? "The service has not responded"
            : "The service has been unreachable"}{" "}
        since <time dateTime={new Date(since).toISOString()}>{formatTime(since)}</time>. What you see may be out of
        date; the page reconnects automatically.
      </span>
    </p>
  );
}
