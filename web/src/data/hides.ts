/** Why moderators hid posts, by post id; fetched when a listed post is hidden by a moderator. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { answerHide, listHides } from "./client";
import { queryClient, refresher } from "./queries";
import type { Hide } from "./schema";

const HIDES = ["hides"] as const;
const none: readonly Hide[] = [];

export function useHides(isWanted: boolean): ReadonlyMap<number, Hide> {
  const { data } = useQuery({
    queryKey: HIDES,
    queryFn: ({ signal }) => listHides(signal),
    enabled: isWanted,
    staleTime: 60_000,
  });
  return useMemo(() => new Map((data ?? none).map((hide) => [hide.post_id, hide])), [data]);
}

/** After a moderator has hidden or unhidden posts. */
export const refreshHides = refresher(HIDES);

export async function sendAnswer(postId: number, text: string): Promise<void> {
  const answered = await answerHide(postId, text);
  queryClient.setQueryData<Hide[]>(HIDES, (all) => all?.map((hide) => (hide.post_id === postId ? answered : hide)));
}
