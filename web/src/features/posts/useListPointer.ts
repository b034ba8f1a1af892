import type { MouseEvent } from "react";

import { noFilters } from "./filterValues";
import { uncover } from "./covers";
import type { PostModels } from "./models";
import { openPost, setFilters } from "./view";
import { MEDIA } from "../../platform/media";

/** Click and context menu handlers shared by table and grid. */
export function useListPointer(models: PostModels) {
  const { list, choice, changes } = models;
  const idAt = (event: MouseEvent) =>
    Number((event.target as HTMLElement).closest<HTMLElement>("[data-id]")?.dataset["id"] ?? 0);
  const onClick = (event: MouseEvent) => {
    const target = event.target as HTMLElement;
    const id = idAt(event);
    if (!id) return;
    if (target.closest("[data-cover]")) {
      uncover(id);
      return;
    }
    const tag = target.closest<HTMLElement>("[data-tag]")?.dataset["tag"];
    const button = target.closest<HTMLElement>("[data-menu], [data-answer]");
    const isPlain = !event.shiftKey && !event.ctrlKey && !event.metaKey;
    if (tag && isPlain) setFilters({ ...noFilters, ...list.filters, tag });
    else if (button?.matches("[data-answer]")) changes.setQuestion({ about: "answer", posts: postsOf(models, id) });
    else if (button) {
      const { left, bottom } = button.getBoundingClientRect();
      choice.openMenuFor(id, { x: left, y: bottom });
    } else if (isPlain && opens(models, target)) openPost(id);
    else choice.pick(id, event.shiftKey);
  };
  const onContextMenu = (event: MouseEvent) => {
    const id = idAt(event);
    if (!id || event.shiftKey) return;
    event.preventDefault();
    choice.openMenuFor(id, { x: event.clientX, y: event.clientY });
  };
  return { idAt, onClick, onContextMenu };
}

/** Thumbnails open; in the grid and on touch screens everything but the checkbox does, until something is selected. */
function opens({ list, choice }: PostModels, target: HTMLElement): boolean {
  if (target.closest('[data-cell="thumbnail"]')) return true;
  const isTouched = matchMedia(MEDIA.upright).matches && matchMedia("(pointer: coarse)").matches;
  if (list.view.layout === "table" && !isTouched) return false;
  return !target.closest("[data-handle]") && !(isTouched && choice.selection.ids.size > 0);
}

function postsOf({ list }: PostModels, id: number) {
  const post = list.byId.get(id);
  return post ? [post] : [];
}
