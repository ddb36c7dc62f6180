import { enumerate, type RouteShape, type RouteView, type RuleView } from "./route-view.ts";
import type { ResolvedVersions } from "./versions-in-rule.ts";

/** What does not stop a rollout but will surprise whoever does not know it. */
export function warningsOf(
  shape: RouteShape,
  view: RouteView,
  rules: readonly RuleView[],
  versions: ResolvedVersions,
): readonly string[] {
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

function pathsAtRest({ reach, rules: all }: RouteView, rules: readonly RuleView[]): readonly string[] {
  const still = reach.paths.filter((path) => !rules.some((rule) => reach.on(rule, path)));
  return still.flatMap((path) => {
    const there = all.filter(({ sends }) => sends === "weighted").filter((rule) => reach.on(rule, path));
    if (there.length === 0) return [];
    return `Entry path ${path} does not move: no selected rule applies there (its rules: ${labels(there)}).`;
  });
}

function shadowed({ reach, rules: all }: RouteView, rules: readonly RuleView[]): readonly string[] {
  return rules.flatMap((rule) => {
    const here = reach.paths.filter((path) => reach.on(rule, path));
    if (here.length === 0) return `${rule.label} moves without effect: it names no entry path of the object.`;
    return here.flatMap((path) => {
      const takers = reach.takers(rule, path, all);
      return takers.length === 0 ? [] : `${rule.label} gets no traffic on ${path}: ${labels(takers)} takes it first.`;
    });
  });
}

/** A rule in front that feeds the canary makes its observed share larger than its weight, for good reason. */
function feeders(view: RouteView, rules: readonly RuleView[], { canary }: ResolvedVersions): readonly string[] {
  const feeding = view.rules
    .filter((rule) => !rules.includes(rule) && feeds(rule, canary))
    .filter((rule) =>
      view.reach.paths.some(
        (path) => view.reach.on(rule, path) && view.reach.takers(rule, path, view.rules).length === 0,
      ),
    );
  if (feeding.length === 0) return [];
  return [
    `${labels(feeding)} feeds ${canary} too and stays as it is, so the observed share may lie above the weight and is checked from below only.`,
  ];
}

function feeds({ sends, destinations }: RuleView, canary: string): boolean {
  if (sends !== "weighted") return false;
  return destinations.some(({ id, weight }) => id === canary && (destinations.length === 1 || (weight ?? 0) > 0));
}

/** Rules of a list from which nothing moves: whoever looks at one kind of traffic easily forgets the other. */
function otherLists(
  view: RouteView,
  rules: readonly RuleView[],
  { stable, canary }: ResolvedVersions,
): readonly string[] {
  const moving = new Set(rules.map(({ list }) => list));
  const same = view.rules
    .filter(({ list }) => !moving.has(list))
    .filter(({ destinations }) => destinations.some(({ id }) => id === stable || id === canary));
  if (same.length === 0) return [];
  return [`${labels(same)} routes the same destinations and does not move.`];
}

function connections(shape: RouteShape, rules: readonly RuleView[]): readonly string[] {
  const layer4 = rules.filter(({ list }) => shape.protocolOf(list) !== "http");
  if (layer4.length === 0) return [];
  return [
    `${labels(layer4)} shares out connections, not requests: every weight edit, a rollback too, lets open connections live until the drain ends (45 s by default) and then cuts them.`,
  ];
}

function mirrored({ label, mirrors }: RuleView): readonly string[] {
  if (mirrors.length === 0) return [];
  return [
    `${label} mirrors requests to ${enumerate(mirrors)}: that load comes on top of the weights, so take metrics as the callers report them (reporter \`source\`), which leave mirrored requests out.`,
  ];
}

function oddSum({ label, destinations }: RuleView): readonly string[] {
  const sum = destinations.reduce((total, { weight }) => total + (weight ?? 0), 0);
  if (sum === 100) return [];
  return [
    `The weights of ${label} add up to ${sum}; while phases run they add up to 100, and a rollback restores them as they are.`,
  ];
}

const labels = (rules: readonly RuleView[]) => enumerate(rules.map(({ label }) => label));
