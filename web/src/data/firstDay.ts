import * as v from "valibot";

import { config, moderates } from "./config";
import { usePosts } from "./posts";
import { useStored } from "../platform/stored";

/** Whether the first steps are hidden, in this browser. */
export const useFirstDayHidden = () => useStored(`pmd.first-day.${config.subject.sqid}`, v.boolean(), false);

/**
 * Whether the first steps take the place of the list of posts; null while that is unknown. They do not where all posts
 * have been deleted: the list is where these are restored.
 */
export function useFirstDay(): boolean | null {
  const [isHidden] = useFirstDayHidden();
  const { posts, isComplete } = usePosts("active");
  const isPossible = isComplete && posts.length === 0 && !isHidden && !moderates;
  const trash = usePosts("deleted", isPossible);
  if (!isPossible || trash.failure) return false;
  return trash.isComplete ? trash.posts.length === 0 : null;
}
