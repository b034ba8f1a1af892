import * as v from "valibot";

import { Problem } from "./schema";

/** A request that was refused or never arrived. `status` 0: the service could not be reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** For support requests. */
    readonly requestId: string | null = null,
  ) {
    super(message);
  }

  /** Whether the same request may succeed later. */
  get isRetryable(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** The `detail` of a problem document (RFC 9457); null for other bodies. */
export function problemDetail(body: unknown): string | null {
  const problem = v.safeParse(Problem, body);
  return problem.success ? problem.output.detail : null;
}
