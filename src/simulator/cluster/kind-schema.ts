import { copyJson, isMembers, type Members, setMember } from "../../base/json-value.ts";

/** As much of a kind's schema as decides what the server keeps, fills in or refuses. `any`: kept as it comes. */
export type KindSchema =
  | "any"
  | { readonly kind: "object"; readonly members: Readonly<Record<string, KindSchema>>; readonly default?: unknown }
  | {
      readonly kind: "list";
      readonly items: KindSchema;
      readonly most?: number;
      readonly least?: number;
      readonly default?: unknown;
    }
  | { readonly kind: "int32"; readonly least?: number; readonly most?: number; readonly default?: number }
  | { readonly kind: "text"; readonly default?: string };

export type Cause = { readonly reason: string; readonly message: string; readonly field: string };

/** Takes out of `value` what the shape does not know, and writes in the defaults; names the members that it took out. */
export function conform(value: unknown, shape: KindSchema, path: string): { value: unknown; unknown: string[] } {
  if (isPlain(value, shape)) return { value, unknown: [] };
  const unknown: string[] = [];
  return { value: conformed(value, shape, path, unknown), unknown };
}

/** Whether the server would keep the value to the letter: nothing unknown, nothing to fill in, nothing to refuse. */
function isPlain(value: unknown, shape: KindSchema): boolean {
  if (shape === "any") return true;
  switch (shape.kind) {
    case "text":
      return typeof value === "string";
    case "int32":
      return isPlainInteger(value, shape);
    case "list":
      return isPlainList(value, shape);
    default:
      return isPlainObject(value, shape);
  }
}

function isPlainInteger(value: unknown, { least, most }: Extract<KindSchema, { kind: "int32" }>): boolean {
  if (typeof value !== "number" || (value | 0) !== value) return false;
  return (least === undefined || value >= least) && (most === undefined || value <= most);
}

function isPlainList(value: unknown, { items, least, most }: Extract<KindSchema, { kind: "list" }>): boolean {
  if (!Array.isArray(value)) return false;
  if ((least !== undefined && value.length < least) || (most !== undefined && value.length > most)) return false;
  return value.every((item) => isPlain(item, items));
}

function isPlainObject(value: unknown, { members }: Extract<KindSchema, { kind: "object" }>): boolean {
  if (!isMembers(value)) return false;
  for (const name of Object.keys(value)) {
    const member = Object.hasOwn(members, name) ? members[name] : undefined;
    if (member === undefined || value[name] === null || !isPlain(value[name], member)) return false;
  }
  return defaultsOf(members).every((name) => Object.hasOwn(value, name));
}

type Shapes = Readonly<Record<string, KindSchema>>;
const defaults = new WeakMap<Shapes, readonly string[]>();

function defaultsOf(members: Shapes): readonly string[] {
  const known = defaults.get(members);
  if (known !== undefined) return known;
  const found = Object.keys(members).filter((name) => {
    const member = members[name];
    return member !== undefined && member !== "any" && member.default !== undefined;
  });
  defaults.set(members, found);
  return found;
}

function conformed(value: unknown, shape: KindSchema, path: string, unknown: string[]): unknown {
  if (shape === "any") return value;
  if (shape.kind === "list" && Array.isArray(value)) {
    return value.map((item, index) => conformed(item, shape.items, `${path}[${index}]`, unknown));
  }
  if (shape.kind !== "object" || !isMembers(value)) return value;
  const kept: Members = {};
  for (const name of Object.keys(value)) {
    const member = Object.hasOwn(shape.members, name) ? shape.members[name] : undefined;
    if (member === undefined) unknown.push(`${path}.${name}`);
    // A null stands for an absent member wherever the schema does not say nullable.
    else if (value[name] !== null) setMember(kept, name, conformed(value[name], member, `${path}.${name}`, unknown));
  }
  for (const [name, member] of Object.entries(shape.members)) {
    if (member === "any" || member.default === undefined || Object.hasOwn(kept, name)) continue;
    kept[name] = conformed(copyJson(member.default), member, `${path}.${name}`, unknown);
  }
  return kept;
}

/** What the server adds where an error kept it from checking the rest. */
export const incomplete: Cause = {
  reason: "FieldValueInvalid",
  message:
    "Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
  field: "<nil>",
};

/** Why the server refuses the value, in the words of its schema validation; empty when it does not. */
export function causes(value: unknown, shape: KindSchema, path: string): Cause[] {
  if (isPlain(value, shape)) return [];
  const found: Cause[] = [];
  if (check(value, shape, path, found)) found.push(incomplete);
  return found;
}

/** Whether a value of the wrong type was met: the server then says that further rules were not checked. */
function check(value: unknown, shape: KindSchema, path: string, found: Cause[]): boolean {
  if (shape === "any") return false;
  switch (shape.kind) {
    case "int32":
      return checkInteger(value, shape, path, found);
    case "text":
      return typeof value !== "string" && wrongType(value, "string", path, found);
    case "list": {
      if (!Array.isArray(value)) return wrongType(value, "array", path, found);
      const size = checkSize(value, shape, path, found);
      return value.map((item, index) => check(item, shape.items, `${path}[${index}]`, found)).some(Boolean) || size;
    }
    case "object": {
      if (!isMembers(value)) return wrongType(value, "object", path, found);
      return Object.entries(shape.members)
        .filter(([name]) => Object.hasOwn(value, name))
        .map(([name, member]) => check(value[name], member, `${path}.${name}`, found))
        .some(Boolean);
    }
    default:
      return shape satisfies never;
  }
}

function checkSize(
  value: readonly unknown[],
  shape: { readonly most?: number; readonly least?: number },
  path: string,
  found: Cause[],
): boolean {
  if (shape.most !== undefined && value.length > shape.most) {
    const message = `Too many: ${value.length}: must have at most ${shape.most} items`;
    found.push({ reason: "FieldValueTooMany", message, field: path });
    return true;
  }
  if (shape.least !== undefined && value.length < shape.least) {
    const message = `Invalid value: ${value.length}: ${path} in body should have at least ${shape.least} items`;
    found.push({ reason: "FieldValueInvalid", message, field: path });
    return true;
  }
  return false;
}

function checkInteger(
  value: unknown,
  shape: { readonly least?: number; readonly most?: number },
  path: string,
  found: Cause[],
): boolean {
  if (typeof value === "string") return wrongType(value, "integer", path, found);
  if (typeof value !== "number") return wrongType(value, "int32", path, found);
  // A number beyond 64 bits reaches the schema as a float, like a fraction.
  const fraction = !Number.isInteger(value) || Math.abs(value) >= 2 ** 63;
  if (fraction) wrongType(value, "int32", path, found);
  if (fraction || value > 2147483647 || value < -2147483648) {
    const message = `Invalid value: "": Checked value must be of type integer with format int32 in ${path}`;
    found.push({ reason: "FieldValueInvalid", message, field: "<nil>" });
  }
  const bound = (limit: number, words: string) =>
    found.push({
      reason: "FieldValueInvalid",
      message: `Invalid value: ${value}: ${path} in body should be ${words} or equal to ${limit}`,
      field: path,
    });
  if (shape.least !== undefined && value < shape.least) bound(shape.least, "greater than");
  if (shape.most !== undefined && value > shape.most) bound(shape.most, "less than");
  return fraction;
}

function wrongType(value: unknown, wanted: string, path: string, found: Cause[]): true {
  const named = nameOfType(value);
  const message = `Invalid value: "${named}": ${path} in body must be of type ${wanted}: "${named}"`;
  found.push({ reason: "FieldValueTypeInvalid", message, field: path });
  return true;
}

function nameOfType(value: unknown): string {
  if (typeof value === "string") return "string";
  if (typeof value === "number") return Number.isSafeInteger(value) ? "integer" : "float64";
  if (Array.isArray(value)) return "array";
  // The server leaves the name empty for truth values and objects.
  return "";
}
