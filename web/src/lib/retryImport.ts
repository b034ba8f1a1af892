import { sleep } from "./sleep";

const RETRY_MS = 5000;

/**
 * A piece of the application: where it cannot be fetched just now, without a network for instance, it is asked for
 * again, and what is on the screen stays.
 */
export function retryImport<T>(piece: () => Promise<T>): () => Promise<T> {
  return () =>
    piece().catch(async () => {
      await sleep(RETRY_MS);
      return retryImport(piece)();
    });
}
