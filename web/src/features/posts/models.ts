import type { PostChanges } from "./usePostChanges";
import type { PostChoice } from "./usePostChoice";
import type { PostList } from "./usePostList";

/** What is listed, what of it is chosen, and what is changed. */
export interface PostModels {
  list: PostList;
  choice: PostChoice;
  changes: PostChanges;
}
