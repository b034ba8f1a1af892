/** The downloads tray: opened by `w`, its button, or a link to a download; always visible on wide pages. */
import { closeOverlay, currentPage, go, openOverlay, queryParam, useQuery } from "../platform/address";
import { MEDIA } from "../platform/media";

/** Opened by hand, or by a linked download. */
const OPENED = ["tray", "bdr"] as const;

export const useTray = () => useQuery(OPENED) !== "";

/** From any page. A history step where it overlays the posts; on wide pages it is docked. */
export function openTray(): void {
  if (currentPage() !== "posts") go("posts");
  if (!matchMedia(MEDIA.wide).matches) openOverlay("tray", "open");
}

export const closeTray = () => closeOverlay(...OPENED);
export const toggleTray = () => (currentPage() === "posts" && OPENED.some(queryParam) ? closeTray() : openTray());
