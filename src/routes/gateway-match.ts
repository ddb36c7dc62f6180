import { type Fields, fieldsOf, listOf, member, textOf } from "../base/read-fields.ts";
import type { Block } from "./virtualservice-match.ts";

/** One entry of a rule's `matches`, and how specific it is: of two that both match, the higher rank wins. */
export type Ranked = { readonly block: Block; readonly rank: readonly number[] };

type Text = Exclude<Block["uri"], undefined>;
type Conditions = Map<string, { readonly field: string; readonly text: Text }>;

const anything: Fields = {};

/** Without matches a rule takes everything. */
export function readMatches(rule: unknown, grpc: boolean): readonly Ranked[] {
  const list = listOf(member(rule, "matches")) ?? [];
  const entries: readonly Fields[] = list.length === 0 ? [anything] : list.map((entry) => fieldsOf(entry) ?? anything);
  return entries.map((entry) => (grpc ? readGrpc(entry) : readHttp(entry)));
}

function readHttp(entry: Fields): Ranked {
  const conditions: Conditions = new Map();
  const headers = named(conditions, "headers", entry);
  const queries = named(conditions, "queryParams", entry);
  const method = textOf(member(entry, "method"));
  if (method !== undefined) conditions.set("method", { field: "method", text: { kind: "exact", value: method } });
  const uri = pathText(member(entry, "path"));
  // A path that is compared as a pattern ranks as each implementation likes, so it is never said to win.
  const exact = uri.kind === "exact" ? 1 : 0;
  const rank = [exact, uri.kind === "regex" ? 0 : uri.value.length, method === undefined ? 0 : 1, headers, queries];
  return { block: blockOf(uri, conditions, entry), rank };
}

/** A prefix takes whole parts of a path: /a takes /a/b and not /ab. With a slash at the end of both this is a comparison of texts. */
function pathText(path: unknown): Text {
  const value = textOf(member(path, "value")) ?? "/";
  switch (textOf(member(path, "type")) ?? "PathPrefix") {
    case "Exact":
      return { kind: "exact", value: `${value}/` };
    case "PathPrefix":
      return { kind: "prefix", value: `${value.replace(/\/+$/, "")}/` };
    default:
      return { kind: "regex", value };
  }
}

function readGrpc(entry: Fields): Ranked {
  const conditions: Conditions = new Map();
  const headers = named(conditions, "headers", entry);
  const asked = member(entry, "method");
  const [service, method] = [textOf(member(asked, "service")), textOf(member(asked, "method"))];
  const pattern = textOf(member(asked, "type")) === "RegularExpression";
  const uri: Text = pattern
    ? { kind: "regex", value: `${service ?? ""}/${method ?? ""}` }
    : service === undefined
      ? { kind: "prefix", value: "/" }
      : method === undefined
        ? { kind: "prefix", value: `/${service}/` }
        : { kind: "exact", value: `/${service}/${method}` };
  if (!pattern && service === undefined && method !== undefined) {
    conditions.set("rpc", { field: "rpc", text: { kind: "exact", value: method } });
  }
  const rank = pattern ? [0, 0, headers] : [service?.length ?? 0, method?.length ?? 0, headers];
  return { block: blockOf(uri, conditions, entry), rank };
}

const blockOf = (uri: Text, conditions: Conditions, source: Fields): Block => ({
  gateways: undefined,
  uri,
  ignoreCase: false,
  conditions,
  source,
});

/** Of several entries with one name only the first counts; names of headers know no case. */
function named(into: Conditions, field: "headers" | "queryParams", entry: Fields): number {
  let count = 0;
  for (const one of listOf(member(entry, field)) ?? []) {
    const name = textOf(member(one, "name")) ?? "";
    const key = `${field} ${field === "headers" ? name.toLowerCase() : name}`;
    if (into.has(key)) continue;
    const kind = textOf(member(one, "type")) === "RegularExpression" ? "regex" : "exact";
    into.set(key, { field, text: { kind, value: textOf(member(one, "value")) ?? "" } });
    count += 1;
  }
  return count;
}
