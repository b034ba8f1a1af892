/** What a file says of itself, as looking at it has found out (`facts` of its newest report). */
import * as v from "valibot";

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

/** By names, for people; none of what it does not say. */
export function told(facts: Record<string, unknown>): [string, string | null][] {
  const read = v.safeParse(Facts, facts);
  if (!read.success) return [];
  const { rights, camera, lens, taken_at: taken, software, codec, colours, ai_marks: ai } = read.output;
  return [
    ["Colours", colours === null ? null : String(colours)],
    ["Codec", codec],
    ["Taken", taken],
    ["Camera", camera],
    ["Lens", lens],
    ["Made with", software],
    ["Author in it", rights.author],
    ["Copyright in it", rights.copyright],
    ["Licence in it", rights.license],
    ["AI", ai.length > 0 ? ai.join(", ") : null],
  ];
}
