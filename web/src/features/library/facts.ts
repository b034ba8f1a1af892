/** Metadata found in a file (`facts` of its newest report), and how the file was made. */
import { t } from "@lingui/core/macro";
import * as v from "valibot";

import { formatCount } from "../../platform/format";
import { joinParts } from "../../platform/text";
import type { AssetDetails } from "../../data/assets/schema";

const text = v.optional(v.nullable(v.string()), null);
const Facts = v.object({
  rights: v.optional(v.object({ author: text, copyright: text, license: text }), {}),
  camera: text,
  lens: text,
  taken_at: text,
  software: text,
  codec: text,
  colours: v.optional(v.nullable(v.number()), null),
  ai_marks: v.optional(v.array(v.string()), []),
});

/** Labelled for display; missing values are left out. */
export function embeddedFacts(facts: Record<string, unknown>): [string, string | null][] {
  const read = v.safeParse(Facts, facts);
  if (!read.success) return [];
  const { rights, camera, lens, taken_at: taken, software, codec, colours, ai_marks: ai } = read.output;
  return [
    [t`Colours`, colours === null ? null : formatCount(colours)],
    [t`Codec`, codec],
    [t`Taken`, taken],
    [t`Camera`, camera],
    [t`Lens`, lens],
    [t`Made with`, software],
    [t`Embedded author`, rights.author],
    [t`Embedded copyright`, rights.copyright],
    [t`Embedded licence`, rights.license],
    [t`AI`, ai.length > 0 ? ai.join(", ") : null],
  ];
}

/** The generator named in the file's own metadata, then later tasks, one per line. */
export function howMade({
  generation: by,
  steps,
}: Pick<AssetDetails, "generation" | "steps">): [string, string | null][] {
  return [
    [t`Prompt`, by?.prompt ?? null],
    [t`Negative prompt`, by?.negative_prompt ?? null],
    [t`Model`, by?.model ?? null],
    [t`Seed`, by?.seed ?? null],
    [t`Settings`, by ? chosen(by.settings) : null],
    [
      t`Tasks`,
      steps
        .map(({ task, params, version }) =>
          joinParts([joinParts([task.replaceAll("_", " "), chosen(params)], ": "), version]),
        )
        .join("\n"),
    ],
  ];
}

function chosen(settings: Record<string, unknown>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(", ");
}
