// Written by “make types” from /api/openapi.json.
import type { Schema } from "@pmd/client";
import * as v from "valibot";

const time = v.pipe(v.string(), v.isoTimestamp());
const whole = v.pipe(v.number(), v.integer());

/** An access key, without its secret; `hint` is how it begins. Uses are written once in half a minute. */
export const AccessKey = v.object({
  id: whole,
  name: v.string(),
  hint: v.string(),
  scopes: v.array(v.string() as v.GenericSchema<unknown, "downloads:read" | "downloads:write" | "library:delete" | "library:read" | "library:write" | "packs:delete" | "packs:read" | "packs:write" | "posts:delete" | "posts:read" | "posts:write" | "uploads:read" | "uploads:write">),
  networks: v.array(v.string()),
  made_by: v.string() as v.GenericSchema<unknown, "device" | "page">,
  created_at: time,
  expires_at: v.nullable(time),
  first_used_at: v.nullable(time),
  last_used_at: v.nullable(time),
  last_used_from: v.nullable(v.string()),
  uses_today: whole,
  revoked_at: v.nullable(time),
});
export type AccessKey = v.InferOutput<typeof AccessKey>;

/** One page, newest first; `next_cursor` is null on the last one. */
export const KeyPage = v.object({
  items: v.array(AccessKey),
  next_cursor: v.nullable(v.string()),
});
export type KeyPage = v.InferOutput<typeof KeyPage>;

/** A new key and its secret, which is shown only now. */
export const MadeKey = v.object({
  key: AccessKey,
  secret: v.string(),
});
export type MadeKey = v.InferOutput<typeof MadeKey>;

/** A signed-in browser; `is_this` is the one that asks. Times are written once in half a minute. */
export const Session = v.object({
  id: whole,
  browser: v.string(),
  is_phone: v.boolean(),
  address: v.string(),
  created_at: time,
  last_used_at: time,
  expires_at: time,
  is_this: v.boolean(),
});
export type Session = v.InferOutput<typeof Session>;

/** One page, the latest sign-in first; `next_cursor` is null on the last one. */
export const SessionPage = v.object({
  items: v.array(Session),
  next_cursor: v.nullable(v.string()),
});
export type SessionPage = v.InferOutput<typeof SessionPage>;

/** A program that waits for an approval: what it calls itself, what it asks for, and from where. */
export const DeviceGrant = v.object({
  user_code: v.string(),
  name: v.string(),
  scopes: v.array(v.string() as v.GenericSchema<unknown, "downloads:read" | "downloads:write" | "library:delete" | "library:read" | "library:write" | "packs:delete" | "packs:read" | "packs:write" | "posts:delete" | "posts:read" | "posts:write" | "uploads:read" | "uploads:write">),
  address: v.string(),
  created_at: time,
  expires_at: time,
});
export type DeviceGrant = v.InferOutput<typeof DeviceGrant>;

/** How many browsers were signed out. */
export const SignedOut = v.object({
  count: whole,
});
export type SignedOut = v.InferOutput<typeof SignedOut>;

/** The watermark; `version` counts its changes, and 0 is one that was never set. */
export const Watermark = v.object({
  text: v.optional(v.nullable(v.string()), null),
  asset_id: v.optional(v.nullable(whole), null),
  place: v.optional(v.string() as v.GenericSchema<unknown, "bottom" | "bottom_left" | "bottom_right" | "middle" | "middle_left" | "middle_right" | "top" | "top_left" | "top_right">, "bottom_right"),
  opacity: v.optional(whole, 60),
  size: v.optional(whole, 40),
  version: v.optional(whole, 0),
});
export type Watermark = v.InferOutput<typeof Watermark>;

/** The body of POST /api/pmd/keys; without networks the key may be used from anywhere. */
export type NewKey = Schema<"NewKey">;

/** The body of PATCH /api/pmd/keys/{key_id}; omitted fields stay unchanged. */
export type KeyChanges = Schema<"KeyChanges">;

/** The body of POST /api/pmd/device/{user_code}; the end is the key's, and of no meaning for a denial. */
export type Decision = Schema<"Decision">;

/** A text, or a picture of the library; without either nothing is drawn. */
export type WatermarkRequest = Schema<"WatermarkRequest">;

export type Scope = NewKey["scopes"][number];
export type Place = Watermark["place"];
