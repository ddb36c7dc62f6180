import { type Finding, finding } from "../base/reasons/finding.ts";
import { type Reason, reason } from "../base/reasons/index.ts";
import type { DestinationId, RecordedRule, State } from "../rollout/rollout-state.ts";
import { placeOf } from "../rollout/same-destination.ts";
import { fixedUnits, goesHome, weightsOf } from "../rollout/weights.ts";
import { type FoundRule, findRules } from "./find-recorded-rules.ts";
import { type RouteShape, type RouteView, type RuleView, weightsOfRule } from "./route-view.ts";

/** The weights that a rule shall show, by the positions of its destinations in this very object. */
export type Intended = {
  readonly rule: RuleView;
  readonly weights: readonly number[];
  /** The canary, where this very rollout has to add it and it is not there yet. */
  readonly adds?: { readonly id: DestinationId; readonly weight: number };
};
type Intent = {
  /** The recorded rules as they stand now, undefined for one that is gone. */
  readonly found: readonly (FoundRule | undefined)[];
  readonly rules: readonly Intended[];
  /** The first rule that cannot be given its weights any more; the others still can. */
  readonly lost: Lost | undefined;
};
export type Lost = { readonly reason: Reason; readonly goesHome: boolean };

/** What a record wants of an object, found by identity: positions are never carried over from another turn. */
export function intentOf(view: RouteView, state: State): Intent {
  const wanted = weightsOf(state);
  const found = findRules(view.rules, state.rules);
  const answers = state.rules.map((touched, index) =>
    intend(view.title, touched, found[index], wanted[index] ?? [], state),
  );
  return {
    found,
    rules: answers.flatMap((answer) => ("rule" in answer ? answer : [])),
    lost: answers.find((answer) => "reason" in answer),
  };
}

function intend(
  object: string,
  touched: RecordedRule,
  found: FoundRule | undefined,
  wanted: readonly number[],
  state: State,
): Intended | Lost {
  const home = goesHome(state, touched);
  if (found === undefined)
    return { reason: reason("rules-gone", { object, rules: [labelOf(touched)] }), goesHome: home };
  const changed = destinationsChanged(found);
  // On the way home a rule may have gained or lost third destinations; a phase is never written to a rule it was not made for.
  const missing = lacksOnlyCanary(found, state) ? placeOf(touched.destinations, state.canary) : -1;
  const creates = !home && state.created === true && missing >= 0;
  if (changed !== undefined && !creates && !(home && leadsHome(found, state)))
    return { reason: changed, goesHome: home };
  const weights = found.rule.destinations.map(() => 0);
  for (const [index, position] of found.positions.entries()) {
    if (position !== undefined) weights[position] = wanted[index] ?? 0;
  }
  const adds = { id: touched.destinations[missing] ?? "", weight: wanted[missing] ?? 0 };
  return { rule: found.rule, weights, ...(creates ? { adds } : {}) };
}

/** The canary is what a rollout that creates it finds missing at its first patch; later, its absence is drift. */
function lacksOnlyCanary({ touched, positions, added }: FoundRule, { canary }: State): boolean {
  const place = placeOf(touched.destinations, canary);
  return (
    place >= 0 &&
    added.length === 0 &&
    positions.every((position, index) => (position === undefined) === (index === place))
  );
}

/** Home without a third destination is still home while stable stands there and gets traffic. */
function leadsHome({ touched, positions }: FoundRule, { stable }: State): boolean {
  const index = placeOf(touched.destinations, stable);
  return index >= 0 && positions[index] !== undefined && (touched.home[index] ?? 0) > 0;
}

/** Which destinations a touched rule gained or lost; undefined where they are the recorded ones. */
export function destinationsChanged({ touched, rule, positions, added }: FoundRule): Reason | undefined {
  const gone = touched.destinations.filter((_, index) => positions[index] === undefined);
  const gained = added.map((position) => rule.destinations[position]?.id ?? "");
  if (gone.length + gained.length === 0) return undefined;
  const known = gained.filter((id) => id !== "");
  const unreadable = gained.length - known.length;
  const unread = unreadable === 0 ? {} : { unreadable };
  return reason("rule-destinations-changed", { rule: rule.label, gone, gained: known, ...unread });
}

/** Weights of one rule that are not the intended ones; a lone destination gets everything whatever it says. */
export function differs(shape: RouteShape, { rule, weights }: Intended): Reason | undefined {
  if (shape.loneGetsAll && rule.destinations.length === 1) return undefined;
  if (rule.destinations.every(({ weight }, index) => (weight ?? 0) === weights[index])) return undefined;
  const wanted = weightsOfRule(rule, [...weights]);
  return reason("rule-weights-differ", { rule: rule.label, wanted, shown: weightsOfRule(rule) });
}

/** A weight of a phase that the kind cannot carry; the record is refused rather than rounded. */
export function unfit(shape: RouteShape, state: State): Finding | undefined {
  const moving = state.rules.some((rule) => !goesHome(state, rule));
  if (!moving) return undefined;
  const crowded = doesNotFit(state);
  if (crowded !== undefined) return crowded;
  const { weight, total } = state;
  if ((total !== shape.total && total !== shape.fineTotal) || !(weight >= 0 && weight <= 100)) {
    return finding("corrupt-record", { why: "weights", kind: shape.kubeKind, weight, total, carries: shape.total });
  }
  if (isWhole((weight * total) / 100)) return undefined;
  const units = total / 100;
  const [lower, upper] = [Math.floor(weight * units) / units, Math.ceil(weight * units) / units];
  const steps = units === 1 ? "whole" : "tenths";
  return finding("fractional-weight", { kind: shape.kubeKind, weight, lower, upper, steps });
}

/** A phase that fixed third destinations leave no room for; 100 means all that they leave. */
function doesNotFit(state: State): Finding | undefined {
  if (state.others !== "fixed" || state.weight === 100) return undefined;
  const percent = (units: number) => Math.round((units * 1000) / state.total) / 10;
  const rule = state.rules.find(
    (one) => !one.atHome && fixedUnits(state, one) + (state.weight * state.total) / 100 > state.total,
  );
  if (rule === undefined) return undefined;
  const held = percent(fixedUnits(state, rule));
  return finding("weights-do-not-fit", { rule: labelOf(rule), held, weight: state.weight });
}

/** A decimal such as 0.7 times 10 misses its whole number by the last bit. */
const isWhole = (units: number) => Math.abs(units - Math.round(units)) < 1e-9;

function labelOf({ list, index, name }: RecordedRule): string {
  return `${list}/${name ?? index}`;
}
