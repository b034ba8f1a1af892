import { useSyncExternalStore } from "react";

/**
 * Whether the service still knows the viewer. A 401 anywhere ends the session for the whole page; so does an answer to
 * somebody else, after another account has signed in in another tab.
 */
export type Session = "alive" | "expired" | "another";

let session: Session = "alive";
const listeners = new Set<() => void>();

export function setSession(value: Session): void {
  if (session === value) return;
  session = value;
  for (const listener of listeners) listener();
}

export function isSessionOver(): boolean {
  return session !== "alive";
}

export function onSessionChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useSession(): Session {
  return useSyncExternalStore(onSessionChange, () => session);
}
