import type { Problem } from "../base/problem.ts";
import type { DestinationId } from "../rollout/rollout-state.ts";
import { enumerate, type RouteShape, type RuleView, weightsText } from "./route-view.ts";

export type ResolvedVersions = { readonly stable: DestinationId; readonly canary: DestinationId };
/** The user's words for the two versions; what is left out is found from the traffic. */
export type VersionNames = { readonly stable?: string; readonly canary?: string };

/** What one rule says about the two versions. `lacks`: it holds none, or only one of them. */
type InRule =
  | ({ readonly kind: "both" } & ResolvedVersions)
  | { readonly kind: "lacks"; readonly canary: boolean; readonly stable: boolean }
  | { readonly kind: "unclear"; readonly problem: Problem };

export function versionsIn(shape: RouteShape, rule: RuleView, words: VersionNames, namespace: string): InRule {
  const ids = rule.destinations.map(({ id }) => id);
  const named = (word: string | undefined) => (word === undefined ? undefined : shape.named(word, ids, namespace));
  const canaries = named(words.canary);
  const stables = named(words.stable);
  if (canaries?.length === 0 || stables?.length === 0) {
    return { kind: "lacks", canary: canaries?.length === 0, stable: stables?.length === 0 };
  }
  // A rule with one destination cannot carry a rollout: it is left to the version that it serves.
  if (new Set(ids).size < 2) return { kind: "lacks", canary: canaries === undefined, stable: canaries !== undefined };
  const many = [
    { found: canaries, word: words.canary },
    { found: stables, word: words.stable },
  ].find(({ found }) => found !== undefined && found.length > 1);
  if (many?.found !== undefined) return unclear(ambiguous(rule, many.word ?? "", many.found));
  return choose(rule, canaries?.[0], stables?.[0]);
}

function choose(rule: RuleView, canary: DestinationId | undefined, stable: DestinationId | undefined): InRule {
  if (canary !== undefined && stable !== undefined) {
    return canary === stable ? unclear(sameTwice(canary)) : checked(rule, { stable, canary });
  }
  const chosen = canary ?? stable;
  const others = [...new Set(rule.destinations.map(({ id }) => id))].filter((id) => id !== chosen);
  const busy = others.filter((id) => rule.destinations.some((there) => there.id === id && (there.weight ?? 0) > 0));
  if (stable !== undefined) {
    const [only, ...more] = others;
    return only === undefined || more.length > 0
      ? unclear(whichIs(rule, "canary"))
      : checked(rule, { stable, canary: only });
  }
  if (canary !== undefined) {
    const fitting = busy.length === 0 ? others : busy;
    const [only, ...more] = fitting;
    return only === undefined || more.length > 0
      ? unclear(whichIs(rule, "stable"))
      : checked(rule, { stable: only, canary });
  }
  if (busy.length === 0) return unclear(silent(rule));
  const idle = others.filter((id) => !busy.includes(id));
  const [stableFound, canaryFound] = [busy[0], idle[0]];
  const fits = busy.length === 1 && idle.length === 1 && stableFound !== undefined && canaryFound !== undefined;
  return fits ? checked(rule, { stable: stableFound, canary: canaryFound }) : unclear(whichIs(rule, "both"));
}

/** Two entries with one identity cannot be told apart: a weight written to one of them is a guess. */
function checked(rule: RuleView, versions: ResolvedVersions): InRule {
  const twice = [versions.canary, versions.stable].find(
    (id) => rule.destinations.filter((there) => there.id === id).length > 1,
  );
  return twice === undefined ? { kind: "both", ...versions } : unclear(twins(rule, twice));
}

const unclear = (problem: Problem): InRule => ({ kind: "unclear", problem });

function ambiguous(rule: RuleView, word: string, found: readonly DestinationId[]): Problem {
  const list = enumerate(found);
  return {
    code: "canary-ambiguous",
    message: `${found.length} destinations in ${rule.label} match ${word}: ${list}. Name host, subset and port in full.`,
  };
}

function twins(rule: RuleView, id: DestinationId): Problem {
  const entries = rule.destinations.filter((there) => there.id === id).length;
  return {
    code: "canary-ambiguous",
    message: `${entries} destinations in ${rule.label} match ${id}: they have the same host, subset and port. Keep one of them.`,
  };
}

function whichIs(rule: RuleView, what: "stable" | "canary" | "both"): Problem {
  const question = what === "both" ? "which destinations are stable and canary" : `which destination is ${what}`;
  const remedy = what === "both" ? "Name them with `stable` and `canary`" : `Name it with \`${what}\``;
  return {
    code: "canary-ambiguous",
    message: `It is not clear ${question} in ${rule.label}: ${weightsText(rule)}. ${remedy}.`,
  };
}

export function silent(rule: RuleView): Problem {
  return {
    code: "zero-total-weight",
    message: `${rule.label} sends no traffic at all. Give stable a weight first.`,
  };
}

export function sameTwice(what: string): Problem {
  return {
    code: "canary-ambiguous",
    message: `\`stable\` and \`canary\` both mean ${what}. Name two different destinations.`,
  };
}
