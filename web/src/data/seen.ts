/** Changes of single things that overlook nobody's change. */
import { PMDError, type RequestOptions } from "@pmd/client";
import type * as v from "valibot";

import { CHANGED, type Edit, StaleError, staleIn } from "../ui/edits";
import { request } from "./client";

/** Of changes of other fields that come between reading and writing. */
const MOST_ATTEMPTS = 3;

interface Thing<T> {
  readonly schema: v.GenericSchema<unknown, T>;
  readonly url: string;
}

/**
 * Makes the edit unless others have changed the same since it was seen. `write` gets the thing as it is now, and the
 * `If-Match` that holds for it.
 *
 * @throws StaleError
 */
export async function writeSeen<T extends object, A>(
  { schema, url }: Thing<T>,
  edit: Edit<T>,
  write: (now: T, options: Pick<RequestOptions, "headers">) => Promise<A>,
): Promise<A> {
  for (let attempt = 1; ; attempt += 1) {
    const tags: Record<string, string> = {};
    const onResponse = ({ headers }: Response) => (tags["If-Match"] = headers.get("ETag") ?? "*");
    const now = await request(schema, "GET", url, { onResponse });
    const names = staleIn(edit, now);
    if (names.length > 0) throw new StaleError(now, names);
    try {
      return await write(now, { headers: tags });
    } catch (error) {
      const isBetween = error instanceof PMDError && error.code === CHANGED && attempt < MOST_ATTEMPTS;
      if (!isBetween) throw error;
    }
  }
}

/** The same by PATCH, for a thing whose fields are those of the request. */
export const patchSeen = <T extends object>(thing: Thing<T>, edit: Edit<T>): Promise<T> =>
  writeSeen(thing, edit, (_, options) => request(thing.schema, "PATCH", thing.url, { body: edit.to, ...options }));
