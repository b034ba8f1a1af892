/** The tray of downloads: opened by `w`, by its button and by a link to a download; on wide pages it is always there. */
import { closeOverlay, openOverlay, queryParam, useQueryParam } from "../lib/address";

const TRAY = "tray";
/** The download that a link leads to, by its id. */
const LINKED = "bdr";

export function useTray(): boolean {
  const [tray] = useQueryParam(TRAY);
  const [linked] = useQueryParam(LINKED);
  return tray !== "" || linked !== "";
}

/** A step of “back” where it lies over the posts, and none where it stands beside them. */
export function openTray(): void {
  if (!matchMedia("(min-width: 1800px)").matches) openOverlay(TRAY, "open");
}

export const closeTray = () => closeOverlay(TRAY, LINKED);
export const toggleTray = () => (queryParam(TRAY) || queryParam(LINKED) ? closeTray() : openTray());
