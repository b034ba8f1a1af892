/** Which downloads this tab has asked for: a small one is ready before the page has heard of it by any other way. */
const asked = new Set<string>();

export function noteAsked(id: string): void {
  asked.add(id);
}

/** Whether this tab waits for the end of a download; only once, so that it is told only once. */
export function takeAsked(id: string): boolean {
  return asked.delete(id);
}
