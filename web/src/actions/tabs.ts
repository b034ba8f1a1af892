/** What one tab has changed, the artist's other tabs show too. */
import * as v from "valibot";

import { config, moderates } from "../api/config";
import { changeCachedPosts, refetchPosts } from "../api/posts";
import { applyChange, type Change, type Step } from "./changes";

const StepMessage = v.object({ change: v.object({ kind: v.string() }), ids: v.array(v.number()) });
// A moderator's tabs and the artist's are about the same posts; whose hiding it was is in what the service says.
const channel =
  typeof BroadcastChannel === "function"
    ? new BroadcastChannel(`pmd.posts.${config.viewer.sqid}.${config.subject.sqid}`)
    : null;

export function broadcastStep(step: Step): void {
  channel?.postMessage(step);
}

export function listenToOtherTabs(): void {
  channel?.addEventListener("message", (event: MessageEvent<unknown>) => {
    const told = v.safeParse(StepMessage, event.data);
    if (!told.success) return;
    const change = told.output.change as Change;
    if (change.kind === "restore") void refetchPosts();
    else changeCachedPosts(new Set(told.output.ids), (post) => applyChange(change, post, moderates));
  });
}
