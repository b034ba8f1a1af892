/** Broadcasts confirmed changes to the viewer's other tabs. */
import * as v from "valibot";

import { config, moderates } from "../config";
import { changeCachedPosts, refetchPosts } from "../posts";
import { applyChange, type Change, type Step } from "./changes";

const StepMessage = v.object({ change: v.object({ kind: v.string() }), ids: v.array(v.number()) });
// Per viewer: moderators and artists hide by different flags.
const channel =
  typeof BroadcastChannel === "function"
    ? new BroadcastChannel(`pmd.posts.${config.viewer.sqid}.${config.subject.sqid}`)
    : null;

export function broadcastStep(step: Step): void {
  channel?.postMessage(step);
}

export function listenToOtherTabs(): void {
  channel?.addEventListener("message", (event: MessageEvent<unknown>) => {
    const message = v.safeParse(StepMessage, event.data);
    if (!message.success) return;
    const change = message.output.change as Change;
    if (change.kind === "restore") void refetchPosts();
    else changeCachedPosts(new Set(message.output.ids), (post) => applyChange(change, post, moderates));
  });
}
