import { type Finding, finding } from "../base/reasons/finding.ts";
import type { DestinationId } from "../rollout/rollout-state.ts";
import { type RouteShape, type RuleView, weightsIn } from "./route-view.ts";

export type ResolvedVersions = { readonly stable: DestinationId; readonly canary: DestinationId };
/** The user's words for the two versions; what is left out is found from the traffic. */
export type VersionNames = { readonly stable?: string; readonly canary?: string };

/** What one rule says about the two versions. `lacks`: it holds none, or only one of them. */
type InRule =
  | ({ readonly kind: "both" } & ResolvedVersions)
  | { readonly kind: "lacks"; readonly canary: boolean; readonly stable: boolean }
  | { readonly kind: "unclear"; readonly finding: Finding };

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

const unclear = (found: Finding): InRule => ({ kind: "unclear", finding: found });

const ambiguous = (rule: RuleView, word: string, found: readonly DestinationId[]): Finding =>
  finding("canary-ambiguous", { unclear: "word", word, rules: [weightsIn(rule)], destinations: found });

const twins = (rule: RuleView, id: DestinationId): Finding =>
  finding("canary-ambiguous", { unclear: "twins", word: id, rules: [weightsIn(rule)], destinations: [id] });

const whichIs = (rule: RuleView, what: "stable" | "canary" | "both"): Finding =>
  finding("canary-ambiguous", { unclear: what, rules: [weightsIn(rule)], destinations: [] });

export const silent = (rule: RuleView): Finding => finding("zero-total-weight", { rule: rule.label });

export const sameTwice = (word: string): Finding =>
  finding("canary-ambiguous", { unclear: "same", word, rules: [], destinations: [] });
