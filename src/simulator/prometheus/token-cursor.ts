import { lex, parseError, type Token } from "./lex.ts";

/** The tokens of one query and the place that has been reached in them. */
export type Tokens = {
  readonly text: string;
  peek(ahead?: number): Token;
  next(): Token;
  /** Takes the next token if it is this operator. */
  take(operator: string): boolean;
  /** Takes the next token if it is this keyword, in either case. */
  takeWord(keyword: string): boolean;
  expect(operator: string, context: string): void;
  /** Counts how deep the expression is nested, so that a hostile query ends in words and not in a full stack. */
  enter(): void;
  leave(): void;
  fail(message: string, at?: number): never;
  /** Fails with the words for a token that cannot stand here. */
  unexpected(context?: string, expected?: string): never;
};

const deepest = 200;

export function tokensOf(text: string): Tokens {
  const all = lex(text);
  let position = 0;
  let depth = 0;
  const end: Token = { kind: "end", text: "", at: text.length };
  const peek = (ahead = 0) => all[position + ahead] ?? end;
  const next = () => {
    const token = peek();
    position += 1;
    return token;
  };
  const fail = (message: string, at = peek().at): never => {
    throw parseError(text, at, message);
  };
  const unexpected = (context?: string, expected?: string): never => {
    const token = peek();
    const open = openBefore(all, position);
    if (token.kind === "end" && open.braces > 0) return fail("unexpected end of input inside braces");
    if (token.kind === "end" && open.parentheses > 0) return fail("unclosed left parenthesis");
    if (token.kind === "end" && open.brackets > 0) return fail("unclosed left bracket");
    if (token.text === ")" && open.parentheses === 0) return fail("unexpected right parenthesis ')'", token.at + 1);
    const where = context === undefined ? "" : ` in ${context}`;
    return fail(
      `unexpected ${describe(token)}${where}${where === "" || expected === undefined ? "" : `, expected ${expected}`}`,
    );
  };
  const take = (operator: string) => {
    const found = peek().kind === "operator" && peek().text === operator;
    if (found) position += 1;
    return found;
  };
  return {
    text,
    peek,
    next,
    take,
    takeWord: (keyword) => {
      const found = isWord(peek(), keyword);
      if (found) position += 1;
      return found;
    },
    expect: (operator, context) => {
      if (!take(operator)) unexpected(context, `"${operator}"`);
    },
    enter: () => {
      depth += 1;
      if (depth > deepest) fail("expression is nested too deeply");
    },
    leave: () => {
      depth -= 1;
    },
    fail,
    unexpected,
  };
}

export function isWord(token: Token, keyword: string): boolean {
  return token.kind === "word" && token.text.toLowerCase() === keyword;
}

function openBefore(
  tokens: readonly Token[],
  position: number,
): { parentheses: number; braces: number; brackets: number } {
  const open = (left: string, right: string) => {
    const before = tokens.slice(0, position).filter((token) => token.kind === "operator");
    return before.filter(({ text }) => text === left).length - before.filter(({ text }) => text === right).length;
  };
  return { parentheses: open("(", ")"), braces: open("{", "}"), brackets: open("[", "]") };
}

function describe(token: Token): string {
  switch (token.kind) {
    case "end":
      return "end of input";
    case "number":
    case "duration":
      return `${token.kind} "${token.text}"`;
    case "string":
      return `string ${JSON.stringify(token.text)}`;
    case "word":
      return `identifier "${token.text}"`;
    case "operator":
      return parentheses[token.text] ?? `"${token.text}"`;
    default:
      return token.kind satisfies never;
  }
}

const parentheses: Readonly<Record<string, string>> = {
  "(": '"("',
  ")": 'right parenthesis ")"',
  "{": '"{"',
  "}": '"}"',
  "[": '"["',
  "]": '"]"',
  ",": '","',
};
