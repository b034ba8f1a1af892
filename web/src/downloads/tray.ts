/** The tray of downloads: opened by `w`, by its button and by a link to a download; on wide pages it is always there. */
import { queryPart } from "../lib/address";
import { createStore, useStore } from "../lib/store";

const isOpen = createStore(queryPart("bdr") !== "");

export const useTray = () => useStore(isOpen);
export const openTray = () => isOpen.set(true);
export const closeTray = () => isOpen.set(false);
export const toggleTray = () => isOpen.set(!isOpen.get());
