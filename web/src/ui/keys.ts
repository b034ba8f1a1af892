/** Keys that work anywhere on the page, unless somebody is typing or a dialog is open. */

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input:not([type=checkbox], [type=radio]), select, textarea");
}

/** Hear of keys; `handle` says whether it took one. Gives the function that ends it. */
export function onPageKey(handle: (event: KeyboardEvent) => boolean): () => void {
  const onKey = (event: KeyboardEvent) => {
    if (event.defaultPrevented || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    if (handle(event)) event.preventDefault();
  };
  document.addEventListener("keydown", onKey);
  return () => {
    document.removeEventListener("keydown", onKey);
  };
}

export function onHelpKey(open: () => void): () => void {
  return onPageKey((event) => {
    if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey) return false;
    open();
    return true;
  });
}
