/** Links to a pack (`packs/3`) or a download (`bdr/…`), for people without an account. */
import { newIdempotencyKey } from "@pmd/client";
import { useQuery } from "@tanstack/react-query";

import { remove, request } from "../client";
import { Link, LinkList, type LinkRequest } from "./schema";

const rootOf = (of: string) => `/api/pmd/${of}/links`;

export const createLink = (of: string, body: LinkRequest, idempotencyKey = newIdempotencyKey()) =>
  request(Link, "POST", rootOf(of), { body, idempotencyKey });
export const withdrawLink = (of: string, id: number) => remove(`${rootOf(of)}/${id}`);

export const listLinks = async (of: string, signal?: AbortSignal) =>
  (await request(LinkList, "GET", rootOf(of), { signal })).items;

export function useLinks(of: string) {
  return useQuery({
    queryKey: ["links", of],
    queryFn: ({ signal }) => listLinks(of, signal),
    staleTime: 0,
  });
}
