/** What the generated `paths` say of a call: its path's parameters, query, body and answer. */
import type { ServerEvent } from "./events.ts";
import type { components, paths } from "./schema.ts";

export type Verb = "get" | "post" | "put" | "patch" | "delete";
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

/** The paths that have this verb. */
export type PathOf<V extends Verb> = {
  [P in keyof paths]: paths[P][V] extends { responses: unknown } ? P : never;
}[keyof paths];

type Operation<V extends Verb, P extends PathOf<V>> = paths[P][V];
type Part<Op, Name extends "path" | "query"> = Op extends { parameters: Record<Name, infer T> }
  ? Record<Name, T>
  : Op extends { parameters: Partial<Record<Name, infer T>> }
    ? [T] extends [never]
      ? object
      : Partial<Record<Name, T>>
    : object;
interface Forms {
  "multipart/form-data": FormData;
  "application/x-www-form-urlencoded": URLSearchParams;
}
type Content<T> = T extends { content: infer C }
  ? { [M in keyof C]: M extends keyof Forms ? Forms[M] : C[M] }[keyof C]
  : never;
type Body<Op> = Op extends { requestBody: infer B }
  ? { body: Content<B> }
  : Op extends { requestBody?: infer B }
    ? [NonNullable<B>] extends [never]
      ? object
      : { body?: Content<NonNullable<B>> }
    : object;
type Json<R> = R extends { content: { "application/json": infer T } } ? T : undefined;

interface Sending {
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  /** Sent again after a lost answer, the call is done once. With it a POST is retried. */
  idempotencyKey?: string;
  /** Told of this answer, whatever its status: its `ETag` is what `If-Match` wants. */
  onResponse?: (response: Response) => void;
}

// By path: all parts of all paths, each with each, are more than the compiler takes.
export type Options<V extends Verb, P extends PathOf<V>> =
  P extends PathOf<V>
    ? Sending & Part<Operation<V, P>, "path"> & Part<Operation<V, P>, "query"> & Body<Operation<V, P>>
    : never;

/** The answer's JSON; undefined where it has none. */
export type Answer<V extends Verb, P extends PathOf<V>> =
  Operation<V, P> extends { responses: infer R } ? Json<R[keyof R & (200 | 201 | 202 | 204)]> : never;

/** The paths of lists that are read page by page. */
export type ListPath = {
  [P in PathOf<"get">]: Answer<"get", P> extends {
    readonly items: readonly unknown[];
    readonly next_cursor: string | null;
  }
    ? P
    : never;
}[PathOf<"get">];

/** An item of such a list. */
export type Item<P extends ListPath> = Answer<"get", P> extends { readonly items: readonly (infer T)[] } ? T : never;

/** An event of one's own things, with the type of its data. */
export type StreamEvent = Schema<"StreamEvent"> & Pick<ServerEvent, "id">;

/** Options may be left out where nothing in them is required. */
export type Arguments<T> = Partial<T> extends T ? [options?: T] : [options: T];
