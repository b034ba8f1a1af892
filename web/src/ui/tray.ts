/** The downloads tray: opened by `w`, its button, or a link to a download; always visible on wide pages. */
import { closeOverlay, openOverlay, queryParam, useQueryParam } from "../platform/address";
import { em } from "../platform/textSize";

const TRAY = "tray";
/** The id of a linked download. */
const LINKED = "bdr";

export function useTray(): boolean {
  const [tray] = useQueryParam(TRAY);
  const [linked] = useQueryParam(LINKED);
  return tray !== "" || linked !== "";
}

/** A history step where it overlays the posts; on wide pages it is docked. */
export function openTray(): void {
  if (!matchMedia(`(min-width: ${em(1800)})`).matches) openOverlay(TRAY, "open");
}

export const closeTray = () => closeOverlay(TRAY, LINKED);
export const toggleTray = () => (queryParam(TRAY) || queryParam(LINKED) ? closeTray() : openTray());
