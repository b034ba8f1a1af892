import { createStore, useStore } from "../platform/store";

/**
 * The session's state. A 401 on any request ends it for the whole page; so does a 412, after another account has signed in
 * in another tab.
 */
type Session = "alive" | "expired" | "another";

const session = createStore<Session>("alive");

export const setSession = session.set;
export const isSessionOver = () => session.get() !== "alive";
export const onSessionChange = session.subscribe;
export const useSession = () => useStore(session);
