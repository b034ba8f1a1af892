/** The API calls for access keys, signed-in browsers, and programs that wait to be approved. */
import { useQuery } from "@tanstack/react-query";
import * as v from "valibot";

import { allOf, apiUrl, call, remove, request } from "../../data/client";
import { queryClient, refresher } from "../../data/queries";
import { writeSeen } from "../../data/seen";
import type { Edit } from "../../ui/edits";
import {
  AccessKey,
  type Decision,
  DeviceGrant,
  type KeyChanges,
  KeyPage,
  MadeKey,
  type NewKey,
  SessionPage,
  SignedOut,
  Watermark,
  type WatermarkRequest,
} from "./schema";

const KEYS = "/api/pmd/keys";
const SESSIONS = "/api/pmd/sessions";
/** How often the last uses are read again: the event stream has none of them. */
const REFETCH_MS = 30_000;
const MAX_LISTED = 500;

const listAll =
  <Page extends { items: readonly unknown[]; next_cursor: string | null }>(
    schema: Parameters<typeof request<Page>>[0],
    path: string,
  ) =>
  ({ signal }: { signal: AbortSignal }): Promise<Page["items"][number][]> =>
    allOf((cursor) => request(schema, "GET", path, { query: { ...(cursor && { cursor }) }, signal }), MAX_LISTED);

export function useKeys() {
  return useQuery({ queryKey: [KEYS], queryFn: listAll(KeyPage, KEYS), staleTime: 0, refetchInterval: REFETCH_MS });
}

export function useSessions() {
  return useQuery({
    queryKey: [SESSIONS],
    queryFn: listAll(SessionPage, SESSIONS),
    staleTime: 0,
    refetchInterval: REFETCH_MS,
  });
}

export const refreshKeys = refresher([KEYS]);
export const refreshSessions = refresher([SESSIONS]);

export const makeKey = (body: NewKey, idempotencyKey: string) =>
  request(MadeKey, "POST", KEYS, { body, idempotencyKey });
export const changeKey = (id: number, body: KeyChanges) => request(AccessKey, "PATCH", `${KEYS}/${id}`, { body });
export const revokeKey = (id: number) => remove(`${KEYS}/${id}`);
export const endSession = (id: number) => remove(`${SESSIONS}/${id}`);
export const endOtherSessions = () => request(SignedOut, "DELETE", SESSIONS);

const WATERMARK = "/api/pmd/watermark";

export function useWatermark() {
  return useQuery({
    queryKey: [WATERMARK],
    queryFn: ({ signal }) => request(Watermark, "GET", WATERMARK, { signal }),
    staleTime: Infinity,
  });
}

/** What a watermark is drawn of is changed as one. */
export interface Drawing extends Pick<Watermark, "place" | "opacity" | "size"> {
  readonly mark: Pick<Watermark, "text" | "asset_id">;
}
export const drawingOf = ({ text, asset_id, place, opacity, size }: Watermark): Drawing => ({
  mark: { text, asset_id },
  ...{ place, opacity, size },
});
const AsDrawing = v.pipe(Watermark, v.transform(drawingOf));

export const saveWatermark = (edit: Edit<Drawing>) =>
  writeSeen({ schema: AsDrawing, url: WATERMARK }, edit, (now, options) => {
    const { mark, ...others } = { ...now, ...edit.to };
    const body: WatermarkRequest = { ...mark, ...others };
    return request(Watermark, "PUT", WATERMARK, { body, ...options });
  });
export const keepWatermark = (watermark: Watermark) => queryClient.setQueryData([WATERMARK], watermark);
/** The newest picture with it. */
export const watermarkPreview = ({ version }: Watermark) =>
  apiUrl(`${WATERMARK}/preview`, { version: String(version) });

const deviceUrl = (code: string) => `/api/pmd/device/${encodeURIComponent(code)}`;
/** The program that waits with this code; none for an empty one. */
export function useDevice(code: string) {
  return useQuery({
    queryKey: ["device", code],
    queryFn: ({ signal }) => request(DeviceGrant, "GET", deviceUrl(code), { signal }),
    enabled: code !== "",
    retry: false,
    gcTime: 0,
  });
}
export const decide = (code: string, body: Decision) => call("POST", deviceUrl(code), { body });
