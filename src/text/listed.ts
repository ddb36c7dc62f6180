import type { DestinationWeight, RuleWeights } from "../base/reasons/route-shapes.ts";

const shown = 20;

/** A list in a sentence; a route may have hundreds of rules, a sentence may not. */
export function listed(words: readonly string[], between = ", "): string {
  if (words.length === 0) return "none";
  const rest = words.length - shown;
  return rest > 0 ? `${words.slice(0, shown).join(between)} and ${rest} more` : words.join(between);
}

type Name = (text: string) => string;

/** As `v1 95, v2 5`. */
export const weightsListed = (destinations: readonly DestinationWeight[], name: Name): string =>
  listed(destinations.map(({ id, weight }) => `${name(id)} ${weight}`));

/** As `http/main: v1 95, v2 5; http/api: v1 100, v2 0`. */
export const rulesListed = (rules: readonly RuleWeights[], name: Name): string =>
  listed(
    rules.map(({ rule, destinations }) => `${name(rule)}: ${weightsListed(destinations, name)}`),
    "; ",
  );
