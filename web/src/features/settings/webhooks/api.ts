/** The API calls for webhooks and their deliveries. */
import { useQuery } from "@tanstack/react-query";

import { remove, request } from "../../../data/client";
import { refresher } from "../../../data/queries";
import { patchSeen } from "../../../data/seen";
import { usePMDSSE } from "../../../data/live/live";
import type { Edit } from "../../../ui/edits";
import {
  Delivery,
  DeliveryPage,
  NewSecret,
  Webhook,
  type WebhookEdit,
  WebhookList,
  type WebhookRequest,
} from "./schema";

const WEBHOOKS = "/api/pmd/webhooks";
const DELIVERIES = "webhook-deliveries";
/** Without a stream, and for times that pass. */
const REFETCH_MS = 30_000;

const refreshList = refresher([WEBHOOKS]);
export const refreshWebhooks = () => {
  refreshList();
  refresher([DELIVERIES])();
};

/** All of them, kept up to date: each attempt is told by the stream. */
export function useWebhooks() {
  usePMDSSE("webhook", ({ type }, isReplayed) => {
    if (isReplayed) return;
    if (type === "update" || type === "connected") refreshWebhooks();
    // The deliveries of what is gone cannot be read.
    if (type === "removed") refreshList();
  });
  return useQuery({
    queryKey: [WEBHOOKS],
    queryFn: async ({ signal }) => (await request(WebhookList, "GET", WEBHOOKS, { signal })).items,
    staleTime: 0,
    refetchInterval: REFETCH_MS,
  });
}

export function useDeliveries(id: number) {
  return useQuery({
    queryKey: [DELIVERIES, id],
    queryFn: async ({ signal }) =>
      (await request(DeliveryPage, "GET", `${WEBHOOKS}/${id}/deliveries`, { signal })).items,
    staleTime: 0,
    refetchInterval: REFETCH_MS,
  });
}

export const addWebhook = (body: WebhookRequest, idempotencyKey: string) =>
  request(NewSecret, "POST", WEBHOOKS, { body, idempotencyKey });
export const editWebhook = (id: number, edit: Edit<Pick<Webhook, keyof WebhookEdit>>) =>
  patchSeen({ schema: Webhook, url: `${WEBHOOKS}/${id}` }, edit);
export const removeWebhook = (id: number) => remove(`${WEBHOOKS}/${id}`);
export const changeSecret = (id: number) => request(NewSecret, "POST", `${WEBHOOKS}/${id}/secret`);
export const sendTest = (id: number) => request(Delivery, "POST", `${WEBHOOKS}/${id}/test`);
export const sendAgain = (id: number, delivery: number) =>
  request(Delivery, "POST", `${WEBHOOKS}/${id}/deliveries/${delivery}/resend`);
