import type { KubeObject } from "../base/kube-object.ts";
import type { Problem } from "../base/problem.ts";
import type { Percent } from "../base/units.ts";
import type { SelectionResult } from "../ports/route-adapter.ts";
import { withoutForced } from "../rollout/overridable-refusals.ts";
import type { RolloutTarget } from "../rollout/plan.ts";
import type { RecordedRule } from "../rollout/rollout-state.ts";
import { placeOf, sameDestination } from "../rollout/same-destination.ts";
import { withCanary } from "./add-canary.ts";
import { fluxToPause } from "./flux-pause.ts";
import { type AdapterParts, enumerate, type RouteShape, type RouteView, type RuleView } from "./route-view.ts";
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
  const lacksCanary = found.problems.some(({ code }) => code === "canary-destination-missing");
  const amended = lacksCanary ? withCanary(lens, object, target) : undefined;
  if (amended === undefined) return found;
  if (amended.kind === "unclear") return refused([amended.problem]);
  const again = choose(lens, amended.object, target);
  if (again.kind === "refused") return again;
  const { selection } = again;
  const stays = `${selection.canary} is added to ${enumerate(amended.labels)} with the first weight (create-destination), and stays there with weight 0 if the traffic goes back.`;
  return {
    kind: "selected",
    selection: { ...selection, created: amended.labels, warnings: [stays, ...selection.warnings] },
  };
}

function choose(lens: AdapterParts, object: KubeObject, target: RolloutTarget): SelectionResult {
  const view = lens.read(object);
  if (view.problems.length > 0) return { kind: "refused", problems: view.problems };
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
  const { left, overridden } = withoutForced(problems, target.force);
  if (left.length > 0 || found.versions === undefined) return refused(left.length > 0 ? left : problems);
  return {
    kind: "selected",
    selection: {
      ...found.versions,
      rules: found.rules.map(touched),
      total: lens.shape.total,
      ...(lens.shape.fineTotal === undefined ? {} : { fineTotal: lens.shape.fineTotal }),
      share: shareOf(found.rules[0], found.versions),
      ...(overridden.length === 0 ? {} : { overridden }),
      warnings: [...warningsOf(lens.shape, view, found.rules, found.versions)],
    },
  };
}

const refused = (problems: readonly Problem[]): SelectionResult => ({ kind: "refused", problems });

function unableToCarry(rule: RuleView, view: RouteView, shape: RouteShape): readonly Problem[] {
  if (rule.sends !== "nothing") return delegated(rule, shape);
  const others = view.rules.filter(({ sends }) => sends === "weighted").map(({ label }) => label);
  const message = `${rule.label} has no weighted destinations. Select one of ${enumerate(others)}.`;
  return [{ code: "rule-not-weighted", message }];
}

function delegated({ sends }: RuleView, shape: RouteShape): readonly Problem[] {
  if (typeof sends === "string") return [];
  const { delegatedTo } = sends;
  const route = delegatedTo.replace("/", `/${shape.kind}/`);
  const message = `The weights live in ${delegatedTo}. Name that object, or set \`follow-delegates: true\` and grant patch there. As a route it is called ${route}.`;
  return [{ code: "delegated", message }];
}

/** What makes a rule unfit to be judged or moved, whatever the others hold. */
function spoiled(rule: RuleView): readonly Problem[] {
  const total = rule.destinations.reduce((sum, { weight }) => sum + (weight ?? 0), 0);
  const fault: Problem = {
    code: "fault-injected",
    message: `${rule.label} injects faults, which spoil the metrics. Remove them or set \`allow-fault: true\`.`,
  };
  return [...(total === 0 ? [silent(rule)] : []), ...(rule.faulty ? [fault] : [])];
}

function unclearScope(
  shape: RouteShape,
  view: RouteView,
  rules: readonly RuleView[],
  versions: ResolvedVersions | undefined,
  chosen: boolean,
): readonly Problem[] {
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
): readonly Problem[] {
  const { reach } = view;
  const list = rules[0]?.list ?? "";
  const unclear = (unsure: ReadonlySet<RuleView>): readonly Problem[] => {
    const labels = enumerate(view.rules.filter((rule) => unsure.has(rule)).map(({ label }) => label));
    const choices = `Set \`rule\` to one of them: ${shape.selectors}.`;
    const message = `It is not clear which rules carry the rollout: ${labels}. ${choices}`;
    return [{ code: "ambiguous-scope", message }];
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

function unequalShares(rules: readonly RuleView[], versions: ResolvedVersions): readonly Problem[] {
  const shares = rules.map((rule) => shareOf(rule, versions));
  if (rules.some(isSilent) || new Set(shares).size < 2) return [];
  const list = enumerate(rules.map((rule, index) => `${rule.label} ${percent(shares[index] ?? 0)}`));
  const message = `Rules differ: ${list}. Make them equal, select one with \`rule\`, or force it with \`force: inconsistent-weights\`.`;
  return [{ code: "inconsistent-weights", message }];
}

const isSilent = (rule: RuleView) => spoiled({ ...rule, faulty: false }).length > 0;
const percent = (share: Percent) => `${Math.round(share * 100) / 100} %`;

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

function unreachable({ reach, rules: all }: RouteView, rules: readonly RuleView[]): readonly Problem[] {
  const unselected = all.filter((rule) => !rules.includes(rule));
  const told = new Map<string, Problem>();
  for (const path of reach.paths) {
    const here = rules.filter((rule) => reach.on(rule, path));
    const takers = here.map((rule) => ({ rule, by: reach.takers(rule, path, unselected) }));
    if (takers.some(({ by }) => by.length === 0)) continue;
    for (const { rule, by } of takers) {
      const others = enumerate(by.map(({ label }) => label));
      const where = reach.paths.length > 1 ? ` on ${path}` : "";
      const message = `${rule.label} never gets traffic${where}: ${others} takes it. Reorder or remove ${others}, or select it.`;
      told.set(`${rule.label} ${others}`, { code: "unreachable-rule", message });
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
