import type { KubeObject } from "../base/kube-object.ts";
import { type Finding, finding } from "../base/reasons/finding.ts";
import { notice } from "../base/reasons/notice.ts";
import type { Percent } from "../base/units.ts";
import type { SelectionResult } from "../ports/route-adapter.ts";
import { withoutForced } from "../rollout/overridable-refusals.ts";
import type { RolloutTarget } from "../rollout/plan.ts";
import type { RecordedRule } from "../rollout/rollout-state.ts";
import { placeOf, sameDestination } from "../rollout/same-destination.ts";
import { withCanary } from "./add-canary.ts";
import { fluxToPause } from "./flux-pause.ts";
import type { AdapterParts, RouteShape, RouteView, RuleView } from "./route-view.ts";
import { warningsOf } from "./route-warnings.ts";
import { rulesSelected } from "./rule-selectors.ts";
import { settle } from "./versions-across-rules.ts";
import { type ResolvedVersions, sameTwice, silent, type VersionNames } from "./versions-in-rule.ts";

/** What a new rollout would move, or every reason why it cannot that the object alone can tell. */
export function select(lens: AdapterParts, object: KubeObject, target: RolloutTarget): SelectionResult {
  return withFlux(object, target, chooseOrCreate(lens, object, target));
}

/** Whatever is moved, the user may want Flux kept from the object meanwhile. */
function withFlux(object: KubeObject, target: RolloutTarget, found: SelectionResult): SelectionResult {
  const flux = target.pauseFlux === true ? fluxToPause(object) : undefined;
  if (found.kind === "refused" || flux === undefined) return found;
  return { kind: "selected", selection: { ...found.selection, flux } };
}

function chooseOrCreate(lens: AdapterParts, object: KubeObject, target: RolloutTarget): SelectionResult {
  const found = choose(lens, object, target);
  if (target.createDestination !== true || found.kind === "selected") return found;
  const lacksCanary = found.findings.some(({ reason }) => reason.code === "canary-destination-missing");
  const amended = lacksCanary ? withCanary(lens, object, target) : undefined;
  if (amended === undefined) return found;
  if (amended.kind === "unclear") return refused([amended.finding]);
  const again = choose(lens, amended.object, target);
  if (again.kind === "refused") return again;
  const { selection } = again;
  const stays = notice("canary-added", { canary: selection.canary, rules: amended.labels });
  return {
    kind: "selected",
    selection: { ...selection, created: amended.labels, warnings: [stays, ...selection.warnings] },
  };
}

function choose(lens: AdapterParts, object: KubeObject, target: RolloutTarget): SelectionResult {
  const view = lens.read(object);
  if (view.problems.length > 0) return refused(view.problems);
  const words: VersionNames = target;
  if (words.canary !== undefined && words.canary === words.stable) return refused([sameTwice(words.canary)]);
  const chosen = target.rules.length > 0;
  const named = rulesSelected(view, lens.shape, target.rules);
  const scope = chosen ? named.rules : view.rules;
  const weighted = scope.filter(({ sends }) => sends === "weighted");
  const unable = chosen ? scope.flatMap((rule) => unableToCarry(rule, view, lens.shape)) : [];
  const found = settle({ lens, view, words, chosen }, weighted);
  const delegates = chosen || found.rules.length > 0 ? [] : scope.flatMap((rule) => delegated(rule, lens.shape));
  // Where nothing but delegates could hold the versions, adding a destination here would be the wrong remedy.
  const hidden = weighted.length === 0 && (chosen || delegates.length > 0);
  const problems = [
    ...named.problems,
    ...unable,
    ...(hidden ? [] : found.problems),
    ...delegates,
    ...found.rules.flatMap(spoiled),
    ...(found.problems.length > 0 ? [] : unclearScope(lens.shape, view, found.rules, found.versions, chosen)),
  ];
  const { left, notices } = withoutForced(problems, target.force);
  if (left.length > 0 || found.versions === undefined) return refused(left.length > 0 ? left : problems);
  return {
    kind: "selected",
    selection: {
      ...found.versions,
      rules: found.rules.map(touched),
      total: lens.shape.total,
      ...(lens.shape.fineTotal === undefined ? {} : { fineTotal: lens.shape.fineTotal }),
      share: shareOf(found.rules[0], found.versions),
      warnings: [...notices, ...warningsOf(lens.shape, view, found.rules, found.versions)],
    },
  };
}

const refused = (findings: readonly Finding[]): SelectionResult => ({ kind: "refused", findings });

function unableToCarry(rule: RuleView, view: RouteView, shape: RouteShape): readonly Finding[] {
  if (rule.sends !== "nothing") return delegated(rule, shape);
  const others = view.rules.filter(({ sends }) => sends === "weighted").map(({ label }) => label);
  return [finding("rule-not-weighted", { rule: rule.label, weighted: others })];
}

function delegated({ sends }: RuleView, shape: RouteShape): readonly Finding[] {
  if (typeof sends === "string") return [];
  const { delegatedTo } = sends;
  const route = delegatedTo.replace("/", `/${shape.kind}/`);
  return [finding("delegated", { why: "elsewhere", delegate: delegatedTo, route, rules: [], delegates: [] })];
}

/** What makes a rule unfit to be judged or moved, whatever the others hold. */
function spoiled(rule: RuleView): readonly Finding[] {
  const total = rule.destinations.reduce((sum, { weight }) => sum + (weight ?? 0), 0);
  const fault = rule.faulty ? [finding("fault-injected", { rule: rule.label })] : [];
  return [...(total === 0 ? [silent(rule)] : []), ...fault];
}

function unclearScope(
  shape: RouteShape,
  view: RouteView,
  rules: readonly RuleView[],
  versions: ResolvedVersions | undefined,
  chosen: boolean,
): readonly Finding[] {
  if (versions === undefined) return [];
  return [
    ...(chosen ? [] : byList(rules).flatMap((same) => ambiguousScope(shape, view, same, versions))),
    ...unequalShares(rules, versions),
    ...byList(rules).flatMap((same) => unreachable(view, same)),
  ];
}

/** Each list has its own traffic: what is unclear in one says nothing of another. */
const byList = (rules: readonly RuleView[]): readonly (readonly RuleView[])[] => [
  ...Map.groupBy(rules, ({ list }) => list).values(),
];

function ambiguousScope(
  shape: RouteShape,
  view: RouteView,
  rules: readonly RuleView[],
  versions: ResolvedVersions,
): readonly Finding[] {
  const { reach } = view;
  const list = rules[0]?.list ?? "";
  const unclear = (unsure: ReadonlySet<RuleView>): readonly Finding[] => {
    const labels = view.rules.filter((rule) => unsure.has(rule)).map(({ label }) => label);
    const about = { rules: labels, selectors: shape.selectors, delegates: [] };
    return [finding("ambiguous-scope", { unclear: "rules", ...about })];
  };
  // A port or a name of a server is a service of its own, so nothing says that two of them belong together.
  if (shape.protocolOf(list) !== "http" && rules.length > 1) return unclear(new Set(rules));
  const twins = reach.paths.flatMap((path) => {
    const byMatch = Map.groupBy(rules, (rule) => reach.matchOn(rule, path));
    return [...byMatch].flatMap(([match, same]) => (match !== undefined && same.length > 1 ? same : []));
  });
  const plain = view.rules.filter(
    ({ list: other, destinations }) =>
      other === list &&
      destinations.some(({ id }) => sameDestination(id, versions.stable)) &&
      !destinations.some(({ id }) => sameDestination(id, versions.canary)),
  );
  const fallen = plain.filter((other) => rules.some((rule) => reach.fallsTo(rule, other)));
  const onlyGuarded = fallen.length > 0 && rules.every((rule) => reach.guarded(rule));
  if (twins.length === 0 && !onlyGuarded) return [];
  return unclear(new Set(onlyGuarded ? [...rules, ...fallen] : twins));
}

function unequalShares(rules: readonly RuleView[], versions: ResolvedVersions): readonly Finding[] {
  const shares = rules.map((rule) => shareOf(rule, versions));
  if (rules.some(isSilent) || new Set(shares).size < 2) return [];
  const unequal = rules.map(({ label }, index) => ({ rule: label, share: shares[index] ?? 0 }));
  return [finding("inconsistent-weights", { rules: unequal })];
}

const isSilent = (rule: RuleView) => spoiled({ ...rule, faulty: false }).length > 0;

function shareOf(rule: RuleView | undefined, { canary }: ResolvedVersions): Percent {
  const weights = rule?.destinations ?? [];
  const total = weights.reduce((sum, { weight }) => sum + (weight ?? 0), 0);
  const place = placeOf(
    weights.map(({ id }) => id),
    canary,
  );
  const mine = weights[place]?.weight ?? 0;
  return total === 0 ? 0 : (mine * 100) / total;
}

function unreachable({ reach, rules: all }: RouteView, rules: readonly RuleView[]): readonly Finding[] {
  const unselected = all.filter((rule) => !rules.includes(rule));
  const told = new Map<string, Finding>();
  for (const path of reach.paths) {
    const here = rules.filter((rule) => reach.on(rule, path));
    const taken = here.map((rule) => ({ rule, by: reach.takers(rule, path, unselected) }));
    if (taken.some(({ by }) => by.length === 0)) continue;
    for (const { rule, by } of taken) {
      const takers = by.map(({ label }) => label);
      const where = reach.paths.length > 1 ? { path } : {};
      told.set([rule.label, ...takers].join(" "), finding("unreachable-rule", { rule: rule.label, takers, ...where }));
    }
  }
  return [...told.values()];
}

function touched(rule: RuleView): RecordedRule {
  return {
    list: rule.list,
    index: rule.index,
    name: rule.name,
    key: rule.key,
    destinations: rule.destinations.map(({ id }) => id),
    home: rule.destinations.map(({ weight }) => weight),
    atHome: false,
  };
}
