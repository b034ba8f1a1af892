/** What lies over the page, and may be closed by a click in it. */
const OVER = "dialog, [popover], .toast";
const EVENTS = ["mousedown", "click", "dblclick"] as const;

/**
 * The second click of a double click is not for what lies under a dialog or a notice that the first one has closed: a
 * list would select the row there, or open it. Until the returned function is called.
 */
export function ignoreSecondClicks(): () => void {
  let over: Element | null = null;
  const check = (event: MouseEvent) => {
    if (event.detail < 2) {
      if (event.type === "mousedown") over = event.target instanceof Element ? event.target.closest(OVER) : null;
    } else if (over && !over.checkVisibility()) {
      event.preventDefault();
      event.stopPropagation();
    }
  };
  for (const each of EVENTS) document.addEventListener(each, check, true);
  return () => {
    for (const each of EVENTS) document.removeEventListener(each, check, true);
  };
}
