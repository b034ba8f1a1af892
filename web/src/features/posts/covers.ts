/** Pictures that warn of something are covered in lists until they are pressed, or always shown in this browser. */
import * as v from "valibot";

import type { Post } from "../../data/schema";
import { createStore, useStore } from "../../platform/store";
import { useStored } from "../../platform/stored";

const uncovered = createStore<ReadonlySet<number>>(new Set());

/** Show this post's picture until the page is left. */
export const uncover = (id: number) => uncovered.set(new Set([...uncovered.get(), id]));

/** Whether pictures are never covered; of this browser. */
export const useAlwaysShown = () => useStored("pmd.shows-warned", v.boolean(), false);

export function useIsCovered({ id, content_warnings: warnings }: Pick<Post, "id" | "content_warnings">): boolean {
  const [isAlwaysShown] = useAlwaysShown();
  const shown = useStore(uncovered);
  return warnings.length > 0 && !isAlwaysShown && !shown.has(id);
}
