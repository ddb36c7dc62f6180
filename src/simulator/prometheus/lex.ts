import { failure } from "./query-error.ts";

type TokenKind = "number" | "string" | "duration" | "word" | "operator" | "end";
export type Token = { readonly kind: TokenKind; readonly text: string; readonly at: number };

const operators = [
  "=~",
  "!~",
  "==",
  "!=",
  "<=",
  ">=",
  "=",
  "<",
  ">",
  "+",
  "-",
  "*",
  "/",
  "%",
  "^",
  "(",
  ")",
  "{",
  "}",
  "[",
  "]",
  ",",
  "@",
];
const space = /(?:[ \t\r\n]|#[^\n]*)+/y;
const duration = /(?:\d+(?:ms|[smhdwy]))+(?![\w.])/y;
const number = /(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/y;
const word = /[A-Za-z_:][\w:]*/y;

const longest = 5000;

/** The tokens of a query, the last of kind `end`. Throws what Prometheus would say. */
export function lex(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let brackets = 0;
  for (;;) {
    at += matchAt(space, text, at).length;
    if (at >= text.length) break;
    const token = tokenAt(text, at, brackets > 0);
    if (token.text === "[") brackets += 1;
    if (token.text === "]") brackets -= 1;
    tokens.push(token);
    if (tokens.length > longest) throw parseError(text, at, "expression is too long");
    at += token.kind === "string" ? stringLength(text, at) : token.text.length;
  }
  tokens.push({ kind: "end", text: "", at: text.length });
  return tokens;
}

function tokenAt(text: string, at: number, inBrackets: boolean): Token {
  const first = text[at] ?? "";
  if (first === '"' || first === "'" || first === "`") return { kind: "string", text: stringAt(text, at), at };
  // In a range `[5m:1m]` the colon stands alone; elsewhere it is a letter of recording rules.
  if (inBrackets && first === ":") return { kind: "operator", text: ":", at };
  const span = matchAt(duration, text, at);
  if (span !== "") return { kind: "duration", text: span, at };
  const digits = matchAt(number, text, at);
  if (digits !== "") {
    const tail = matchAt(/\w+/y, text, at + digits.length);
    if (tail !== "") throw parseError(text, at, `bad number or duration syntax: "${digits}${tail}"`);
    return { kind: "number", text: digits, at };
  }
  const letters = matchAt(word, text, at);
  if (letters !== "") return { kind: "word", text: letters, at };
  const operator = operators.find((candidate) => text.startsWith(candidate, at));
  if (operator !== undefined) return { kind: "operator", text: operator, at };
  if (first === "!") throw parseError(text, at, `unexpected character after '!': '${text[at + 1] ?? ""}'`);
  throw parseError(text, at, `unexpected character: '${String.fromCodePoint(text.codePointAt(at) ?? 0)}'`);
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

function stringLength(text: string, at: number): number {
  const quote = text[at] ?? "";
  for (let i = at + 1; i < text.length; i += 1) {
    const letter = text[i];
    if (letter === quote) return i + 1 - at;
    if (quote === "`") continue;
    if (letter === "\n") break;
    if (letter === "\\") i += 1;
  }
  throw parseError(text, at, quote === "`" ? "unterminated raw string" : "unterminated quoted string");
}

const escapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
  "'": "'",
};

function stringAt(text: string, at: number): string {
  const quote = text[at] ?? "";
  const inside = text.slice(at + 1, at + stringLength(text, at) - 1);
  if (quote === "`") return inside;
  return inside.replaceAll(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U(0010[0-9a-fA-F]{4}|000[0-9a-fA-F]{5})|([0-7]{3})|([\s\S]))/g,
    (whole, x?: string, u?: string, long?: string, octal?: string, letter?: string) => {
      const hex = x ?? u ?? long;
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
      const meaning =
        letter === "'" || letter === '"' ? (letter === quote ? letter : undefined) : escapes[letter ?? ""];
      if (meaning === undefined)
        throw parseError(text, at, `unknown escape sequence U+${codeOf(whole[1] ?? "")} '${whole[1] ?? ""}'`);
      return meaning;
    },
  );
}

function codeOf(letter: string): string {
  return (letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
}

/** `LINE:COLUMN: parse error: MESSAGE`, both counted from 1. */
export function parseError(text: string, at: number, message: string): Error {
  const before = text.slice(0, at);
  const line = before.split("\n").length;
  return failure(`${line}:${at - before.lastIndexOf("\n")}: parse error: ${message}`);
}

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

/** `1h30m` in milliseconds; undefined where the units do not fall or one stands twice, as Prometheus demands. */
export function durationMs(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d+)(ms|[smhdwy])/g)];
  let last = Number.POSITIVE_INFINITY;
  let sum = 0;
  for (const [, count = "", unit = ""] of parts) {
    const size = unitMs[unit] ?? 0;
    if (size >= last) return undefined;
    last = size;
    sum += Number(count) * size;
  }
  return parts.length === 0 ? undefined : sum;
}
