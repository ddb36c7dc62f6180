import { copyJson, isMembers, type Members, sameJson, setMember } from "../../base/json-value.ts";

/** The API server refuses a longer patch before it looks at it. */
export const mostOperations = 10_000;

type Patched =
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
  let working: unknown = document;
  const own: Own = new Set();
  for (const operation of operations) {
    const step = applyOne(working, operation as Members, own);
    if (step.kind === "failed") return step;
    working = step.document;
  }
  return { kind: "patched", document: working };
}

/** The objects and lists that this patch has made itself. Whatever else it changes it copies first, and only that. */
type Own = Set<unknown>;
type Step = { readonly kind: "patched"; readonly document: unknown } | Failed;
type Failed = { readonly kind: "failed"; readonly because: string };
type Spot = { readonly kind: "spot"; readonly parent: Members | unknown[]; readonly key: string };
type Got = { readonly kind: "got"; readonly value: unknown };

function applyOne(given: unknown, operation: Members, own: Own): Step {
  const changes = operation["op"] !== "test" && operation["path"] !== "";
  const document = changes ? ownOf(given, own) : given;
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
      return add(document, path, value, own) ?? done;
    case "replace":
      return replace(document, path, value, own) ?? done;
    case "remove":
      return remove(document, path, own) ?? done;
    case "move":
    case "copy":
      return carry(document, { ...operation, path }, own) ?? done;
    default:
      return failed(`operation ${String(operation["op"])} is unknown`);
  }
}

function test(document: unknown, path: string, value: unknown): Failed | undefined {
  const found = read(document, path);
  if (found.kind === "failed") return found;
  return sameJson(found.value ?? null, value) ? undefined : failed(`test of ${path} failed`);
}

function add(document: unknown, path: string, value: unknown, own: Own): Failed | undefined {
  const spot = locate(document, path, own);
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

function replace(document: unknown, path: string, value: unknown, own: Own): Failed | undefined {
  const spot = locate(document, path, own);
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

function remove(document: unknown, path: string, own: Own): Failed | undefined {
  const spot = locate(document, path, own);
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

function carry(document: unknown, { op, from, path }: Members & { path: string }, own: Own): Failed | undefined {
  if (typeof from !== "string") return failed(`operation ${String(op)} has no from`);
  const found = read(document, from);
  if (found.kind === "failed") return found;
  const gone = op === "move" ? remove(document, from, own) : undefined;
  return gone ?? add(document, path, copyJson(found.value ?? null), own);
}

function read(document: unknown, path: string): Got | Failed {
  const spot = locate(document, path);
  if (spot.kind === "failed") return spot;
  const { parent, key } = spot;
  if (!Array.isArray(parent)) return { kind: "got", value: Object.hasOwn(parent, key) ? parent[key] : undefined };
  const index = position(key, parent.length);
  return index === undefined ? failed(`${path} is not a position in the list`) : { kind: "got", value: parent[index] };
}

/** The object or list that holds the last part of the path, and may be changed with `own`. Every parent must exist. */
function locate(document: unknown, path: string, own?: Own): Spot | Failed {
  // What stands before the first slash is not looked at.
  const [, ...parts] = path.split("/");
  const last = parts.pop();
  if (last === undefined) return failed(`${JSON.stringify(path)} names no place`);
  let parent = document;
  for (const part of parts) parent = below(parent, unescaped(part), own);
  if (!Array.isArray(parent) && !isMembers(parent)) return failed(`${path} has no parent`);
  return { kind: "spot", parent, key: unescaped(last) };
}

function below(parent: unknown, part: string, own: Own | undefined): unknown {
  const index = Array.isArray(parent) ? position(part, parent.length) : undefined;
  const key = Array.isArray(parent) ? index : isMembers(parent) && Object.hasOwn(parent, part) ? part : undefined;
  if (key === undefined) return undefined;
  const holder = parent as Record<string | number, unknown>;
  const child = holder[key];
  if (own === undefined) return child;
  const mine = ownOf(child, own);
  if (mine !== child) holder[key] = mine;
  return mine;
}

function ownOf(value: unknown, own: Own): unknown {
  if (own.has(value) || typeof value !== "object" || value === null) return value;
  const copy: unknown = Array.isArray(value) ? [...value] : { ...value };
  own.add(copy);
  return copy;
}

/** A position in a list of `length`; negative ones count from its end. */
function position(key: string, length: number): number | undefined {
  if (!/^[+-]?\d{1,15}$/.test(key)) return undefined;
  const index = Number(key);
  const counted = index < 0 ? index + length : index;
  return counted >= 0 && counted < length ? counted : undefined;
}

function unescaped(part: string): string {
  if (!part.includes("~")) return part;
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}

function failed(because: string): Failed {
  return { kind: "failed", because };
}

/** RFC 7386: null removes, an object is merged, anything else replaces. */
export function merged(target: Members, patch: Members): Members {
  const result: Members = { ...target };
  for (const name of Object.keys(patch)) {
    const [old, change] = [result[name], patch[name]];
    if (change === null) delete result[name];
    else setMember(result, name, isMembers(change) ? merged(isMembers(old) ? old : {}, change) : change);
  }
  return result;
}
