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
