import { type Notice, notice } from "../base/reasons/notice.ts";
import type { RouteShape, RouteView, RuleView } from "./route-view.ts";
import type { ResolvedVersions } from "./versions-in-rule.ts";

/** What does not stop a rollout but surprises those who do not know it. */
export function warningsOf(
  shape: RouteShape,
  view: RouteView,
  rules: readonly RuleView[],
  versions: ResolvedVersions,
): readonly Notice[] {
  return [
    ...view.warnings,
    ...pathsAtRest(view, rules),
    ...shadowed(view, rules),
    ...feeders(view, rules, versions),
    ...otherLists(view, rules, versions),
    ...connections(shape, rules),
    ...rules.flatMap(mirrored),
    ...(shape.fineTotal === undefined ? rules.flatMap(oddSum) : []),
  ];
}

function pathsAtRest({ reach, rules: all }: RouteView, rules: readonly RuleView[]): readonly Notice[] {
  const still = reach.paths.filter((path) => !rules.some((rule) => reach.on(rule, path)));
  return still.flatMap((path) => {
    const there = all.filter(({ sends }) => sends === "weighted").filter((rule) => reach.on(rule, path));
    if (there.length === 0) return [];
    return notice("path-at-rest", { path, rules: labels(there) });
  });
}

function shadowed({ reach, rules: all }: RouteView, rules: readonly RuleView[]): readonly Notice[] {
  return rules.flatMap((rule) => {
    const here = reach.paths.filter((path) => reach.on(rule, path));
    if (here.length === 0) return notice("rule-without-path", { rule: rule.label });
    return here.flatMap((path) => {
      const takers = reach.takers(rule, path, all);
      return takers.length === 0 ? [] : notice("rule-shadowed", { rule: rule.label, path, takers: labels(takers) });
    });
  });
}

/** A rule in front that feeds the canary makes its observed share larger than its weight, for good reason. */
function feeders(view: RouteView, rules: readonly RuleView[], { canary }: ResolvedVersions): readonly Notice[] {
  const feeding = view.rules
    .filter((rule) => !rules.includes(rule) && feeds(rule, canary))
    .filter((rule) =>
      view.reach.paths.some(
        (path) => view.reach.on(rule, path) && view.reach.takers(rule, path, view.rules).length === 0,
      ),
    );
  if (feeding.length === 0) return [];
  return [notice("canary-fed-elsewhere", { rules: labels(feeding), canary })];
}

function feeds({ sends, destinations }: RuleView, canary: string): boolean {
  if (sends !== "weighted") return false;
  return destinations.some(({ id, weight }) => id === canary && (destinations.length === 1 || (weight ?? 0) > 0));
}

/** Rules of a list from which nothing moves: who looks at one kind of traffic easily forgets the other. */
function otherLists(
  view: RouteView,
  rules: readonly RuleView[],
  { stable, canary }: ResolvedVersions,
): readonly Notice[] {
  const moving = new Set(rules.map(({ list }) => list));
  const same = view.rules
    .filter(({ list }) => !moving.has(list))
    .filter(({ destinations }) => destinations.some(({ id }) => id === stable || id === canary));
  if (same.length === 0) return [];
  return [notice("other-protocol-stays", { rules: labels(same) })];
}

function connections(shape: RouteShape, rules: readonly RuleView[]): readonly Notice[] {
  const layer4 = rules.filter(({ list }) => shape.protocolOf(list) !== "http");
  if (layer4.length === 0) return [];
  return [notice("shares-connections", { rules: labels(layer4) })];
}

function mirrored({ label, mirrors }: RuleView): readonly Notice[] {
  return mirrors.length === 0 ? [] : [notice("requests-mirrored", { rule: label, mirrors })];
}

function oddSum({ label, destinations }: RuleView): readonly Notice[] {
  const sum = destinations.reduce((total, { weight }) => total + (weight ?? 0), 0);
  return sum === 100 ? [] : [notice("odd-weight-sum", { rule: label, sum })];
}

const labels = (rules: readonly RuleView[]) => rules.map(({ label }) => label);
