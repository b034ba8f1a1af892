/** The posts that people have reported and nobody has settled, by id; none where no moderator looks. */
import { createStore } from "../../platform/store";

export const reported = createStore<ReadonlySet<number>>(new Set());
