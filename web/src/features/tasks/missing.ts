/** What a task still needs before it can start, in a sentence; the service checks the same and more. */
import { t } from "@lingui/core/macro";

import { type Field, sentence, type Values } from "./form";
import type { JobKind } from "./schema";

/** Null if nothing is missing. */
export function missingFrom(kind: JobKind, fields: readonly Field[], values: Values): string | null {
  for (const field of fields) {
    const value = values[field.name];
    if (!field.isRequired) continue;
    if (field.kind === "steps" && !(Array.isArray(value) && value.length > 0)) {
      return t`Choose what to do: pick an operation below and add it.`;
    }
    if (value === null || value === "") return t`Fill in “${field.label || sentence(field.name)}”.`;
  }
  if (kind === "palette") return missingColours(values);
  if (kind === "loop" && (values["start"] === null) !== (values["end"] === null)) {
    return t`Fill in both the start and the end of the loop, or neither to have it detected.`;
  }
  return null;
}

/** One field has several meanings here, so its schema cannot say when it is required. */
function missingColours({ method, colours, replaces }: Values): string | null {
  const isEmpty = (text: unknown) => typeof text !== "string" || text.trim() === "";
  if (method === "extract") return null;
  if (isEmpty(colours)) {
    return method === "swap"
      ? t`Fill in the new colours: a palette file’s text, or hex codes such as #1a1c2c.`
      : t`Fill in the colours to reduce to: a palette file’s text, or hex codes such as #1a1c2c.`;
  }
  return method === "swap" && isEmpty(replaces) ? t`Fill in the old colours that the new ones replace.` : null;
}
