import { fieldsOf } from "./read-fields.ts";

const depthLimit = 64;

/** The same text for the same content, whatever order the members stand in. */
export function canonicalText(value: unknown, depth = 0): string {
  if (depth > depthLimit) return '"…"';
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) {
    let text = "[";
    for (const entry of value) text += `${canonicalText(entry, depth + 1)},`;
    return `${text}]`;
  }
  const fields = fieldsOf(value);
  if (fields === undefined) return JSON.stringify(value) ?? "null";
  const keys = Object.keys(fields);
  if (keys.length > 1) keys.sort();
  let text = "{";
  for (const key of keys) text += `${JSON.stringify(key)}:${canonicalText(fields[key], depth + 1)},`;
  return `${text}}`;
}

/**
 * Ten letters and digits that stand for a text: enough to tell the rules of one object apart, short enough to be kept a
 * hundred times in the record. It defends against accidents only: whoever may patch the route may move its weights anyway.
 */
export function contentDigest(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x85ebca6b) ^ (b >>> 15);
  }
  // The last steps spread the final characters over all bits; without them texts that differ at the end stay close.
  a = Math.imul(a ^ (a >>> 16), 0xc2b2ae35) ^ (b >>> 13);
  b = Math.imul(b ^ (b >>> 16), 0x27d4eb2f) ^ (a >>> 11);
  const high = (b >>> 0) & 0x7ffff;
  return (high * 2 ** 32 + (a >>> 0)).toString(36).padStart(10, "0");
}
