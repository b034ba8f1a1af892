/** Server-sent events (WHATWG HTML, 9.2), read from a response's body. */

export interface ServerEvent {
  /** Such as `bdr_update`, `connected`. */
  readonly event: string;
  /** Parsed JSON. */
  readonly data: unknown;
  readonly id: string | null;
}

/** What a new connection goes on from. */
export interface Place {
  lastEventId: string | null;
  /** Milliseconds to wait before it. */
  retryMs: number;
}

/** The events of one connection; ends with it. */
export async function* readEvents(body: ReadableStream<Uint8Array>, place: Place): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  let [event, data]: [string, string[]] = ["", []];
  let id = place.lastEventId; // the place's when the event is whole
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      // A CR at the end of a piece may be half of a line's end.
      const lines = (rest + decoder.decode(value, { stream: true })).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "") {
          place.lastEventId = id; // also without data
          if (data.length > 0) {
            yield { event: event || "message", data: JSON.parse(data.join("\n")) as unknown, id };
          }
          [event, data] = ["", []];
          continue;
        }
        const [, name = "", text = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
        if (name === "event") event = text;
        else if (name === "data") data.push(text);
        else if (name === "id" && !text.includes("\0")) id = text || null;
        else if (name === "retry" && /^\d{1,9}$/.test(text)) place.retryMs = Number(text);
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
