import { durationPattern } from "../../src/schema/duration.ts";

/** The keys in a JSON Schema of the plan, with the paths by which people name them. */

export type Schema = {
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: unknown;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
};

export type KeyEntry = {
  /** Without the entries of lists: `checks.min`. */
  readonly path: string;
  /** With them: `checks[].min`. */
  readonly shown: string;
  readonly schema: Schema;
  readonly required: boolean;
  /** The default that the key around it states for this one. */
  readonly fromParent?: unknown;
  /** Which forms of the value have this key, where not all do: presets, or `query`. */
  readonly variants?: readonly string[];
};

type Place = { readonly path: string; readonly shown: string };

export function keysOf(schema: Schema, at: Place = { path: "", shown: "" }): readonly KeyEntry[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, inner]): readonly KeyEntry[] => {
    const join = (before: string) => (before === "" ? name : `${before}.${name}`);
    const place = { path: join(at.path), shown: join(at.shown) };
    const required = schema.required?.includes(name) === true;
    const fromParent = (schema.default as Record<string, unknown> | undefined)?.[name];
    const entry = { ...place, schema: inner, required, ...(fromParent === undefined ? {} : { fromParent }) };
    return [entry, ...keysOf(inner, place)];
  });
  const inList = schema.items === undefined ? [] : keysOf(schema.items, { ...at, shown: `${at.shown}[]` });
  const forms = (schema.anyOf ?? []).filter(({ properties, items }) => properties !== undefined || items !== undefined);
  const variants = forms.map((form) => ({ named: nameOf(form), keys: keysOf(form, at) }));
  return [...own, ...inList, ...merged(variants)];
}

const nameOf = ({ properties }: Schema): string => {
  const [preset] = properties?.["preset"]?.enum ?? [];
  return preset === undefined ? "query" : String(preset);
};

type Variant = { readonly named: string; readonly keys: readonly KeyEntry[] };

/** A key that several forms have alike stands once; where a form has it otherwise, or not at all, the form is named. */
function merged(variants: readonly Variant[]): readonly KeyEntry[] {
  const found = new Map<string, { entry: KeyEntry; in: string[] }>();
  for (const { named, keys } of variants) {
    for (const entry of keys) {
      const { description, default: byDefault } = entry.schema;
      const id = JSON.stringify([entry.path, description, byDefault]);
      const known = found.get(id);
      if (known === undefined) found.set(id, { entry, in: [named] });
      else known.in.push(named);
    }
  }
  return [...found.values()]
    .map(({ entry, in: names }) => (names.length === variants.length ? entry : { ...entry, variants: names }))
    .toSorted((one, other) => firstOf(variants, one.path) - firstOf(variants, other.path));
}

function firstOf(variants: readonly Variant[], path: string): number {
  const all = [...new Set(variants.flatMap(({ keys }) => keys.map((key) => key.path)))];
  return all.indexOf(path);
}

/** Which values a key takes, where its schema says so in few words. */
export function valuesOf(schema: Schema): string | undefined {
  const { enum: words, type, minimum, maximum, pattern, anyOf } = schema;
  if (words !== undefined) return words.map((word) => `\`${String(word)}\``).join(", ");
  if (type === "boolean") return "`true` or `false`";
  if (pattern === `^${durationPattern}$`) return "a duration, such as `30s`, `5m` or `1h30m`";
  if (type === "number" || type === "integer") {
    const kind = type === "integer" ? "a whole number" : "a number";
    if (minimum === undefined && maximum === undefined) return kind;
    return maximum === undefined ? `${kind}, ${minimum} or more` : `${kind} from ${minimum ?? 0} to ${maximum}`;
  }
  const list = anyOf?.find(({ items }) => items?.enum !== undefined)?.items;
  return list === undefined ? undefined : `one or more of ${valuesOf(list)}`;
}
