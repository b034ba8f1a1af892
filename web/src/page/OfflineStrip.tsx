import { WifiOff } from "lucide-react";
import { useEffect, useState } from "react";

import { useConnection } from "../live/live";

const times = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

/** Since when there is no network; what is shown stays usable. */
export function OfflineStrip() {
  const isLost = useConnection() === "waiting";
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
    <p className="offline" role="status">
      <WifiOff aria-hidden />
      <span>
        {navigator.onLine ? "The service is out of reach" : "No network"} since{" "}
        <time dateTime={new Date(since).toISOString()}>{times.format(since)}</time>. You see the list of then; it is
        tried again by itself.
      </span>
    </p>
  );
}
