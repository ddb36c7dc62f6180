/** Reading of objects that anybody may have written: own members only, and nothing is taken for more than it is. */
export type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** An own member; what is absent and what is null are the same to Kubernetes. */
export function member(value: unknown, key: string): unknown {
  const fields = fieldsOf(value);
  return fields !== undefined && Object.hasOwn(fields, key) ? (fields[key] ?? undefined) : undefined;
}

export function listOf(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** An id that another program gave: a whole number above 0. */
export function idOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

export function textsOf(value: unknown): readonly string[] {
  return (listOf(value) ?? []).filter((entry) => typeof entry === "string");
}
