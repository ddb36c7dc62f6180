import { idOf, member } from "../base/read-fields.ts";

/** Looks into a payload that may be anything. What is not there, or not what it should be, is undefined. */

function at(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>(member, value);
}

export function textIn(value: unknown, ...keys: readonly string[]): string | undefined {
  const found = at(value, keys);
  return typeof found === "string" && found.length <= 1000 ? found : undefined;
}

export function countIn(value: unknown, ...keys: readonly string[]): number | undefined {
  return idOf(at(value, keys));
}

/** A commit's name in full. */
export function shaIn(value: unknown, ...keys: readonly string[]): string | undefined {
  const found = textIn(value, ...keys);
  return found !== undefined && /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(found) ? found : undefined;
}
