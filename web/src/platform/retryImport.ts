import { sleep } from "./sleep";
import { createStore } from "./store";

const RETRY_MS = 5000;

/** Whether another release has replaced this page's scripts, so that a piece may be gone for good. */
export const isOutdated = createStore(false);

/**
 * A dynamic import that retries until it succeeds, for instance when the network is back; meanwhile the page stays as it
 * is.
 */
export function retryImport<T>(piece: () => Promise<T>): () => Promise<T> {
  return () =>
    importOnce(piece).catch(async () => {
      await checkRelease();
      await sleep(RETRY_MS);
      return retryImport(piece)();
    });
}

/** A dynamic import, after the stylesheets that failed before: Vite requests each of them only once. */
export async function importOnce<T>(piece: () => Promise<T>): Promise<T> {
  await Promise.all([...failedStyles].map(reloadStyle));
  return piece();
}

const failedStyles = new Set<HTMLLinkElement>();

/** Note stylesheets that fail to load, those of index.html included: scripts run after these have loaded or failed. */
export function watchStyles(): void {
  const styles = document.querySelectorAll<HTMLLinkElement>("link[rel=stylesheet]");
  for (const link of styles) if (isEmpty(link)) failedStyles.add(link);
  const note = ({ target }: Event) => {
    if (target instanceof HTMLLinkElement && target.rel === "stylesheet") failedStyles.add(target);
  };
  document.addEventListener("error", note, true);
}

/** Chromium gives a stylesheet that failed rules that cannot be read. */
function isEmpty({ sheet }: HTMLLinkElement): boolean {
  try {
    return !sheet?.cssRules.length;
  } catch {
    return true;
  }
}

function reloadStyle(failed: HTMLLinkElement): Promise<unknown> {
  const link = failed.cloneNode() as HTMLLinkElement;
  failedStyles.delete(failed);
  return new Promise((resolve, reject) => {
    link.addEventListener("load", resolve);
    link.addEventListener("error", () => reject(new Error(`${link.href} did not load`)));
    failed.replaceWith(link);
  });
}

/** The entry script's name contains a hash of all the others: it is missing in another release. */
async function checkRelease(): Promise<void> {
  const entry = document.querySelector<HTMLScriptElement>("script[type=module]");
  if (!entry) return;
  const response = await fetch(entry.src, { method: "HEAD", cache: "no-store" }).catch(() => null);
  if (response) isOutdated.set(response.status === 404);
}
