/** The typed client of the PMD service's API. */
export { newIdempotencyKey, PMDClient, type ClientOptions, type RequestOptions } from "./client.ts";
export { type Fault, PMDError, problemDetail, type Sentences } from "./errors.ts";
export type { ServerEvent } from "./events.ts";
export type { components, paths } from "./schema.ts";
export type { Answer, Item, ListPath, Options, PathOf, Schema, StreamEvent } from "./types.ts";
