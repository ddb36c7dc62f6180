import { copyJson, isMembers, type Members, sameJson, setMember } from "./json.ts";

/** The API server refuses a longer patch before it looks at it. */
export const mostOperations = 10_000;

export type Patched =
  | { readonly kind: "patched"; readonly document: unknown }
  /** An operation does not apply; nothing of the patch took effect. */
  | { readonly kind: "failed"; readonly because: string }
  /** Not a list of operations at all. */
  | { readonly kind: "malformed"; readonly because: string }
  | { readonly kind: "too-long"; readonly operations: number };

/**
 * RFC 6902 as the Kubernetes API server applies it, which is more lenient than the standard in four places: `replace`
 * and `copy` accept a member that is missing, array positions may count from the end, a `test` against null passes on
 * a missing member, and a `replace` of the whole document takes any object or list.
 */
export function applyJsonPatch(document: unknown, operations: unknown): Patched {
  if (!Array.isArray(operations) || operations.some((operation) => !isMembers(operation))) {
    return { kind: "malformed", because: "json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp" };
  }
  if (operations.length > mostOperations) return { kind: "too-long", operations: operations.length };
  let working: unknown = copyJson(document);
  for (const operation of operations) {
    const step = applyOne(working, operation as Members);
    if (step.kind === "failed") return step;
    working = step.document;
  }
  return { kind: "patched", document: working };
}

type Step = { readonly kind: "patched"; readonly document: unknown } | Failed;
type Failed = { readonly kind: "failed"; readonly because: string };
type Spot = { readonly kind: "spot"; readonly parent: Members | unknown[]; readonly key: string };
type Got = { readonly kind: "got"; readonly value: unknown };

function applyOne(document: unknown, operation: Members): Step {
  const done: Step = { kind: "patched", document };
  const value = copyJson(operation["value"] ?? null);
  const path = operation["path"];
  if (typeof path !== "string") return failed(`operation ${String(operation["op"])} has no path`);
  if (path === "" && operation["op"] === "replace") {
    if (typeof value !== "object" || value === null) return failed("a whole document must be an object or a list");
    return { kind: "patched", document: value };
  }
  if (path === "" && operation["op"] === "test") return sameJson(document, value) ? done : failed("test failed");
  switch (operation["op"]) {
    case "test":
      return test(document, path, value) ?? done;
    case "add":
      return add(document, path, value) ?? done;
    case "replace":
      return replace(document, path, value) ?? done;
    case "remove":
      return remove(document, path) ?? done;
    case "move":
    case "copy":
      return carry(document, operation["op"], operation["from"], path) ?? done;
    default:
      return failed(`operation ${String(operation["op"])} is unknown`);
  }
}

function test(document: unknown, path: string, value: unknown): Failed | undefined {
  const found = read(document, path);
  if (found.kind === "failed") return found;
  return sameJson(found.value ?? null, value) ? undefined : failed(`test of ${path} failed`);
}

function add(document: unknown, path: string, value: unknown): Failed | undefined {
  const spot = locate(document, path);
  if (spot.kind === "failed") return spot;
  const { parent, key } = spot;
  if (!Array.isArray(parent)) {
    setMember(parent, key, value);
    return undefined;
  }
  if (key === "-") {
    parent.push(value);
    return undefined;
  }
  const index = position(key, parent.length + 1);
  if (index === undefined) return failed(`${path} is not a position in the list`);
  parent.splice(index, 0, value);
  return undefined;
}

function replace(document: unknown, path: string, value: unknown): Failed | undefined {
  const spot = locate(document, path);
  if (spot.kind === "failed") return spot;
  const { parent, key } = spot;
  if (!Array.isArray(parent)) {
    setMember(parent, key, value);
    return undefined;
  }
  const index = position(key, parent.length);
  if (index === undefined) return failed(`${path} is not a position in the list`);
  parent[index] = value;
  return undefined;
}

function remove(document: unknown, path: string): Failed | undefined {
  const spot = locate(document, path);
  if (spot.kind === "failed") return spot;
  const { parent, key } = spot;
  if (!Array.isArray(parent)) {
    if (!Object.hasOwn(parent, key)) return failed(`${path} does not exist`);
    delete parent[key];
    return undefined;
  }
  const index = position(key, parent.length);
  if (index === undefined) return failed(`${path} is not a position in the list`);
  parent.splice(index, 1);
  return undefined;
}

function carry(document: unknown, op: "move" | "copy", from: unknown, path: string): Failed | undefined {
  if (typeof from !== "string") return failed(`operation ${op} has no from`);
  const found = read(document, from);
  if (found.kind === "failed") return found;
  const gone = op === "move" ? remove(document, from) : undefined;
  return gone ?? add(document, path, copyJson(found.value ?? null));
}

function read(document: unknown, path: string): Got | Failed {
  const spot = locate(document, path);
  if (spot.kind === "failed") return spot;
  const { parent, key } = spot;
  if (!Array.isArray(parent)) return { kind: "got", value: Object.hasOwn(parent, key) ? parent[key] : undefined };
  const index = position(key, parent.length);
  return index === undefined ? failed(`${path} is not a position in the list`) : { kind: "got", value: parent[index] };
}

/** The object or list that holds the last part of the path. Every parent must exist. */
function locate(document: unknown, path: string): Spot | Failed {
  // What stands before the first slash is not looked at.
  const [, ...parts] = path.split("/");
  const last = parts.pop();
  if (last === undefined) return failed(`${JSON.stringify(path)} names no place`);
  let parent = document;
  for (const part of parts) {
    const key = unescaped(part);
    if (Array.isArray(parent)) {
      const index = position(key, parent.length);
      parent = index === undefined ? undefined : parent[index];
    } else {
      parent = isMembers(parent) && Object.hasOwn(parent, key) ? parent[key] : undefined;
    }
  }
  if (!Array.isArray(parent) && !isMembers(parent)) return failed(`${path} has no parent`);
  return { kind: "spot", parent, key: unescaped(last) };
}

/** A position in a list of `length`; negative ones count from its end. */
function position(key: string, length: number): number | undefined {
  if (!/^[+-]?\d{1,15}$/.test(key)) return undefined;
  const index = Number(key);
  const counted = index < 0 ? index + length : index;
  return counted >= 0 && counted < length ? counted : undefined;
}

function unescaped(part: string): string {
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}

function failed(because: string): Failed {
  return { kind: "failed", because };
}
