/** Builds a form from the JSON schema of a task's parameters. */
import * as v from "valibot";

import { translated } from "../../platform/texts";
import type { Value, Values } from "../../data/dialogs";

export type { Value, Values };

interface Common {
  readonly name: string;
  readonly label: string;
  readonly help: string | null;
  readonly isRequired: boolean;
}

/** A discriminated union of schemas. */
interface Shape {
  readonly tag: string;
  readonly label: string;
  readonly help: string | null;
  readonly fields: readonly Field[];
}

export type Field =
  | (Common & { readonly kind: "choice"; readonly options: readonly (string | number)[]; readonly initial: Value })
  | (Common & {
      readonly kind: "range" | "number";
      readonly min: number;
      readonly max: number;
      readonly step: number;
      readonly initial: Value;
    })
  | (Common & { readonly kind: "switch"; readonly initial: boolean })
  | (Common & { readonly kind: "text"; readonly initial: string; readonly maxLength: number })
  | (Common & {
      readonly kind: "steps";
      readonly tagName: string;
      readonly shapes: readonly Shape[];
      readonly most: number;
      readonly initial: readonly Value[];
    });

const Plain = v.looseObject({
  $ref: v.optional(v.string()),
  type: v.optional(v.union([v.string(), v.array(v.string())])),
  title: v.optional(v.string()),
  description: v.optional(v.string()),
  enum: v.optional(v.array(v.union([v.string(), v.number(), v.null()]))),
  const: v.optional(v.union([v.string(), v.number()])),
  default: v.optional(v.unknown()),
  minimum: v.optional(v.number()),
  maximum: v.optional(v.number()),
  maxLength: v.optional(v.number()),
  maxItems: v.optional(v.number()),
  required: v.optional(v.array(v.string())),
  discriminator: v.optional(v.looseObject({ propertyName: v.string() })),
});

interface Node extends v.InferOutput<typeof Plain> {
  anyOf?: Node[] | undefined;
  items?: Node | undefined;
  properties?: Record<string, Node> | undefined;
}

const Node: v.GenericSchema<unknown, Node> = v.looseObject({
  ...Plain.entries,
  anyOf: v.optional(v.lazy(() => v.array(Node))),
  items: v.optional(v.lazy(() => Node)),
  properties: v.optional(v.lazy(() => v.record(v.string(), Node))),
});
const Definitions = v.looseObject({ $defs: v.optional(v.record(v.string(), Node), {}) });

type Resolve = (node: Node) => Node;

/** The fields of a schema, with references to its definitions resolved. */
export function fieldsOf(schema: unknown): Field[] {
  const { $defs } = v.parse(Definitions, schema);
  const resolve: Resolve = (node) => {
    const name = node.$ref?.split("/").at(-1);
    const target = name === undefined ? undefined : $defs[name];
    return target ? { ...target, ...withoutRef(node) } : node;
  };
  return fieldsIn(resolve(v.parse(Node, schema)), resolve);
}

function withoutRef(node: Node): Node {
  const rest = { ...node };
  delete rest.$ref;
  return rest;
}

function fieldsIn(node: Node, resolve: Resolve, except?: string): Field[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, property]) =>
    name === except ? [] : fieldOf(name, resolve(property), node.required?.includes(name) ?? false, resolve),
  );
}

function fieldOf(name: string, property: Node, isRequired: boolean, resolve: Resolve): Field[] {
  const common = { name, label: translated(property.title ?? sentence(name)), help: helpOf(property), isRequired };
  const shown = notNull(property, resolve);
  const types = [shown.type].flat();
  const initial = property.default;
  const options = shown.enum?.filter((option) => option !== null) ?? [];
  if (options.length > 0) {
    const chosen = options.find((option) => option === initial) ?? options[0] ?? "";
    return [{ ...common, kind: "choice", options, initial: chosen }];
  }
  if (types.includes("array")) return stepsOf(common, shown, resolve);
  if (types.includes("boolean")) return [{ ...common, kind: "switch", initial: initial === true }];
  if (types.includes("integer") || types.includes("number")) {
    const { minimum: min = 0, maximum: max = 1_000_000 } = shown;
    const step = types.includes("integer") ? 1 : (max - min) / 100;
    const usual = typeof initial === "number" ? initial : isRequired ? min : null;
    // Sliders are for short ranges; long ones are typed, and what may be left out.
    const kind = max - min <= 256 && usual !== null ? "range" : "number";
    return [{ ...common, kind, min, max, step: kind === "range" ? step : 1, initial: usual }];
  }
  if (types.includes("string")) {
    const text = typeof initial === "string" ? initial : "";
    return [{ ...common, kind: "text", initial: text, maxLength: shown.maxLength ?? 200 }];
  }
  return [];
}

/** Unwraps "this or null". */
function notNull(node: Node, resolve: Resolve): Node {
  const others = node.anyOf?.map(resolve).filter(({ type }) => type !== "null");
  return others?.length === 1 && others[0] ? others[0] : node;
}

function stepsOf(common: Common, node: Node, resolve: Resolve): Field[] {
  const items = node.items ? resolve(node.items) : {};
  const tagName = items.discriminator?.propertyName;
  if (!tagName || !items.anyOf) return [];
  const shapes = items.anyOf.map(resolve).flatMap((shape): Shape[] => {
    const { const: constant, enum: only } = shape.properties?.[tagName] ?? {};
    const tag = constant ?? only?.[0];
    if (typeof tag !== "string") return [];
    const fields = fieldsIn(shape, resolve, tagName);
    return [{ tag, label: translated(sentence(tag)), help: helpOf(shape), fields }];
  });
  return [{ ...common, kind: "steps", tagName, shapes, most: node.maxItems ?? 8, initial: [] }];
}

/** The file types named at the start of a step's description: "Images: …", "Images and video." */
const NAMED: readonly (readonly [type: string, words: RegExp])[] = [
  ["image", /^[^:.]*\bimages?\b/i],
  ["audio", /^[^:.]*\bsounds?\b/i],
  ["video", /^[^:.]*\bvideo\b/i],
];

/** Whether a step applies to one of these types; one that names none applies to all. */
function isFor(shape: Shape, types: ReadonlySet<string>): boolean {
  const named = NAMED.filter(([, words]) => words.test(shape.help ?? "")).map(([type]) => type);
  return named.length === 0 || named.some((type) => types.has(type));
}

/** The same fields, with only the steps that apply to one of the files. */
export function fieldsFor(fields: readonly Field[], types: ReadonlySet<string>): Field[] {
  return fields.map((field) =>
    field.kind === "steps" ? { ...field, shapes: field.shapes.filter((shape) => isFor(shape, types)) } : field,
  );
}

export function initialValues(fields: readonly Field[]): Values {
  return Object.fromEntries(fields.map((field) => [field.name, field.initial]));
}

/** The request body; empty optional values are left out. */
export function filled(fields: readonly Field[], values: Values): Values {
  const isGiven = ({ name, isRequired }: Field) => isRequired || (values[name] !== "" && values[name] !== null);
  return Object.fromEntries(fields.filter(isGiven).map(({ name, initial }) => [name, values[name] ?? initial]));
}

/** "trim_silence" → "Trim silence" */
const helpOf = ({ description }: Node) => (description === undefined ? null : translated(description));

export function sentence(name: string): string {
  const text = name.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
