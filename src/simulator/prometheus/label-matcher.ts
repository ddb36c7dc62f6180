import { failure } from "./query-error.ts";

export type MatcherKind = "=" | "!=" | "=~" | "!~";
export type LabelMatcher = {
  readonly name: string;
  readonly kind: MatcherKind;
  readonly value: string;
  /** A label that a series lacks is matched as the empty string. */
  accepts(value: string): boolean;
};

export function matcherOf(name: string, kind: MatcherKind, value: string): LabelMatcher {
  switch (kind) {
    case "=":
      return { name, kind, value, accepts: (found) => found === value };
    case "!=":
      return { name, kind, value, accepts: (found) => found !== value };
    case "=~": {
      const pattern = wholePattern(value);
      return { name, kind, value, accepts: (found) => pattern.test(found) };
    }
    case "!~": {
      const pattern = wholePattern(value);
      return { name, kind, value, accepts: (found) => !pattern.test(found) };
    }
    default:
      return kind satisfies never;
  }
}

/** Prometheus anchors every pattern at both ends. RE2 is read as JavaScript where the two agree, and refused elsewhere. */
export function wholePattern(source: string): RegExp {
  const unsupported = /\(\?(?:[=!]|<[=!])|\\[1-9]|\\k</.exec(source);
  if (unsupported !== null) {
    throw failure(`error parsing regexp: invalid or unsupported Perl syntax: \`${unsupported[0]}\``);
  }
  const flags = /^\(\?([ims]+)\)/.exec(source);
  const body = (flags === null ? source : source.slice(flags[0].length))
    .replaceAll("(?P<", "(?<")
    .replaceAll("\\A", "^")
    .replaceAll("\\z", "$")
    .replaceAll(
      /\[:(\^?)(alpha|digit|alnum|upper|lower|space|word):\]/g,
      (_whole, _not, name: string) => posix[name] ?? "",
    );
  try {
    return new RegExp(`^(?:${body})$`, flags?.[1]?.includes("i") === true ? "is" : "s");
  } catch {
    throw failure(`error parsing regexp: \`${source}\` is not a regular expression`);
  }
}

const posix: Readonly<Record<string, string>> = {
  alpha: "A-Za-z",
  digit: "0-9",
  alnum: "0-9A-Za-z",
  upper: "A-Z",
  lower: "a-z",
  space: "\\s",
  word: "\\w",
};
