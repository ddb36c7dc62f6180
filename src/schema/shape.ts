import { knownWords } from "../base/did-you-mean.ts";
import type { SourceLocation } from "../base/problem.ts";
import { type Found, type MappingEntry, quoted, type Scalar, shown, subject, type Tell } from "./source-value.ts";

export type Schema = Readonly<Record<string, unknown>>;

/** A value that was refused. Whatever depends on it keeps silent, so that one mistake is told once. */
export const broken: unique symbol = Symbol("broken");
export type Broken = typeof broken;

/** What a value may be: how it is read, and the same said to editors in JSON Schema. */
export type Shape<T> = { readonly schema: Schema; read(found: Found, tell: Tell): T | Broken };

/** A value and where it was written. */
export type Stated<T> = { readonly at: SourceLocation; readonly value: T | Broken };

/** A text was understood, or the rest of the sentence that begins "PATH is VALUE". */
export type Parsed<T> = { readonly value: T } | { readonly because: string };

type Fields = Readonly<Record<string, Shape<unknown>>>;
export type ReadFields<F extends Fields> = {
  readonly [K in keyof F]?: F[K] extends Shape<infer T> ? Stated<T> : never;
};
/** What a shape reads. */
export type ReadOf<S> = S extends Shape<infer T> ? T : never;
type MappingOptions<F extends Fields> = {
  readonly required?: readonly (keyof F & string)[];
  /** More of the schema: what the fields alone cannot say. */
  readonly schema?: Schema;
  /** What to say of an unknown key instead of naming the nearest one. */
  readonly instead?: (name: string) => string | undefined;
  /** What several keys mean together. */
  readonly check?: (entries: readonly MappingEntry[], tell: Tell) => void;
};

/** A mapping with these keys and no others. Keys are copied one by one, so that no name from outside becomes a property. */
export function mapping<F extends Fields>(fields: F, options: MappingOptions<F> = {}): Shape<ReadFields<F>> {
  const { required = [] } = options;
  const properties = Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema]));
  const known = Object.keys(fields);
  const schema = {
    type: "object",
    properties,
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required: [...required] }),
    ...options.schema,
  };

  function read(found: Found, tell: Tell): ReadFields<F> | Broken {
    if (found.kind === "refused") return broken;
    if (found.kind !== "mapping") {
      tell(found.at, `${subject(found.at)} is ${shown(found)}. It takes the keys ${known.join(", ")}.`);
      return broken;
    }
    const values: Record<string, Stated<unknown>> = {};
    for (const { name, at, value } of found.entries) {
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (field === undefined) tell(at, unknownKey(at, name, options.instead?.(name)));
      else values[name] = { at: value.at, value: field.read(value, tell) };
    }
    options.check?.(found.entries, tell);
    for (const name of required.filter((name) => values[name] === undefined)) {
      tell(found.at, `${subject(found.at)} has no \`${name}\`. Add it.`);
      values[name] = { at: found.at, value: broken };
    }
    // Every entry came from the field of its own name.
    return values as ReadFields<F>;
  }

  function unknownKey(at: SourceLocation, name: string, instead: string | undefined): string {
    const called = at.path === undefined ? quoted(name) : subject(at);
    return instead ?? `${called} is unknown. ${knownWords(name, known)}`;
  }
  return { schema, read };
}

export function list<T>(item: Shape<T>, least: number, most: number): Shape<readonly Stated<T>[]> {
  function read(found: Found, tell: Tell): readonly Stated<T>[] | Broken {
    if (found.kind === "refused") return broken;
    const name = subject(found.at);
    if (found.kind !== "list") tell(found.at, `${name} is ${shown(found)}. It takes a list.`);
    else if (found.items.length < least) tell(found.at, `${name} is an empty list. Remove the key or fill the list.`);
    else if (found.items.length > most) tell(found.at, `${name} has ${found.items.length} entries, ${most} at most.`);
    else return found.items.map((entry) => ({ at: entry.at, value: item.read(entry, tell) }));
    return broken;
  }
  return { schema: { type: "array", items: item.schema, minItems: least, maxItems: most }, read };
}

/** A list, or one text with commas or on several lines. */
export function oneOrMany<T>(item: Shape<T>, most = 50): Shape<readonly T[]> {
  const many = list(item, 1, most);
  const inner = String(item.schema["pattern"] ?? "").replace(/^\^|\$$/g, "");
  const line = `^\\s*${inner}(?:\\s*[,\\n]\\s*${inner})*[\\s,]*$`;
  const one = inner === "" ? item.schema : { type: "string", pattern: line };

  function read(found: Found, tell: Tell): readonly T[] | Broken {
    const whole = found.kind === "scalar" && found.form !== "null" ? split(found) : found;
    const items = many.read(whole, tell);
    if (items === broken) return broken;
    const values = items.map(({ value }) => value).filter((value): value is T => value !== broken);
    return values.length === items.length ? values : broken;
  }
  function split(found: Scalar): Found {
    const parts = found.text.split(/[,\n]/).map((part) => part.trim());
    const items = parts.filter((part) => part !== "").map((text): Scalar => ({ ...found, text }));
    return { kind: "list", at: found.at, items };
  }
  return { schema: { anyOf: [one, many.schema] }, read };
}

/** The shape with the words that editors show. */
export function said<T>(shape: Shape<T>, description: string, byDefault?: unknown): Shape<T> {
  const schema = { description, ...(byDefault === undefined ? {} : { default: byDefault }), ...shape.schema };
  return { schema, read: shape.read };
}

/** The value, or `fallback` where nothing was stated or what was stated is broken. */
export function valueOr<T>(stated: Stated<T> | undefined, fallback: T): T {
  return stated === undefined || stated.value === broken ? fallback : stated.value;
}

export function isBroken(stated: Stated<unknown> | undefined): boolean {
  return stated?.value === broken;
}
