import type { MouseEvent } from "react";

import { openMenu } from "../../commands/menu";
import { noFilters } from "./filterValues";
import type { PostsModel } from "./usePostsModel";
import { openPost, setFilters } from "./view";
import { em } from "../../platform/textSize";

/** Must match `table.css`: rows stay low on short screens. */
export const NARROW = `(max-width: ${em(799)}) and (min-height: ${em(521)})`;

/** Click and context menu handlers shared by table and grid. */
export function useListPointer(list: PostsModel) {
  const idAt = (event: MouseEvent) =>
    Number((event.target as HTMLElement).closest<HTMLElement>("[data-id]")?.dataset["id"] ?? 0);
  const menuFor = (id: number, at: { x: number; y: number }) => {
    // About the selection if the post is part of it, else about the post alone.
    if (!list.selection.ids.has(id)) list.clear();
    list.setActiveId(id);
    openMenu(at);
  };
  const onClick = (event: MouseEvent) => {
    const target = event.target as HTMLElement;
    const id = idAt(event);
    if (!id) return;
    const tag = target.closest<HTMLElement>("[data-tag]")?.dataset["tag"];
    const button = target.closest<HTMLElement>("[data-menu], [data-answer]");
    const isPlain = !event.shiftKey && !event.ctrlKey && !event.metaKey;
    if (tag && isPlain) setFilters({ ...noFilters, ...list.filters, hashtag: tag });
    else if (button?.matches("[data-answer]")) list.setQuestion({ about: "answer", posts: postsOf(list, id) });
    else if (button) {
      const { left, bottom } = button.getBoundingClientRect();
      menuFor(id, { x: left, y: bottom });
    } else if (isPlain && opens(list, target)) openPost(id);
    else list.pick(id, event.shiftKey);
  };
  const onContextMenu = (event: MouseEvent) => {
    const id = idAt(event);
    if (!id || event.shiftKey) return;
    event.preventDefault();
    menuFor(id, { x: event.clientX, y: event.clientY });
  };
  return { idAt, onClick, onContextMenu };
}

/** Thumbnails open; in the grid and on touch screens everything but the checkbox does, until something is selected. */
function opens(list: PostsModel, target: HTMLElement): boolean {
  if (target.closest('[data-cell="thumbnail"]')) return true;
  const isTouched = matchMedia(NARROW).matches && matchMedia("(pointer: coarse)").matches;
  if (list.view.layout === "table" && !isTouched) return false;
  return !target.closest("[data-handle]") && !(isTouched && list.selection.ids.size > 0);
}

function postsOf(list: PostsModel, id: number) {
  const post = list.byId.get(id);
  return post ? [post] : [];
}
