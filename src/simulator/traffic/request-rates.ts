import type { Millis } from "../../base/units.ts";
import type { Scenario, ScenarioArm } from "../scenario/scenario.ts";
import { type Calendar, layerAt, type ScenarioTime, spanHolds, valueAt } from "../scenario/value-at-time.ts";

/** What one version is sent and how it answers, in requests a second. */
export type TrafficRates = {
  readonly good: number;
  readonly bad: number;
  /** Connections refused: the caller knows whom it asked. */
  readonly refused: number;
  /** Nobody ready: the caller knows the service only. */
  readonly unserved: number;
  /** The share of its requests that fails, for whatever reason. */
  readonly failing: number;
};

export function ratesAt(
  scenario: Scenario,
  arm: ScenarioArm,
  canaryShare: number,
  at: Millis,
  calendar: Calendar,
): TrafficRates {
  const share = arm === "canary" ? canaryShare : 1 - canaryShare;
  const all = (valueAt(scenario.traffic, at, calendar) ?? 0) * share;
  const nothing = { good: 0, bad: 0, refused: 0, unserved: 0 };
  if (scenario.unready[arm].some((span) => spanHolds(span, at, calendar)))
    return { ...nothing, unserved: all, failing: 1 };
  if (scenario.crashes[arm].some((span) => spanHolds(span, at, calendar)))
    return { ...nothing, refused: all, failing: 1 };
  const own = valueAt(scenario.errors[arm], at, calendar) ?? 0;
  const shared = valueAt(scenario.incidents, at, calendar) ?? 0;
  const failing = 1 - (1 - own) * (1 - shared);
  return { ...nothing, good: all * (1 - failing), bad: all * failing, failing };
}

export type Latency = { readonly medianMs: number; readonly slowShare: number; readonly slowByMs: number };

export function latencyAt(scenario: Scenario, arm: ScenarioArm, at: Millis, calendar: Calendar): Latency {
  const slow = layerAt(scenario.slow[arm], at, calendar);
  const medianMs = valueAt(scenario.latencyMs[arm], at, calendar) ?? 40;
  const factor = valueAt(scenario.latencyFactor[arm], at, calendar) ?? 1;
  return { medianMs: medianMs * factor, slowShare: slow?.value ?? 0, slowByMs: slow?.byMs ?? 0 };
}

/** Every moment at which a rate may change at once. */
export function turningPoints(scenario: Scenario): ScenarioTime[] {
  const both = <T>(of: Readonly<Record<ScenarioArm, readonly T[]>>) => [...of.stable, ...of.canary];
  const spans = [
    ...scenario.traffic,
    ...scenario.incidents,
    ...scenario.share,
    ...scenario.ignored,
    ...both(scenario.errors),
    ...both(scenario.unready),
    ...both(scenario.crashes),
  ];
  return spans.flatMap((span) => [span.from, span.until]).filter((moment) => moment !== null);
}
