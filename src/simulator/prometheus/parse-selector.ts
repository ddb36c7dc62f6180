import type { Selector } from "./ast.ts";
import { type LabelMatcher, type MatcherKind, matcherOf } from "./label-matcher.ts";
import { nameLabel } from "./label-set.ts";
import type { Tokens } from "./token-cursor.ts";

const kinds: readonly MatcherKind[] = ["=", "!=", "=~", "!~"];

export function parseMatchers(tokens: Tokens): LabelMatcher[] {
  tokens.expect("{", "label matching");
  const matchers: LabelMatcher[] = [];
  while (!tokens.take("}")) {
    matchers.push(parseMatcher(tokens));
    if (!tokens.take(",") && tokens.peek().text !== "}") tokens.unexpected("label matching", '"," or "}"');
  }
  return matchers;
}

function parseMatcher(tokens: Tokens): LabelMatcher {
  const name = tokens.peek();
  // Prometheus 3 also reads {"metric.name"} and {"label"="value"}.
  if (name.kind !== "word" && name.kind !== "string") return tokens.unexpected("label matching", 'identifier or "}"');
  tokens.next();
  const operator = tokens.peek();
  const kind = kinds.find((candidate) => candidate === operator.text);
  if (kind === undefined || operator.kind !== "operator") {
    if (name.kind === "string") return matcherOf(nameLabel, "=", name.text);
    return tokens.unexpected("label matching", "label matching operator");
  }
  tokens.next();
  const value = tokens.peek();
  if (value.kind !== "string") return tokens.unexpected("label matching", "string");
  try {
    const matcher = matcherOf(name.text, kind, value.text);
    tokens.next();
    return matcher;
  } catch (error) {
    return tokens.fail(error instanceof Error ? error.message : String(error), name.at);
  }
}

export function selectorOf(
  tokens: Tokens,
  at: number,
  name: string | undefined,
  matchers: readonly LabelMatcher[],
): Selector {
  const named = matchers.find((matcher) => matcher.name === nameLabel && matcher.kind === "=");
  if (name !== undefined && named !== undefined) {
    tokens.fail(`metric name must not be set twice: "${name}" or "${named.value}"`, at);
  }
  const all = name === undefined ? matchers : [...matchers, matcherOf(nameLabel, "=", name)];
  if (all.every((matcher) => matcher.accepts(""))) {
    tokens.fail("vector selector must contain at least one non-empty matcher", at);
  }
  return { kind: "selector", matchers: all, offsetMs: 0 };
}
