import { useEffect, useEffectEvent, useState } from "react";
import * as v from "valibot";

import { apiUrl, probeSession } from "../api/client";
import { Bdr, BdrRemoved } from "../api/schema";
import { setSessionExpired, useSessionExpired } from "../api/session";
import type { DownloadsEvent } from "./downloads";
import { type Connection, DownloadStream } from "./stream";

/** Follow the downloads live. A session that has ended ends the stream; a new one starts it again. */
export function usePMDSSE(onEvent: (event: DownloadsEvent) => void): Connection {
  const [connection, setConnection] = useState<Connection>("connecting");
  const isExpired = useSessionExpired();
  const tell = useEffectEvent(onEvent);

  useEffect(() => {
    if (isExpired) return;
    const stream = new DownloadStream(apiUrl("/api/pmd/bdr/sse"), {
      onConnection: setConnection,
      onOpened: () => tell({ type: "opened" }),
      onConnected: () => tell({ type: "connected" }),
      onUpdate: (data) => tell({ type: "update", bdr: v.parse(Bdr, JSON.parse(data)) }),
      onRemoved: (data) => tell({ type: "removed", id: v.parse(BdrRemoved, JSON.parse(data)).id }),
      onTimeout: () => setSessionExpired(true),
      onFailure: () => {
        tell({ type: "lost" });
        // An EventSource hides the status it was refused with. A 401 ends the session; anything else will pass.
        probeSession().catch(() => undefined);
      },
    });
    stream.start();
    return () => {
      stream.stop();
    };
  }, [isExpired]);

  return connection;
}
