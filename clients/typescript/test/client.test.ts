import { expect, it, vi } from "vitest";

import { PMDClient, PMDError } from "../src/index.ts";
import { readEvents, type ServerEvent } from "../src/events.ts";

type Fetched = Parameters<typeof fetch>;

/** A client whose requests get these answers, in order; an error is a lost connection. */
function clientOf(...answers: (Response | Error)[]) {
  const send = vi.fn((..._request: Fetched) => {
    const answer = answers.shift() ?? new Error("no more answers");
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  });
  const urlOf = (call: number) => send.mock.calls[call]?.[0];
  return { pmd: new PMDClient({ baseUrl: "https://pmd.test/", token: "pmd_key", fetch: send }), send, urlOf };
}

const json = (body: unknown, init: ResponseInit = {}) => new Response(JSON.stringify(body), init);
const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => null,
    (error: unknown) => error as PMDError,
  );

it("fills in the path, the query and the key", async () => {
  const { pmd, send, urlOf } = clientOf(json({ id: 3 }), json({ items: [], next_cursor: null }));
  await pmd.get("/api/pmd/bulk-changes/{change_id}", { path: { change_id: 3 } });
  await pmd.get("/api/pmd/posts", { query: { q: "sea & sky" } });
  expect([urlOf(0), urlOf(1)]).toEqual([
    "https://pmd.test/api/pmd/bulk-changes/3",
    "https://pmd.test/api/pmd/posts?q=sea+%26+sky",
  ]);
  expect(send.mock.calls[0]?.[1]?.headers).toMatchObject({ Authorization: "Bearer pmd_key" });
});

it("reads lists to their end", async () => {
  const { pmd, urlOf } = clientOf(json({ items: [1, 2], next_cursor: "b" }), json({ items: [3], next_cursor: null }));
  const items: unknown[] = [];
  for await (const item of pmd.items("/api/pmd/bulk-changes", { query: { limit: 2 } })) items.push(item);
  expect(items).toEqual([1, 2, 3]);
  expect(urlOf(1)).toBe("https://pmd.test/api/pmd/bulk-changes?limit=2&cursor=b");
});

it("ends the changes where there are no more", async () => {
  const { pmd } = clientOf(
    json({ items: [1], next_cursor: "b", has_more: true }),
    json({ items: [2], next_cursor: "c", has_more: false }),
  );
  const items: unknown[] = [];
  for await (const item of pmd.items("/api/pmd/changes")) items.push(item);
  expect(items).toEqual([1, 2]);
});

it("takes nothing for a list that has no items or no cursor", () => {
  const { pmd } = clientOf();
  // @ts-expect-error groups
  pmd.items("/api/pmd/assets/alike");
  // @ts-expect-error all at once
  pmd.items("/api/license");
});

it("tells one class of errors, of problems, of proxies and of the network", async () => {
  const problem = { type: "/problems/daily-limit", title: "Too many", status: 429, detail: "Enough for today." };
  const headers = { "Retry-After": "7", "X-Request-ID": "r1" };
  const none = new PMDClient({ retries: 0, fetch: clientOf(json(problem, { status: 429, headers })).send });
  const refused = await failureOf(none.get("/api/pmd/me"));
  expect(refused).toBeInstanceOf(PMDError);
  expect(refused).toMatchObject({
    ...{ status: 429, code: "daily-limit", message: "Enough for today.", retryAfter: 7, requestId: "r1" },
    isRetryable: true,
  });
  const proxy = new PMDClient({ retries: 0, fetch: clientOf(new Response("<html>")).send });
  expect(await failureOf(proxy.get("/api/pmd/me"))).toMatchObject({ status: 502, code: "" });
  const sentences = {
    unreachable: "Nicht erreichbar.",
    failed: "Fehler.",
    refused: (status: number) => `Nein: ${status}`,
  };
  const answers = clientOf(new TypeError("offline"), ...[500, 413].map((status) => new Response("", { status })));
  const german = new PMDClient({ retries: 0, fetch: answers.send, sentences });
  expect(await failureOf(german.get("/api/pmd/me"))).toMatchObject({ status: 0, message: "Nicht erreichbar." });
  expect(await failureOf(german.get("/api/pmd/me"))).toMatchObject({ status: 500, message: "Fehler." });
  expect(await failureOf(german.get("/api/pmd/me"))).toMatchObject({ status: 413, message: "Nein: 413" });
});

it("calls retryable what may pass by itself, and nothing else", () => {
  const isRetryable = (status: number) => new PMDError(status, "").isRetryable;
  expect([0, 429, 500, 502, 503, 507, 599].filter(isRetryable)).toEqual([0, 429, 500, 502, 503, 507, 599]);
  expect([200, 400, 401, 404, 409, 410, 428, 430, 499].filter(isRetryable)).toEqual([]);
});

it("sends again what is safe, and a POST only with its key", async () => {
  vi.useFakeTimers();
  const lost = new TypeError("connection lost");
  const { pmd, send } = clientOf(lost, json({}, { status: 503 }), json({ handle: "artist" }));
  const told = pmd.get("/api/pmd/me");
  await vi.runAllTimersAsync();
  expect(await told).toEqual({ handle: "artist" });
  expect(send).toHaveBeenCalledTimes(3);

  const late = clientOf(json({}, { status: 503, headers: { "Retry-After": "7" } }), json({ handle: "artist" }));
  const waited = late.pmd.get("/api/pmd/me");
  await vi.advanceTimersByTimeAsync(6999);
  expect(late.send).toHaveBeenCalledTimes(1);
  await vi.runAllTimersAsync();
  expect(await waited).toEqual({ handle: "artist" });

  const body = { action: "hide", filter: {} } as const;
  const unsafe = clientOf(lost, json({ id: 1 }));
  expect(await failureOf(unsafe.pmd.post("/api/pmd/bulk-changes", { body }))).toMatchObject({ status: 0 });
  const safe = clientOf(lost, json({ id: 1 }));
  const done = safe.pmd.post("/api/pmd/bulk-changes", { body, idempotencyKey: "k1" });
  await vi.runAllTimersAsync();
  expect(await done).toEqual({ id: 1 });
  expect(safe.send.mock.calls.map(([, init]) => (init?.headers as Record<string, string>)["Idempotency-Key"])).toEqual([
    "k1",
    "k1",
  ]);
  vi.useRealTimers();
});

it("sends again what breaks off in the middle of its answer", async () => {
  vi.useFakeTimers();
  const broken = () => new Response(new ReadableStream({ start: (body) => body.error(new TypeError("terminated")) }));
  const { pmd, send } = clientOf(broken(), broken(), json({ handle: "artist" }));
  const read = pmd.get("/api/pmd/me");
  await vi.runAllTimersAsync();
  expect(await read).toEqual({ handle: "artist" });
  expect(send).toHaveBeenCalledTimes(3);
  const unsafe = clientOf(broken(), json({ id: 1 }));
  const body = { action: "hide", filter: {} } as const;
  expect(await failureOf(unsafe.pmd.post("/api/pmd/bulk-changes", { body }))).toMatchObject({ status: 0 });
  vi.useRealTimers();
});

it("does not ask again before it may, nor waits for more than a minute", async () => {
  vi.useFakeTimers();
  const problem = { type: "/problems/daily-limit", title: "Too many", status: 429, detail: "Enough for today." };
  const { pmd, send } = clientOf(json(problem, { status: 429, headers: { "Retry-After": "72717" } }));
  const body = { post_ids: [1] };
  const refused = failureOf(pmd.post("/api/pmd/bdr", { body, idempotencyKey: "k" }));
  await vi.advanceTimersByTimeAsync(0);
  expect(send).toHaveBeenCalledTimes(1);
  await vi.runAllTimersAsync();
  expect(await refused).toMatchObject({ code: "daily-limit", retryAfter: 72717 });
  expect(send).toHaveBeenCalledTimes(1);
  vi.useRealTimers();
});

it("a stream that is refused for now is asked for again when it may be", async () => {
  vi.useFakeTimers();
  const abort = new AbortController();
  const busy = () => json({ detail: "Later." }, { status: 429, headers: { "Retry-After": "120" } });
  const { pmd, send } = clientOf(busy(), busy());
  const reading = pmd.events({ signal: abort.signal }).next();
  await vi.advanceTimersByTimeAsync(119_000);
  expect(send).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(send).toHaveBeenCalledTimes(2);
  abort.abort();
  await vi.runAllTimersAsync();
  expect(await reading).toMatchObject({ done: true });
  vi.useRealTimers();
});

it("a call that takes too long ends with its signal's reason, in the middle of a body, too", async () => {
  const late = new DOMException("It took too long.", "TimeoutError");
  const broken = new ReadableStream({ start: (controller) => controller.error(late) });
  const { pmd, send } = clientOf(new Response(broken));
  const failure = await failureOf(pmd.get("/api/pmd/me", { signal: AbortSignal.timeout(60_000) }));
  expect(failure).toBe(late);
  expect(send).toHaveBeenCalledTimes(1);
});

it("a call that is given up ends with the caller's reason, in the middle of a body, too", async () => {
  const abort = new AbortController();
  const enough = new Error("enough");
  const answer = new Response(
    new ReadableStream({
      pull: (body) => {
        abort.abort(enough);
        body.error(enough);
      },
    }),
  );
  const { pmd, send } = clientOf(answer);
  expect(await failureOf(pmd.get("/api/pmd/me", { signal: abort.signal }))).toBe(enough);
  expect(send).toHaveBeenCalledTimes(1);
});

it("an aborted request is no error of the service", async () => {
  const abort = new AbortController();
  const send = () => {
    abort.abort();
    return Promise.reject(abort.signal.reason as Error);
  };
  const failure = await failureOf(new PMDClient({ fetch: send }).get("/api/pmd/me", { signal: abort.signal }));
  expect(failure?.name).toBe("AbortError");
});

it("reads events wherever the stream is cut", async () => {
  const text =
    'retry: 50\n\nid: 7\nevent: bdr_update\ndata: {"a":\ndata: "é"}\n\n: ping\n\nevent: connected\r\ndata: {}\r\n\r\n';
  const bytes = new TextEncoder().encode(text);
  for (const size of [1, 2, 5, bytes.length]) {
    const place = { lastEventId: null, retryMs: 3000 };
    const events: ServerEvent[] = [];
    for await (const event of readEvents(new Blob([bytes]).stream().pipeThrough(cut(size)), place)) events.push(event);
    expect(events).toEqual([
      { event: "bdr_update", data: { a: "é" }, id: "7" },
      { event: "connected", data: {}, id: "7" },
    ]);
    expect(place).toEqual({ lastEventId: "7", retryMs: 50 });
  }
});

function cut(size: number) {
  return new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, controller) {
      for (let at = 0; at < piece.length; at += size) controller.enqueue(piece.slice(at, at + size));
    },
  });
}

it.each([
  ["an id without data counts", "id: 8\n\ndata: 1\n\n", [1], "8", 3000],
  ["an empty id is none", "id\ndata: 1\n\n", [1], null, 3000],
  ["an id with NUL does not count", "id: 8\0\ndata: 1\n\n", [1], "7", 3000],
  ["what is cut off does not count", "id: 8\ndata: 1\n", [], "7", 3000],
  ["a byte order mark", "\ufeffdata: 1\n\n", [1], "7", 3000],
  ["lines end with CR", "id: 8\rdata: 1\r\r: ping\r", [1], "8", 3000],
  ["other separators are data", 'data: "\u2028\u0085"\n\n', ["\u2028\u0085"], "7", 3000],
  ["a time that no timer can wait for", `retry: ${"9".repeat(400)}\n\n`, [], "7", 3000],
])("reads a stream as browsers do: %s", async (_, text, data, lastEventId, retryMs) => {
  const bytes = new TextEncoder().encode(text);
  for (const size of [1, 2, bytes.length]) {
    const place = { lastEventId: "7", retryMs: 3000 };
    const found: unknown[] = [];
    const body = new Blob([bytes]).stream().pipeThrough(cut(size));
    for await (const event of readEvents(body, place)) found.push(event.data);
    expect([found, place]).toEqual([data, { lastEventId, retryMs }]);
  }
});

it("takes a form, and shows the answer's ETag", async () => {
  const { pmd, send } = clientOf(json({ id: "u" }), json({ id: 1 }, { headers: { ETag: '"a.b"' } }));
  await pmd.post("/api/pmd/uploads/form", { body: new FormData() });
  let etag: string | null = null;
  const onResponse = ({ headers }: Response) => (etag = headers.get("ETag"));
  await pmd.get("/api/pmd/smart-folders/{folder_id}", { path: { folder_id: 1 }, onResponse });
  expect([send.mock.calls[0]?.[1]?.body instanceof FormData, etag]).toEqual([true, '"a.b"']);
});

it("gets a key by the device flow: a form, and what is said until it is approved", async () => {
  const pending = { error: "authorization_pending", error_description: "Nobody has approved it yet." };
  const { pmd, send } = clientOf(json(pending, { status: 400 }));
  const body = new URLSearchParams({ device_code: "d" });
  const refused = await failureOf(pmd.post("/api/pmd/device/token", { body }));
  expect(send.mock.calls[0]?.[1]?.body).toBe(body);
  expect(send.mock.calls[0]?.[1]?.headers).not.toHaveProperty("Content-Type"); // fetch sets it
  expect(refused).toMatchObject({ code: "authorization_pending", message: "Nobody has approved it yet." });
});

it("knows the data of an event by its name", async () => {
  const { pmd } = clientOf(
    new Response('retry: 1\nevent: pack_removed\nid: 3\ndata: {"id":3}\n\n'),
    json({}, { status: 401 }),
  );
  const removed: number[] = [];
  const ended = (async () => {
    for await (const event of pmd.events()) if (event.event === "pack_removed") removed.push(event.data.id);
  })();
  expect([(await failureOf(ended))?.status, removed]).toEqual([401, [3]]);
});
