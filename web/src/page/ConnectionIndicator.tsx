import type { Connection } from "../downloads/stream";

const texts: Record<Connection, string> = { live: "Live", connecting: "Connecting…", waiting: "Reconnecting…" };
const explanations: Record<Connection, string> = {
  live: "Downloads are shown as they are, this second.",
  connecting: "Connecting to the service.",
  waiting: "The connection is lost. It is tried again until it is back.",
};

export function ConnectionIndicator({ connection }: { connection: Connection }) {
  return (
    <span className="connection" role="status" data-connection={connection} title={explanations[connection]}>
      <span className="connection-dot" aria-hidden />
      {texts[connection]}
    </span>
  );
}
