/** Calls of the API: typed by its OpenAPI document, retried where that is safe, with one class of errors. */
import { ENGLISH, errorOf, PMDError, type Sentences } from "./errors.ts";
import { type Place, readEvents } from "./events.ts";
import type { Answer, Arguments, Item, ListPath, Options, PathOf, StreamEvent, Verb } from "./types.ts";

export interface ClientOptions {
  /** The service's address; empty: the page's own. */
  baseUrl?: string;
  /** An access key (`pmd_…`) or a session's token. */
  token?: string | undefined;
  /** Sent with every request. */
  headers?: Record<string, string>;
  /** Added to every request's query. */
  query?: Record<string, string>;
  /** How often a request is sent again after a passing fault: GET, PUT, DELETE, and what has an idempotency key. */
  retries?: number;
  fetch?: typeof fetch;
  /** In another language. */
  sentences?: Sentences;
  /** Told of every answer, whatever its status. */
  onResponse?: (response: Response) => void;
}

export interface RequestOptions {
  query?: Record<string, unknown>;
  /** JSON, or what `fetch` sends as it is: `FormData`, `URLSearchParams`, `Blob`, bytes. */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  idempotencyKey?: string;
  /** Told of this answer, whatever its status: its `ETag` is what `If-Match` wants. */
  onResponse?: (response: Response) => void;
}

// No call waits longer than that for another attempt.
const MAX_WAIT_MS = 60_000;
const FIRST_WAIT_MS = 500;
const ABORTED = ["AbortError", "TimeoutError"];
const SENT_AS_THEY_ARE = [FormData, URLSearchParams, Blob];
const REPEATABLE = ["GET", "HEAD", "PUT", "DELETE"];

/** A key for one request, also where it is sent again. `crypto.randomUUID` would need https. */
export function newIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4))).join("-");
}

export class PMDClient {
  readonly #options: ClientOptions;
  readonly #retries: number;
  readonly #sentences: Sentences;

  constructor(options: ClientOptions = {}) {
    this.#options = options;
    this.#retries = options.retries ?? 3;
    this.#sentences = options.sentences ?? ENGLISH;
  }

  get<P extends PathOf<"get">>(path: P, ...[options]: Arguments<Options<"get", P>>): Promise<Answer<"get", P>> {
    return this.#call("get", path, options);
  }

  post<P extends PathOf<"post">>(
    path: P,
    ...given: Arguments<Options<"post", NoInfer<P>>>
  ): Promise<Answer<"post", P>> {
    return this.#call("post", path, (given as readonly unknown[])[0]);
  }

  put<P extends PathOf<"put">>(path: P, ...[options]: Arguments<Options<"put", P>>): Promise<Answer<"put", P>> {
    return this.#call("put", path, options);
  }

  patch<P extends PathOf<"patch">>(path: P, ...[options]: Arguments<Options<"patch", P>>): Promise<Answer<"patch", P>> {
    return this.#call("patch", path, options);
  }

  delete<P extends PathOf<"delete">>(
    path: P,
    ...[options]: Arguments<Options<"delete", P>>
  ): Promise<Answer<"delete", P>> {
    return this.#call("delete", path, options);
  }

  /** A successful answer whose body is read by the caller: archives, files, CSV. */
  bytes<P extends PathOf<"get">>(path: P, ...[options]: Arguments<Options<"get", P>>): Promise<Response> {
    return this.send("GET", filled(path, options), options);
  }

  /** All items of a list, page by page. */
  async *items<P extends ListPath>(path: P, ...[options]: Arguments<Options<"get", P>>): AsyncGenerator<Item<P>> {
    const { query, ...others } = (options ?? {}) as RequestOptions;
    let cursor: string | null = null;
    do {
      const asked: RequestOptions = { ...others, query: { ...query, ...(cursor !== null && { cursor }) } };
      const page = (await this.json("GET", filled(path, options), asked)) as {
        items: Item<P>[];
        next_cursor: string | null;
        has_more?: boolean;
      };
      yield* page.items;
      cursor = page.has_more === false ? null : page.next_cursor; // the changes have a cursor at their end, too
    } while (cursor !== null);
  }

  /** What happens, live. Reconnects by itself until `signal` aborts; throws where the service refuses (401, 403). */
  async *events(options: { query?: Record<string, string>; signal?: AbortSignal } = {}): AsyncGenerator<StreamEvent> {
    const { query = {}, signal } = options;
    const place: Place = { lastEventId: null, retryMs: 3000 };
    while (!signal?.aborted) {
      try {
        const headers = { ...(place.lastEventId !== null && { "Last-Event-ID": place.lastEventId }) };
        const response = await this.send("GET", "/api/pmd/sse", { query, headers, signal });
        if (response.body) yield* readEvents(response.body, place) as AsyncGenerator<StreamEvent>;
      } catch (error) {
        if (signal?.aborted) return;
        if (error instanceof PMDError && !error.isRetryable) throw error;
        if (!(error instanceof PMDError || error instanceof TypeError)) throw error; // a mistake, not the network
        if (error instanceof PMDError && error.retryAfter !== null)
          await wait(error.retryAfter * 1000, signal).catch(() => undefined);
      }
      await wait(place.retryMs, signal).catch(() => undefined);
    }
  }

  /** The answer's JSON, of any address. */
  async json(method: string, url: string, options: RequestOptions = {}): Promise<unknown> {
    const [response, body] = await this.#repeated(method, options, async () => {
      const answered = await this.#sendOnce(method, url, options);
      return [answered, answered.status === 204 ? undefined : await this.#parsed(answered, options.signal)] as const;
    });
    if (response.status === 204) return undefined;
    if (body === undefined) throw errorOf(response, undefined, this.#sentences);
    return body;
  }

  /** A successful answer, of any address. */
  send(method: string, url: string, options: RequestOptions = {}): Promise<Response> {
    return this.#repeated(method, options, () => this.#sendOnce(method, url, options));
  }

  async #repeated<T>(method: string, options: RequestOptions, attempted: () => Promise<T>): Promise<T> {
    const isRepeatable = REPEATABLE.includes(method) || options.idempotencyKey !== undefined;
    for (let attempt = 0; ; attempt++) {
      try {
        return await attempted();
      } catch (error) {
        const mayRepeat = error instanceof PMDError && error.isRetryable && isRepeatable && attempt < this.#retries;
        if (!mayRepeat) throw error;
        const backoff = FIRST_WAIT_MS * 2 ** attempt * (0.5 + Math.random() / 2);
        const pause = error.retryAfter === null ? backoff : error.retryAfter * 1000;
        if (pause > MAX_WAIT_MS) throw error; // such as the day's limit: sooner it would be refused again
        await wait(pause, options.signal);
      }
    }
  }

  async #call<V extends Verb, P extends PathOf<V>>(verb: V, path: P, options?: unknown): Promise<Answer<V, P>> {
    const body = await this.json(verb.toUpperCase(), filled(path, options), options as RequestOptions | undefined);
    return body as Answer<V, P>;
  }

  async #sendOnce(method: string, url: string, { body, signal, ...options }: RequestOptions): Promise<Response> {
    const { token, headers: always, fetch: send = fetch, onResponse } = this.#options;
    const isRaw = SENT_AS_THEY_ARE.some((each) => body instanceof each) || ArrayBuffer.isView(body);
    const headers = {
      ...always,
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...(body !== undefined && !isRaw && { "Content-Type": "application/json" }),
      ...(options.idempotencyKey !== undefined && { "Idempotency-Key": options.idempotencyKey }),
      ...options.headers,
    };
    const init: RequestInit = { method, headers, credentials: "same-origin", ...(signal && { signal }) };
    if (body !== undefined) init.body = isRaw ? (body as BodyInit) : JSON.stringify(body);
    let response: Response;
    let told: unknown;
    try {
      response = await send(this.#url(url, options.query), init);
      if (!response.ok) told = await this.#parsed(response, signal);
    } catch (error) {
      if (signal?.aborted) throw error;
      throw this.#unreachable();
    }
    onResponse?.(response);
    options.onResponse?.(response);
    if (!response.ok) throw errorOf(response, told, this.#sentences);
    return response;
  }

  /**
   * The body's JSON; undefined for a complete one that is not JSON (a proxy's error page).
   *
   * @throws PMDError where the body breaks off; the signal's reason.
   */
  async #parsed(response: Response, signal?: AbortSignal): Promise<unknown> {
    let text: string;
    try {
      text = await response.text();
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (error instanceof DOMException && ABORTED.includes(error.name)) throw error;
      throw this.#unreachable();
    }
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return undefined;
    }
  }

  #unreachable(): PMDError {
    return new PMDError(0, this.#sentences.unreachable);
  }

  #url(url: string, query: Record<string, unknown> = {}): string {
    const [path = url, own] = url.split("?");
    const parameters = new URLSearchParams(own);
    for (const [name, value] of Object.entries({ ...query, ...this.#options.query })) {
      if (Array.isArray(value)) for (const each of value) parameters.append(name, String(each));
      else if (value !== undefined && value !== null) parameters.set(name, String(value));
    }
    const text = parameters.toString();
    return (this.#options.baseUrl ?? "").replace(/\/$/, "") + (text ? `${path}?${text}` : path);
  }
}

/** `/posts/{post_id}` with its values. */
function filled(path: string, options: unknown): string {
  const { path: values = {} } = (options ?? {}) as { path?: Record<string, string | number> };
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name])));
}

/** @throws the signal's reason. */
function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}
