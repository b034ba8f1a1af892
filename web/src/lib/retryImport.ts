import { sleep } from "./sleep";

const RETRY_MS = 5000;

/**
 * A dynamic import that retries until it succeeds, for instance when the network is back; meanwhile the page stays as it
 * is.
 */
export function retryImport<T>(piece: () => Promise<T>): () => Promise<T> {
  return () =>
    piece().catch(async () => {
      await sleep(RETRY_MS);
      return retryImport(piece)();
    });
}
