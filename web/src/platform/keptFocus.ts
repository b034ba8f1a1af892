/**
 * A button that is disabled while its request runs loses the focus: it comes back with the button, unless it went
 * elsewhere meanwhile. A row that is removed while it has the focus, by a button in it or by others, would let the focus
 * fall back to the whole document: it goes to the row beside it; where there is none, to the heading above the list, or
 * to where it came from. Of a bar for what is selected, to the list. A button that goes alone gives it to its row, and
 * one of a bar to the list. Where another page is shown instead, to its heading, once that is drawn, and drawn again
 * with what the page waited for. On a page of sections, whose buttons go with each state of what they are about, to the
 * heading of the section.
 */

/** What is a row, but no item of a list, is marked. */
const ROW = "li, [data-row]";
/** It goes with the row that it is about. */
const ABOUT = "aside";
const BAR = '[role="toolbar"]';
const LIST = '[role="listbox"], [role="grid"]';
const HEADING = "h1, h2, h3";
const SECTIONS = "[data-sections]";
const CONTROLS = "a[href], [tabindex], :is(button, input, select, textarea)";

interface Kept {
  readonly row: Element;
  /** The row, and what it is in, up to the document. */
  readonly path: readonly Element[];
  /** Of the row among those beside it. */
  readonly place: number;
  readonly from: Element | null;
}

let kept: Kept | null = null;
/** What has had the focus last; null once it was given up. */
let last: EventTarget | null = null;
/** The same, while it is disabled. */
let disabled: HTMLElement | null = null;
/** While the focus is given on, where it came from. */
let givenFrom: Element | null = null;
/** The heading that has it because its page is shown instead of another. */
let heading: HTMLElement | null = null;
/** The same, until there is a heading. */
let isAwaited = false;

/** Until the returned function is called. */
export function keepFocus(): () => void {
  const observer = new MutationObserver((records) => {
    for (const { type, target } of records) if (type === "attributes") giveBack(target);
    refocus();
  });
  observer.observe(document.body, { childList: true, subtree: true, attributeFilter: ["disabled"] });
  document.addEventListener("focusin", note);
  document.addEventListener("pointerdown", forget);
  return () => {
    observer.disconnect();
    document.removeEventListener("focusin", note);
    document.removeEventListener("pointerdown", forget);
    kept = last = disabled = heading = null;
    isAwaited = false;
  };
}

function giveBack(target: Node): void {
  if (!(target instanceof HTMLElement)) return;
  if (target.matches(":disabled")) {
    if (target === last) disabled = target;
  } else if (target === disabled) {
    disabled = null;
    if (document.activeElement === document.body) target.focus({ preventScroll: true });
  }
}

function note({ target, relatedTarget }: FocusEvent): void {
  last = target;
  isAwaited = false;
  if (target !== disabled) disabled = null;
  const row = target instanceof Element ? (target.closest(`${ROW}, ${ABOUT}, ${BAR}`) ?? inSections(target)) : null;
  if (!row) {
    kept = null;
    return;
  }
  const path: Element[] = [];
  for (let each: Element | null = row; each; each = each.parentElement) path.push(each);
  const place = [...(row.parentElement?.children ?? [])].indexOf(row);
  const isNear = kept?.row.parentElement === row.parentElement;
  const before = isNear ? kept?.from : relatedTarget;
  kept = { row, path, place, from: givenFrom ?? (before instanceof Element ? before : null) };
}

/** A press beside it: the focus was given up. */
function forget({ target }: Event): void {
  isAwaited = false;
  if (target instanceof Node && !(last instanceof Node && last.contains(target))) last = disabled = null;
  if (target instanceof Node && !kept?.row.contains(target)) kept = null;
}

/** What a bar's button is about: it may go while a dialog that the button has opened has the focus. */
export const listBeside = (element: Element | null): Element | null =>
  element?.closest(BAR)?.parentElement?.querySelector(LIST) ?? null;

/** On a page of sections, the heading of what a button was in that may go in the same way. */
export function titleAbove(element: Element | null): HTMLElement | null {
  const section = element?.closest(SECTIONS) ? element.closest("section") : null;
  const title = section?.querySelector<HTMLElement>(HEADING) ?? null;
  if (title && !title.hasAttribute("tabindex")) title.tabIndex = -1;
  return title;
}

/** Another page is shown instead of what had the focus: it goes to what had it `before` on that page, else to its heading. */
export function focusShown(before: Element | null = null): void {
  const now = document.activeElement;
  isAwaited = false;
  if (now && now !== document.body && now.checkVisibility()) return;
  heading =
    [...document.querySelectorAll<HTMLElement>(`main :is(${HEADING})`)].find((each) => each.checkVisibility()) ?? null;
  if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
  if (before && document.activeElement === before) return;
  isAwaited = heading === null;
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

function refocus(): void {
  if (isAwaited || (heading && last === heading && !heading.isConnected)) focusShown();
  if (kept === null) return;
  if (kept.row.isConnected) {
    if (last instanceof Element && !last.isConnected) focusRow(kept.row);
    return;
  }
  const { path, place, from } = kept;
  kept = null;
  if (document.activeElement !== document.body) return;
  const at = path.findIndex((each) => each.isConnected);
  const [lost, around] = [path[at - 1], path[at]];
  if (!lost || !around) return;
  const ofSections = around.closest(SECTIONS);
  // Another page, or an overlay, has the focus where it wants it.
  if (!ofSections && (lost.matches("section") || lost.querySelector("section"))) return;
  const beside = lost === path[0] && lost.matches(ROW) ? [around.children[place], around.children[place - 1]] : [];
  const box = around.closest("section, dialog, [popover]") ?? around;
  const list = lost.matches(BAR) ? around.querySelector(LIST) : null;
  const title = box.querySelector<HTMLElement>(ofSections ? `section :is(${HEADING})` : HEADING);
  if (title && !title.hasAttribute("tabindex")) title.tabIndex = -1;
  for (const each of [...beside.map(focusableIn), list, title, from, focusableIn(box)]) {
    if (!(each instanceof HTMLElement) || !each.isConnected) continue;
    givenFrom = from;
    each.focus({ preventScroll: true }); // a long list also removes rows because it is scrolled
    givenFrom = null;
    if (document.activeElement === each) return;
  }
}

/** What had the focus in it is gone. */
function focusRow(row: Element): void {
  if (document.activeElement !== document.body) return;
  const title = row.matches(ABOUT) ? row.querySelector(HEADING) : null;
  const beside = row.matches(BAR)
    ? (listBeside(row) ?? row.closest("section, dialog, main")?.querySelector(HEADING))
    : (title ?? row);
  if (!(beside instanceof HTMLElement)) return;
  if (!beside.matches(CONTROLS)) beside.tabIndex = -1;
  beside.focus({ preventScroll: true });
}

const inSections = (target: Element) => (target.closest(SECTIONS) ? target : null);

function focusableIn(node: Element | undefined): HTMLElement | null {
  if (!(node instanceof HTMLElement)) return null;
  if (node.matches(CONTROLS)) return node;
  return [...node.querySelectorAll<HTMLElement>(CONTROLS)].find((each) => !each.matches(":disabled")) ?? null;
}
