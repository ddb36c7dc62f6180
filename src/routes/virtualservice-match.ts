import { canonicalText } from "../base/content-digest.ts";
import { type Fields, fieldsOf, member, textOf, textsOf } from "../base/read-fields.ts";

/** How one text is compared. `present`: any value does. `odd`: not understood, equal only to itself. */
type Text = { readonly kind: "exact" | "prefix" | "regex" | "present" | "hosts" | "odd"; readonly value: string };
type Condition = { readonly field: string; readonly text: Text };

/** One entry of a rule's `match`: all of its conditions must hold. */
export type Block = {
  /** Undefined: every entry path of the object. */
  readonly gateways: readonly string[] | undefined;
  readonly uri: Text | undefined;
  readonly ignoreCase: boolean;
  /** By field and name, as `headers x-canary`. */
  readonly conditions: ReadonlyMap<string, Condition>;
  readonly source: Fields;
};

const labels = new Set(["name", "statPrefix", "gateways", "uri", "ignoreUriCase"]);
const named = new Set(["headers", "queryParams", "withoutHeaders", "sourceLabels"]);
/** What singles out callers instead of naming a part of the service. */
const guards = new Set(["headers", "withoutHeaders", "queryParams", "method", "sourceLabels", "sourceNamespace"]);
const everyText = new Set([".*", "^.*$", "/.*", "^/.*", "^/.*$", "/.*$"]);

export function readBlock(value: unknown, namespace: string): Block | undefined {
  const fields = fieldsOf(value);
  if (fields === undefined) return undefined;
  const gateways = textsOf(member(fields, "gateways")).map((gateway) => resolveGateway(gateway, namespace));
  const uri = member(fields, "uri");
  return {
    gateways: gateways.length === 0 ? undefined : gateways,
    uri: uri === undefined ? undefined : textMatch(uri),
    ignoreCase: member(fields, "ignoreUriCase") === true,
    conditions: conditionsOf(fields),
    source: fields,
  };
}

/** What a block asks for, comparable: without its gateways and what is only for logs. */
export function textOfBlock({ source }: Block): string {
  const { gateways: _, name: __, statPrefix: ___, ...asked } = source;
  return canonicalText(asked);
}

/** `gw`, `./gw` and the old `gw.ns.svc.cluster.local` all mean `ns/gw`; `mesh` means the sidecars. */
export function resolveGateway(gateway: string, namespace: string): string {
  if (gateway === "mesh") return gateway;
  const slash = gateway.indexOf("/");
  if (slash >= 0) return gateway.slice(0, slash) === "." ? `${namespace}${gateway.slice(slash)}` : gateway;
  const [name, home] = gateway.split(".");
  return `${home ?? namespace}/${name}`;
}

function textMatch(value: unknown): Text {
  for (const kind of ["exact", "prefix", "regex"] as const) {
    const text = textOf(member(value, kind));
    if (text !== undefined) return { kind, value: text };
  }
  return canonicalText(value) === "{}" ? { kind: "present", value: "" } : { kind: "odd", value: canonicalText(value) };
}

function conditionsOf(fields: Fields): ReadonlyMap<string, Condition> {
  const found = new Map<string, Condition>();
  for (const field of Object.keys(fields)) {
    const value = member(fields, field);
    if (value === undefined || labels.has(field)) continue;
    const parts = named.has(field) ? fieldsOf(value) : undefined;
    if (parts === undefined) {
      found.set(field, { field, text: field === "sniHosts" ? namesOf(value) : asText(value) });
      continue;
    }
    for (const name of Object.keys(parts)) {
      const word = field === "queryParams" || field === "sourceLabels" ? name : name.toLowerCase();
      found.set(`${field} ${word}`, { field, text: asText(parts[name]) });
    }
  }
  return found;
}

/** The names of servers that a TLS client may ask for, in one text. */
const namesOf = (value: unknown): Text => ({ kind: "hosts", value: textsOf(value).join(" ") });

function asText(value: unknown): Text {
  const text = typeof value === "number" ? String(value) : textOf(value);
  return text === undefined ? textMatch(value) : { kind: "exact", value: text };
}

/** Whether everything that `b` matches is matched by `a`. Where it cannot be told the answer is no. */
export function covers(a: Block, b: Block): boolean {
  if (!uriCovers(a, b)) return false;
  for (const [name, condition] of a.conditions) {
    const other = b.conditions.get(name);
    if (other === undefined) {
      if (!alwaysHolds(condition)) return false;
    } else if (condition.field === "withoutHeaders") {
      // "Not X" takes everything of "not Y" where each X is a Y.
      if (!textCovers(other.text, condition.text)) return false;
    } else if (!textCovers(condition.text, other.text)) return false;
  }
  return true;
}

function uriCovers(a: Block, b: Block): boolean {
  if (a.uri === undefined || takesAll(a.uri)) return true;
  if (b.uri === undefined || (b.ignoreCase && !a.ignoreCase)) return false;
  return a.ignoreCase ? textCovers(lower(a.uri), lower(b.uri)) : textCovers(a.uri, b.uri);
}

function takesAll(uri: Text): boolean {
  return (uri.kind === "prefix" && (uri.value === "" || uri.value === "/")) || takesEveryText(uri);
}

const takesEveryText = (text: Text) => text.kind === "regex" && everyText.has(text.value);
const lower = (text: Text): Text => (text.kind === "regex" ? text : { ...text, value: text.value.toLowerCase() });

/** Every request has a method, a scheme and an authority; a header or a query may be missing. */
function alwaysHolds({ field, text }: Condition): boolean {
  return ["method", "scheme", "authority"].includes(field) && text.kind === "regex" && text.value === ".*";
}

const hosts = ({ value }: Text) => value.split(" ");
const takes = (pattern: string, name: string) =>
  pattern === name || (pattern.startsWith("*") && name.endsWith(pattern.slice(1)));

function textCovers(a: Text, b: Text): boolean {
  if (a.kind === "present") return true;
  if (a.kind === "prefix" && (b.kind === "exact" || b.kind === "prefix")) return b.value.startsWith(a.value);
  if (a.kind === "regex" && a.value === ".*") return b.kind !== "odd";
  if (a.kind === "hosts" && b.kind === "hosts")
    return hosts(b).every((name) => hosts(a).some((all) => takes(all, name)));
  return a.kind === b.kind && a.value === b.value;
}

/**
 * Whether the mesh can join a delegate's block to one of the rule that delegates to it: what both ask for has to be narrower
 * in the delegate, and it never compares regular expressions.
 */
export function joins(outer: Block, inner: Block): boolean {
  if (outer.ignoreCase !== inner.ignoreCase) return false;
  if (outer.uri !== undefined && inner.uri !== undefined && !narrows(outer.uri, inner.uri)) return false;
  const { gateways } = outer;
  if (gateways !== undefined && inner.gateways?.every((one) => gateways.includes(one)) === false) return false;
  for (const [name, { field, text }] of outer.conditions) {
    const other = inner.conditions.get(name);
    if (other === undefined) {
      if (field === "sourceNamespace") return false;
    } else if (!narrows(text, other.text)) return false;
  }
  return true;
}

const narrows = (outer: Text, inner: Text) =>
  outer.kind !== "regex" && inner.kind !== "regex" && textCovers(outer, inner);

export function isGuarded(block: Block): boolean {
  return [...block.conditions.values()].some((condition) => guards.has(condition.field) && !alwaysHolds(condition));
}

/** Whether some request may match both, their guards left out. Where it cannot be told the answer is yes. */
export function mayMeet(a: Block, b: Block): boolean {
  if (a.uri !== undefined && b.uri !== undefined && !textsMeet(lower(a.uri), lower(b.uri))) return false;
  for (const [name, condition] of a.conditions) {
    const other = b.conditions.get(name);
    if (other !== undefined && !guards.has(condition.field) && !textsMeet(condition.text, other.text)) return false;
  }
  return true;
}

function textsMeet(a: Text, b: Text): boolean {
  if (a.kind === "exact" && b.kind === "exact") return a.value === b.value;
  if (a.kind === "exact" && b.kind === "prefix") return a.value.startsWith(b.value);
  if (a.kind === "prefix" && b.kind === "exact") return b.value.startsWith(a.value);
  if (a.kind === "prefix" && b.kind === "prefix") return a.value.startsWith(b.value) || b.value.startsWith(a.value);
  if (a.kind === "hosts" && b.kind === "hosts") {
    return hosts(a).some((one) => hosts(b).some((other) => takes(one, other) || takes(other, one)));
  }
  return true;
}
