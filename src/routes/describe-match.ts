import { fieldsOf, listOf, member, textOf, textsOf } from "../base/read-fields.ts";

/** What a rule matches, in words for people. What is not understood is named and never left out. */

const shownConditions = 4;

/** One entry of a rule's `match` or `matches`: all of its conditions, `anything` where it has none. */
export function takenWords(match: unknown): string {
  const fields = fieldsOf(match) ?? {};
  const words = Object.keys(fields).flatMap((field) => conditionWords(field, member(fields, field)));
  const rest = words.length - shownConditions;
  if (words.length === 0) return "anything";
  return rest > 0 ? `${words.slice(0, shownConditions).join(", ")} and ${rest} more` : words.join(", ");
}

/** Fields that are no condition on a request. */
const silent = new Set(["name", "statPrefix", "ignoreUriCase"]);

function conditionWords(field: string, value: unknown): readonly string[] {
  if (value === undefined || silent.has(field)) return [];
  switch (field) {
    case "uri":
    case "path":
      return [matchedText(value)];
    case "method":
      return [methodWords(value)];
    case "headers":
      return named(value).map(([name, text]) => `header ${name}${text === "" ? "" : `: ${text}`}`);
    case "withoutHeaders":
      return named(value).map(([name, text]) => `no header ${name}${text === "" ? "" : `: ${text}`}`);
    case "queryParams":
      return named(value).map(([name, text]) => `?${name}${text === "" ? "" : `=${text}`}`);
    case "sourceLabels":
      return named(value).map(([name, text]) => `from ${name}=${text}`);
    case "gateways":
      return [`through ${textsOf(value).join(" or ")}`];
    case "sniHosts":
      return [`server ${textsOf(value).join(" or ")}`];
    case "sourceNamespace":
      return [`from namespace ${matchedText(value)}`];
    case "port":
    case "scheme":
    case "authority":
      return [`${field} ${matchedText(value)}`];
    default:
      return [field];
  }
}

/** A text as it is compared: as it stands, as a beginning `/api*`, or as a pattern `~/v[12]`. */
function matchedText(value: unknown): string {
  if (typeof value === "string" || typeof value === "number") return String(value);
  const exact = textOf(member(value, "exact"));
  const prefix = textOf(member(value, "prefix"));
  const regex = textOf(member(value, "regex"));
  if (exact !== undefined) return exact;
  if (prefix !== undefined) return `${prefix}*`;
  if (regex !== undefined) return `~${regex}`;
  const text = textOf(member(value, "value"));
  if (text === undefined) return "";
  const type = textOf(member(value, "type"));
  if (type === "RegularExpression") return `~${text}`;
  return type === "Exact" || (type === undefined && !text.startsWith("/")) ? text : `${text}*`;
}

/** `GET`, or the method of a gRPC service. */
function methodWords(value: unknown): string {
  const service = textOf(member(value, "service"));
  const method = textOf(member(value, "method"));
  if (service === undefined && method === undefined) return matchedText(value);
  const mark = textOf(member(value, "type")) === "RegularExpression" ? "~" : "";
  return `${mark}${service ?? "*"}/${method ?? "*"}`;
}

/** Conditions by name: a map of a VirtualService, a list of the Gateway API. */
function named(value: unknown): readonly (readonly [name: string, text: string])[] {
  const list = listOf(value);
  if (list !== undefined) {
    return list.map((entry) => {
      const type = textOf(member(entry, "type"));
      const text = textOf(member(entry, "value")) ?? "";
      return [textOf(member(entry, "name")) ?? "", type === "RegularExpression" ? `~${text}` : text];
    });
  }
  const fields = fieldsOf(value) ?? {};
  return Object.keys(fields).map((name) => [name, matchedText(fields[name])]);
}
