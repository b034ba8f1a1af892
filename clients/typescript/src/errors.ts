/** The one error of this package. */

/** One fault of a request: where (`$.post_ids[3]`, `?limit`), and a sentence. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

interface Details {
  /** The last part of the problem's type, such as `daily-limit`, or OAuth's `error`; empty where the answer had neither. */
  code?: string;
  faults?: readonly Fault[];
  /** For support requests. */
  requestId?: string | null;
  /** Seconds until it may work; null where the service does not say. */
  retryAfter?: number | null;
}

/** A request that was refused or never arrived. `status` 0: the service could not be reached. */
export class PMDError extends Error {
  readonly status: number;
  readonly code: string;
  readonly faults: readonly Fault[];
  readonly requestId: string | null;
  readonly retryAfter: number | null;

  constructor(status: number, message: string, details: Details = {}) {
    super(message);
    this.name = "PMDError";
    this.status = status;
    this.code = details.code ?? "";
    this.faults = details.faults ?? [];
    this.requestId = details.requestId ?? null;
    this.retryAfter = details.retryAfter ?? null;
  }

  /** Whether the same request may succeed later. */
  get isRetryable(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

function isProblem(body: unknown): body is { detail: string; type?: unknown; errors?: unknown } {
  return typeof body === "object" && body !== null && "detail" in body && typeof body.detail === "string";
}

/** What the device flow answers (RFC 6749 section 5.2): `authorization_pending`, for one. */
function isOfOAuth(body: unknown): body is { error: string; error_description: string } {
  return typeof body === "object" && body !== null && "error" in body && "error_description" in body;
}

/** The `detail` of a problem document (RFC 9457); null for other bodies. */
export const problemDetail = (body: unknown): string | null => (isProblem(body) ? body.detail : null);

/** What an error says where nothing of the service has answered. */
export interface Sentences {
  unreachable: string;
  failed: string;
  refused: (status: number) => string;
}

export const ENGLISH: Sentences = {
  unreachable: "The service could not be reached.",
  failed: "The server had an internal error. Please try again.",
  refused: (status) => `The server refused the request (${String(status)}).`,
};

/** The error of an answer; `body` is its parsed JSON, undefined where it is none. */
export function errorOf(response: Response, body: unknown, { failed, refused }: Sentences): PMDError {
  const { headers } = response;
  const wait = Number.parseInt(headers.get("Retry-After") ?? "", 10);
  const answered = { requestId: headers.get("X-Request-ID"), retryAfter: Number.isNaN(wait) ? null : wait };
  // A successful answer that cannot be read is another server's, such as a proxy's.
  const status = response.ok ? 502 : response.status;
  const isFault = status >= 500 || status < 400;
  if (isOfOAuth(body)) return new PMDError(status, body.error_description, { ...answered, code: body.error });
  if (!isProblem(body)) return new PMDError(status, isFault ? failed : refused(status), answered);
  const code = typeof body.type === "string" && body.type !== "about:blank" ? body.type.replace(/^.*[/:#]/, "") : "";
  const faults = Array.isArray(body.errors) ? (body.errors as Fault[]) : [];
  return new PMDError(status, body.detail, { ...answered, code, faults });
}
