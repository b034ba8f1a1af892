/**
 * What a click in it may close, since it lies over the page, or hide: a list, behind what it opens; a button, with the
 * state that it is for.
 */
const CLOSED = "dialog, [popover], button, .toast, [role=listbox]";
const EVENTS = ["mousedown", "click", "dblclick"] as const;

/**
 * The second click of a double click is not for what lies under a dialog or a notice that the first one has closed: a
 * list would select the row there, or open it. Nor is it for a viewer that the first one has opened, whose title would
 * lose the focus; nor for what is in the place of a button that its click has removed. Until the returned function is
 * called.
 */
export function ignoreSecondClicks(): () => void {
  let clicked: Element | null = null;
  const check = (event: MouseEvent) => {
    if (event.detail < 2) {
      if (event.type === "mousedown") clicked = event.target instanceof Element ? event.target.closest(CLOSED) : null;
    } else if (clicked && !clicked.checkVisibility()) {
      event.preventDefault();
      event.stopPropagation();
    }
  };
  for (const each of EVENTS) document.addEventListener(each, check, true);
  return () => {
    for (const each of EVENTS) document.removeEventListener(each, check, true);
  };
}
