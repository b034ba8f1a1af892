/** A key of one's own for a request that may be sent twice (Idempotency-Key); works on plain http too. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4))).join("-");
}
