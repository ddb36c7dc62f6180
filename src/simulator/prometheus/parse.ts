import {
  type Aggregation,
  aggregations,
  type Binary,
  type BinaryOperator,
  type Expression,
  type Selector,
  type VectorMatching,
} from "./ast.ts";
import { durationMs } from "./lex.ts";
import { parseMatchers, selectorOf } from "./parse-selector.ts";
import { isWord, type Tokens, tokensOf } from "./token-cursor.ts";
import { type Argument, checkAggregate, checkBinary, checkCall, checkNegative } from "./type-check.ts";

/** The expression of a query, its types checked. Throws what Prometheus would say. */
export function parse(text: string): Expression {
  const tokens = tokensOf(text);
  if (tokens.peek().kind === "end") tokens.fail("no expression found in input");
  const expression = parseBinary(tokens, 1);
  if (tokens.peek().kind !== "end") tokens.unexpected();
  return expression;
}

const precedence: Readonly<Record<BinaryOperator, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  "==": 3,
  "!=": 3,
  "<=": 3,
  "<": 3,
  ">=": 3,
  ">": 3,
  "+": 4,
  "-": 4,
  "*": 5,
  "/": 5,
  "%": 5,
  atan2: 5,
  "^": 6,
};

function operatorAt(tokens: Tokens): BinaryOperator | undefined {
  const token = tokens.peek();
  if (token.kind !== "operator" && token.kind !== "word") return undefined;
  const text = token.text.toLowerCase();
  return Object.hasOwn(precedence, text) ? (text as BinaryOperator) : undefined;
}

function parseBinary(tokens: Tokens, least: number): Expression {
  tokens.enter();
  const expression = parseOperators(tokens, least);
  tokens.leave();
  return expression;
}

function parseOperators(tokens: Tokens, least: number): Expression {
  const start = tokens.peek().at;
  let left = parseUnary(tokens);
  for (;;) {
    const operator = operatorAt(tokens);
    if (operator === undefined || precedence[operator] < least) return left;
    const { at } = tokens.next();
    const bool = tokens.takeWord("bool");
    const matching = parseMatching(tokens);
    // Only the power binds to the right.
    const rightAt = tokens.peek().at;
    const right = parseBinary(tokens, precedence[operator] + (operator === "^" ? 0 : 1));
    const binary: Binary = { kind: "binary", operator, left, right, bool, matching: matching ?? plain };
    left = checkBinary(tokens, { left: start, operator: at, right: rightAt }, binary, matching);
  }
}

const plain: VectorMatching = { on: false, labels: [], many: "neither", include: [] };

function parseMatching(tokens: Tokens): VectorMatching | undefined {
  const on = tokens.takeWord("on");
  if (!on && !tokens.takeWord("ignoring")) return undefined;
  const labels = parseLabels(tokens, "grouping opts");
  const left = tokens.takeWord("group_left");
  const right = !left && tokens.takeWord("group_right");
  const include = (left || right) && tokens.peek().text === "(" ? parseLabels(tokens, "grouping opts") : [];
  return { on, labels, include, many: left ? "left" : right ? "right" : "neither" };
}

function parseLabels(tokens: Tokens, context: string): string[] {
  tokens.expect("(", context);
  const labels: string[] = [];
  while (!tokens.take(")")) {
    const token = tokens.peek();
    if (token.kind !== "word" || token.text.includes(":")) tokens.unexpected(context, "label");
    labels.push(tokens.next().text);
    if (!tokens.take(",") && tokens.peek().text !== ")") tokens.unexpected(context, '"," or ")"');
  }
  return labels;
}

function parseUnary(tokens: Tokens): Expression {
  const at = tokens.peek().at;
  if (tokens.take("+")) return checkNegative(tokens, at, parseBinary(tokens, precedence["^"]));
  if (!tokens.take("-")) return parsePostfix(tokens);
  const of = checkNegative(tokens, at, parseBinary(tokens, precedence["^"]));
  return of.kind === "number" ? { kind: "number", value: -of.value } : { kind: "negative", of };
}

/** Ranges, subqueries and offsets stand behind what they change. */
function parsePostfix(tokens: Tokens): Expression {
  const at = tokens.peek().at;
  let expression = parsePrimary(tokens);
  for (;;) {
    if (tokens.take("[")) expression = parseRange(tokens, at, expression);
    else if (tokens.takeWord("offset")) expression = withOffset(tokens, at, expression);
    else if (tokens.peek().text === "@" && tokens.peek().kind === "operator") {
      tokens.fail('a rehearsal does not know the "@" modifier; leave it out');
    } else return expression;
  }
}

function parseRange(tokens: Tokens, at: number, of: Expression): Expression {
  const bracket = tokens.peek().at;
  const rangeMs = parseDuration(tokens, of.kind === "selector" ? "matrix selector" : "subquery selector");
  if (rangeMs === 0) tokens.fail("duration must be greater than 0", bracket);
  if (tokens.take(":")) {
    const stepMs = tokens.peek().text === "]" ? undefined : parseDuration(tokens, "subquery selector");
    tokens.expect("]", "subquery selector");
    return { kind: "subquery", of, rangeMs, stepMs, offsetMs: 0 };
  }
  tokens.expect("]", "matrix selector");
  if (of.kind !== "selector") return tokens.fail("ranges only allowed for vector selectors", bracket - 1);
  if (of.offsetMs !== 0) return tokens.fail("no offset modifiers allowed before range", at);
  return { kind: "range", selector: of, rangeMs };
}

function withOffset(tokens: Tokens, at: number, of: Expression): Expression {
  const sign = tokens.take("-") ? -1 : 1;
  const offsetMs = sign * parseDuration(tokens, "offset");
  const moved = (selector: Selector): Selector => {
    if (selector.offsetMs !== 0) tokens.fail("offset may not be set multiple times", at);
    return { ...selector, offsetMs };
  };
  if (of.kind === "selector") return moved(of);
  if (of.kind === "range") return { ...of, selector: moved(of.selector) };
  if (of.kind === "subquery") return { ...of, offsetMs };
  return tokens.fail(
    "offset modifier must be preceded by an instant vector selector or range vector selector or a subquery",
    at,
  );
}

function parseDuration(tokens: Tokens, context: string): number {
  const token = tokens.peek();
  if (token.kind === "number" && context !== "offset") return tokens.fail("missing unit character in duration");
  if (token.kind !== "duration") return tokens.unexpected(context, "duration");
  const ms = durationMs(token.text);
  if (ms === undefined) return tokens.fail(`not a valid duration string: "${token.text}"`);
  tokens.next();
  return ms;
}

function parsePrimary(tokens: Tokens): Expression {
  const token = tokens.peek();
  switch (token.kind) {
    case "number":
      tokens.next();
      return { kind: "number", value: Number(token.text) };
    case "string":
      tokens.next();
      return { kind: "string", value: token.text };
    case "word":
      return parseWord(tokens);
    case "operator":
      if (token.text === "(") return parseParentheses(tokens);
      if (token.text === "{") return selectorOf(tokens, token.at, undefined, parseMatchers(tokens));
      return tokens.unexpected();
    case "duration":
    case "end":
      return tokens.unexpected();
    default:
      return token.kind satisfies never;
  }
}

function parseParentheses(tokens: Tokens): Expression {
  tokens.next();
  const inside = parseBinary(tokens, 1);
  if (!tokens.take(")")) tokens.unexpected();
  return inside;
}

function parseWord(tokens: Tokens): Expression {
  const word = tokens.peek().text;
  const lower = word.toLowerCase();
  const after = tokens.peek(1);
  const operation = aggregations.find((name) => name === lower);
  const grouped = isWord(after, "by") || isWord(after, "without");
  if (operation !== undefined && (after.text === "(" || grouped)) return parseAggregate(tokens, operation);
  if (after.text === "(" && after.kind === "operator") return parseCall(tokens);
  if (lower === "inf" || lower === "nan") {
    tokens.next();
    return { kind: "number", value: lower === "inf" ? Number.POSITIVE_INFINITY : Number.NaN };
  }
  const { at } = tokens.next();
  return selectorOf(tokens, at, word, tokens.peek().text === "{" ? parseMatchers(tokens) : []);
}

function parseArguments(tokens: Tokens, context: string): Argument[] {
  tokens.expect("(", context);
  const found: Argument[] = [];
  while (!tokens.take(")")) {
    const { at } = tokens.peek();
    found.push({ at, expression: parseBinary(tokens, 1) });
    if (!tokens.take(",") && tokens.peek().text !== ")") tokens.unexpected(context, '"," or ")"');
  }
  return found;
}

function parseCall(tokens: Tokens): Expression {
  const name = tokens.next();
  return checkCall(tokens, name.at, name.text, parseArguments(tokens, "function call"));
}

function parseAggregate(tokens: Tokens, operation: Aggregation): Expression {
  const at = tokens.next().at;
  const before = parseGrouping(tokens);
  const found = parseArguments(tokens, "aggregation");
  const grouping = before ?? parseGrouping(tokens) ?? { by: true, labels: [] };
  return checkAggregate(tokens, at, operation, found, grouping);
}

function parseGrouping(tokens: Tokens): { by: boolean; labels: string[] } | undefined {
  const by = tokens.takeWord("by");
  if (!by && !tokens.takeWord("without")) return undefined;
  return { by, labels: parseLabels(tokens, "grouping opts") };
}
