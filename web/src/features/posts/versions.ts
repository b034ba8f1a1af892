/** The API calls for the files that a post has shown. */
import { useQuery } from "@tanstack/react-query";

import { request } from "../../data/client";
import { PostVersions } from "../../data/schema";

const urlOf = (postId: number) => `/api/pmd/posts/${postId}`;

export function useVersions(postId: number) {
  return useQuery({
    queryKey: ["versions", postId],
    queryFn: ({ signal }) => request(PostVersions, "GET", `${urlOf(postId)}/versions`, { signal }),
    staleTime: 0,
  });
}

/** `reason`: a moderator's. */
export function replaceFile(postId: number, assetId: number, reason: string, key: string): Promise<PostVersions> {
  const body = { asset_id: assetId, ...(reason && { reason }) };
  return request(PostVersions, "POST", `${urlOf(postId)}/file`, { body, idempotencyKey: key });
}

export function restoreVersion(postId: number, number: number, reason: string, key: string): Promise<PostVersions> {
  const body = reason ? { reason } : {};
  const path = `${urlOf(postId)}/versions/${number}/restore`;
  return request(PostVersions, "POST", path, { body, idempotencyKey: key });
}
