import { createStore, useStore } from "../lib/store";

/**
 * Whether the service still knows the viewer. A 401 anywhere ends the session for the whole page; so does an answer to
 * somebody else, after another account has signed in in another tab.
 */
type Session = "alive" | "expired" | "another";

const session = createStore<Session>("alive");

export const setSession = session.set;
export const isSessionOver = () => session.get() !== "alive";
export const onSessionChange = session.subscribe;
export const useSession = () => useStore(session);
