import type { Reason } from "../../base/reasons/index.ts";
import type { Millis } from "../../base/units.ts";

/** What the placeholders of a query stand for: `{{canary}}`, `{{stable}}`, `{{namespace}}`, `{{window}}`. */
export type Values = {
  readonly canary: string;
  readonly stable: string;
  readonly namespace: string;
  readonly windowMs: Millis;
};

/** Why a query cannot be written out. */
type Problem = Pick<Reason<"metric-query-invalid">["data"], "problem" | "placeholder">;

type Rendered =
  | { readonly kind: "query"; readonly query: string }
  | { readonly kind: "refused"; readonly why: Problem };

const known = ["canary", "stable", "namespace", "window"] as const;
type Placeholder = (typeof known)[number];

const safeName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Names as Kubernetes gives them: nothing in them can end a string or begin an expression. */
export function isSafeName(name: string): boolean {
  return name.length <= 253 && safeName.test(name);
}

/** A PromQL duration, as short as it goes. */
export function promDuration(ms: Millis): string {
  if (ms % 1000 !== 0) return `${Math.round(ms)}ms`;
  const seconds = ms / 1000;
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}

/** A label's value between double quotes, whatever it holds. */
export function quoted(value: string): string {
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

/** A text as a regular expression (RE2) that matches it and nothing else. */
export function literally(value: string): string {
  return value.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&");
}

const tokens = /#[^\r\n]*|"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|`[^`]*`|\{\{[^{}]*\}\}|\{\{|[\s\S]/g;
const placeholders = /\{\{([^{}]*)\}\}|\{\{/g;

type Written = { readonly values: Values; readonly rendered: Rendered };
const mostKept = 64;
const lately = new Map<string, Written>();

/** Every turn asks the same: a template with the same names is written out once. */
export function render(template: string, values: Values): Rendered {
  const before = lately.get(template);
  if (before !== undefined && sameValues(before.values, values)) return before.rendered;
  if (lately.size >= mostKept) lately.clear();
  const rendered = writeOut(template, values);
  lately.set(template, { values, rendered });
  return rendered;
}

const sameValues = (one: Values, other: Values): boolean =>
  one.canary === other.canary &&
  one.stable === other.stable &&
  one.namespace === other.namespace &&
  one.windowMs === other.windowMs;

/**
 * Puts the names into a query so that its syntax tree is the same whatever they are: names stand inside strings only, and
 * in a regular expression they match themselves only. There is no other templating.
 */
function writeOut(template: string, values: Values): Rendered {
  const problems: Problem[] = [];
  let before = "";
  const query = template.replace(tokens, (token) => {
    if (token.startsWith("#") || /^\s$/.test(token)) return token;
    const regex = before.endsWith("=~") || before.endsWith("!~");
    before = (before + token).slice(-2);
    if (token.length === 1) {
      if (/["'`]/.test(token)) problems.push({ problem: "string-open", placeholder: token });
      return token;
    }
    const written = token.startsWith("{{") ? inCode(token, values) : inString(token, regex, values);
    if (typeof written === "string") return written;
    problems.push(written);
    return token;
  });
  const [why] = problems;
  return why === undefined ? { kind: "query", query } : { kind: "refused", why };
}

/** A name such as `reviews-v2` would be read as a subtraction outside of a string; only a duration may stand there. */
function inCode(token: string, values: Values): string | Problem {
  const name = placeholderIn(token);
  if (typeof name !== "string") return name;
  if (name === "window") return promDuration(values.windowMs);
  return { problem: "placeholder-unquoted", placeholder: name };
}

function inString(token: string, regex: boolean, values: Values): string | Problem {
  const quote = token.slice(0, 1);
  const inner = token.slice(1, -1);
  const problems: Problem[] = [];
  const written = inner.replace(placeholders, (found, _name: unknown, offset: number) => {
    const value = valueFor(found, values, misfit(inner.slice(0, offset), quote, regex), regex);
    if (typeof value !== "string") {
      problems.push(value);
      return found;
    }
    return quote === "`" ? value : value.replaceAll("\\", "\\\\");
  });
  return problems[0] ?? quote + written + quote;
}

function valueFor(found: string, values: Values, unfit: Misfit | false, regex: boolean): string | Problem {
  const name = placeholderIn(found);
  if (typeof name !== "string") return name;
  if (unfit !== false) return { problem: unfit, placeholder: name };
  if (name === "window") return promDuration(values.windowMs);
  const value = values[name];
  if (!isSafeName(value)) return { problem: "name-unsafe", placeholder: name };
  return regex ? literally(value) : value;
}

type Misfit = "placeholder-escaped" | "placeholder-in-class";

/** Why a name cannot stand here: after a backslash, or in a regular expression inside a class such as `[abc]`. */
function misfit(before: string, quote: string, regex: boolean): Misfit | false {
  if (quote !== "`" && isEscaping(before)) return "placeholder-escaped";
  if (!regex) return false;
  const read =
    quote === "`" ? before : before.replace(/\\([\s\S])/g, (_, sign: string) => (sign === "\\" ? sign : "_"));
  if (isEscaping(read)) return "placeholder-escaped";
  const outside = read.replace(/\\[\s\S]/g, "").replace(/\[\^?\]?[^\]]*\]/g, "");
  return outside.includes("[") ? "placeholder-in-class" : false;
}

/** Whether a text ends with a backslash that is not itself escaped. */
function isEscaping(text: string): boolean {
  return (/\\*$/.exec(text)?.[0].length ?? 0) % 2 === 1;
}

function placeholderIn(found: string): Placeholder | Problem {
  if (!found.endsWith("}}")) return { problem: "placeholder-open" };
  const text = found.slice(2, -2).trim();
  const name = known.find((one) => one === text);
  return name ?? { problem: "placeholder-unknown", placeholder: text.slice(0, 80) };
}
