import {
  type Aggregation,
  type Binary,
  comparisons,
  type Expression,
  setOperators,
  type ValueType,
  type VectorMatching,
} from "./ast.ts";
import { notRehearsed, signatures, typeNames, typeOf } from "./function-signatures.ts";
import type { Tokens } from "./token-cursor.ts";

/** An expression and where it begins. */
export type Argument = { readonly expression: Expression; readonly at: number };
type Places = { readonly left: number; readonly operator: number; readonly right: number };

/** The type rules of the language, in the words of Prometheus. Each gives back the expression or fails. */
export function checkBinary(tokens: Tokens, places: Places, binary: Binary, asked: VectorMatching | undefined): Binary {
  const { operator, left, right, bool, matching } = binary;
  const at = places.operator;
  const types = [typeOf(left), typeOf(right)];
  const compares = comparisons.some((candidate) => candidate === operator);
  const isSet = setOperators.some((candidate) => candidate === operator);
  const scalars = types.filter((type) => type === "scalar").length;
  if (bool && !compares) tokens.fail("bool modifier can only be used on comparison operators", at);
  const misplaced = types.findIndex((type) => type !== "scalar" && type !== "vector");
  if (misplaced !== -1) {
    const side = misplaced === 0 ? places.left : places.right;
    tokens.fail("binary expression must contain only scalar and instant vector types", side);
  }
  if (compares && !bool && scalars === 2) tokens.fail("comparisons between scalars must use BOOL modifier", at);
  if (isSet && scalars > 0)
    tokens.fail(`set operator "${operator}" not allowed in binary scalar expression`, places.left);
  if (asked !== undefined && scalars > 0 && (asked.labels.length > 0 || asked.many !== "neither")) {
    tokens.fail("vector matching only allowed between instant vectors", places.left);
  }
  if (isSet && matching.many !== "neither") tokens.fail(`no grouping allowed for "${operator}" operation`, places.left);
  const twice = matching.on ? matching.include.find((label) => matching.labels.includes(label)) : undefined;
  if (twice !== undefined) tokens.fail(`label "${twice}" must not occur in ON and GROUP clause at once`, at);
  return binary;
}

export function checkNegative(tokens: Tokens, at: number, of: Expression): Expression {
  const type = typeOf(of);
  if (type === "scalar" || type === "vector") return of;
  return tokens.fail(
    `unary expression only allowed on expressions of type scalar or instant vector, got "${typeNames[type]}"`,
    at,
  );
}

export function checkCall(tokens: Tokens, at: number, name: string, found: readonly Argument[]): Expression {
  const signature = signatures.get(name);
  if (signature === undefined) {
    if (notRehearsed.has(name))
      return tokens.fail(`a rehearsal does not know the function "${name}"; Prometheus does`, at);
    return tokens.fail(`unknown function with name "${name}"`, at);
  }
  const most = signature.takes.length;
  const least = most - signature.optional;
  const count = (words: string, expected: number) =>
    tokens.fail(`expected ${words}${expected} argument(s) in call to "${name}", got ${found.length}`, at);
  if (signature.optional === 0 && found.length !== most) count("", most);
  if (found.length < least) count("at least ", least);
  if (found.length > most && signature.repeats !== true) count("at most ", most);
  for (const [index, argument] of found.entries()) {
    const expected = signature.takes[Math.min(index, most - 1)];
    if (expected !== undefined) expectType(tokens, expected, argument, `call to function "${name}"`);
  }
  return { kind: "call", name, arguments: found.map((argument) => argument.expression) };
}

const withParameter: readonly Aggregation[] = ["topk", "bottomk", "quantile"];

export function checkAggregate(
  tokens: Tokens,
  at: number,
  operation: Aggregation,
  found: readonly Argument[],
  grouping: { readonly by: boolean; readonly labels: readonly string[] },
): Expression {
  const expected = withParameter.includes(operation) ? 2 : 1;
  const of = found.at(-1);
  if (of === undefined) return tokens.fail("no arguments for aggregate expression provided", at);
  if (found.length !== expected) {
    tokens.fail(
      `wrong number of arguments for aggregate expression provided, expected ${expected}, got ${found.length}`,
      at,
    );
  }
  expectType(tokens, "vector", of, "aggregation expression");
  const parameter = expected === 2 ? found[0] : undefined;
  if (parameter !== undefined) expectType(tokens, "scalar", parameter, "aggregation parameter");
  return { kind: "aggregate", operation, of: of.expression, parameter: parameter?.expression, ...grouping };
}

function expectType(tokens: Tokens, expected: ValueType, found: Argument, context: string): void {
  const type = typeOf(found.expression);
  if (type !== expected) {
    tokens.fail(`expected type ${typeNames[expected]} in ${context}, got ${typeNames[type]}`, found.at);
  }
}
