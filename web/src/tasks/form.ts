/** A form from the JSON schema of a task's parameters: the service says what can be chosen, the page only draws it. */
import * as v from "valibot";

export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };
export type Values = Record<string, Value>;

interface Common {
  readonly name: string;
  readonly label: string;
  readonly help: string | null;
  readonly isRequired: boolean;
}

export type Field =
  | (Common & { readonly kind: "choice"; readonly options: readonly (string | number)[]; readonly initial: Value })
  | (Common & {
      readonly kind: "range";
      readonly min: number;
      readonly max: number;
      readonly step: number;
      readonly initial: number;
    })
  | (Common & { readonly kind: "switch"; readonly initial: boolean })
  | (Common & { readonly kind: "text"; readonly initial: string; readonly maxLength: number });

const Property = v.looseObject({
  type: v.optional(v.union([v.string(), v.array(v.string())])),
  title: v.optional(v.string()),
  description: v.optional(v.string()),
  enum: v.optional(v.array(v.union([v.string(), v.number()]))),
  const: v.optional(v.union([v.string(), v.number()])),
  default: v.optional(v.unknown()),
  minimum: v.optional(v.number()),
  maximum: v.optional(v.number()),
  maxLength: v.optional(v.number()),
});
const Schema = v.looseObject({
  properties: v.optional(v.record(v.string(), Property), {}),
  required: v.optional(v.array(v.string()), []),
});

/** The fields that a form can draw; what is none of them (lists, objects) is drawn by whoever knows it. */
export function fieldsOf(schema: unknown): Field[] {
  const { properties, required } = v.parse(Schema, schema);
  return Object.entries(properties).flatMap(([name, property]): Field[] => {
    const common: Common = {
      name,
      label: property.title ?? sentence(name),
      help: property.description ?? null,
      isRequired: required.includes(name),
    };
    const types = [property.type].flat();
    const initial = property.default;
    if (property.enum?.length) {
      const [first] = property.enum;
      const chosen = property.enum.find((option) => option === initial) ?? first ?? "";
      return [{ ...common, kind: "choice", options: property.enum, initial: chosen }];
    }
    if (types.includes("boolean")) return [{ ...common, kind: "switch", initial: initial === true }];
    if (types.includes("integer") || types.includes("number")) {
      const { minimum: min = 0, maximum: max = 100 } = property;
      const step = types.includes("integer") ? 1 : (max - min) / 100;
      return [{ ...common, kind: "range", min, max, step, initial: typeof initial === "number" ? initial : min }];
    }
    if (types.includes("string")) {
      const text = typeof initial === "string" ? initial : "";
      return [{ ...common, kind: "text", initial: text, maxLength: property.maxLength ?? 200 }];
    }
    return [];
  });
}

export function initialValues(fields: readonly Field[]): Values {
  return Object.fromEntries(fields.map((field) => [field.name, field.initial]));
}

/** What is sent: an empty text that nobody requires is absent. */
export function filled(fields: readonly Field[], values: Values): Values {
  const isGiven = (field: Field) => field.isRequired || values[field.name] !== "";
  return Object.fromEntries(fields.filter(isGiven).map((field) => [field.name, values[field.name] ?? field.initial]));
}

/** "trim_silence" → "Trim silence" */
export function sentence(name: string): string {
  const text = name.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
