/** Where in the list the file is that was last opened from it: kept in this tab, so that a reload leads there again. */
import * as v from "valibot";

import { readStored, writeStored } from "../../platform/stored";

const KEY = "pmd.library.place";
const Place = v.object({ id: v.number(), place: v.number() });

export const rememberPlace = (id: number, place: number) => writeStored(sessionStorage, KEY, { id, place });

/** Null where another file, or none, was opened last. */
export function rememberedPlace(id: number): number | null {
  const last = readStored(sessionStorage, KEY, Place);
  return last?.id === id && last.place >= 0 ? last.place : null;
}
