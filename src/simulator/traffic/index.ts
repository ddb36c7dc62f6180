import type { Millis, Percent } from "../../base/units.ts";
import { countUpTo, type SampleStore } from "../prometheus/series-store.ts";
import type { MetricsFault, Scenario, ScenarioArm } from "../scenario/scenario.ts";
import { type Calendar, layerAt, type ScenarioTime, spanHolds, valueAt } from "../scenario/value-at-time.ts";
import type { MetricCounter } from "./data-plane-counters.ts";
import type { Backend } from "./metric-labels.ts";
import { ratesAt, type TrafficRates, turningPoints } from "./request-rates.ts";
import { plantOf } from "./servers.ts";

export type WorldOptions = {
  readonly scenario: Scenario;
  readonly seed: number;
  /** When the rehearsal begins, by the rehearsal's own server time. Moments of the scenario count from here. */
  readonly startMs: Millis;
  /** How long the service had been scraped before. */
  readonly historyMs?: Millis;
  readonly stable: Backend;
  readonly canary: Backend;
  readonly homeWeight?: Percent;
  /** Who counts the requests; Istio where nobody is named. */
  readonly counter?: MetricCounter;
  readonly callers?: "source" | "waypoint";
};

/** What was really served since the start, whatever the metrics said of it. */
export type Truth = {
  readonly stable: RequestsServed;
  /** `spoiled`: failed requests beyond what stable's rate at the time would have made of the same requests. */
  readonly canary: RequestsServed & { readonly spoiled: number };
};
export type RequestsServed = { readonly requests: number; readonly bad: number };

/** Traffic that follows the weights of a route, and a Prometheus that scrapes it. It moves only when told how late it is. */
export interface SimulatedTraffic {
  readonly scenario: Scenario;
  readonly samples: SampleStore;
  /** The route shows another canary weight from this time on. To be told in the order of time. */
  weightChanged(at: Millis, weight: Percent): void;
  advanceTo(at: Millis): void;
  /** When a moment of the scenario is, or undefined while its phase has not been entered. */
  timeOf(moment: ScenarioTime): Millis | undefined;
  readyPods(arm: ScenarioArm, at: Millis): number;
  /** What is wrong with Prometheus at this time. */
  metricsFault(at: Millis): MetricsFault["kind"] | undefined;
  /** The metrics that exist by now. */
  metricNames(): string[];
  truth(): Truth;
}

const second = 1000;
/** The canary's pods are deployed, and scraped, so long before the rollout begins. */
const canaryUpMs = 120_000;
const arms: readonly ScenarioArm[] = ["stable", "canary"];

export function createWorld(options: WorldOptions): SimulatedTraffic {
  const { scenario, startMs } = options;
  const route = routeOf(options);
  const served = { stable: { requests: 0, bad: 0 }, canary: { requests: 0, bad: 0, spoiled: 0 } };
  const from = startMs - (options.historyMs ?? 3_600_000);
  const canaryFrom = Math.max(from, startMs - canaryUpMs);
  const plant = plantOf({ ...options, from, canaryFrom }, route.calendar);
  plant.prefill(ratesAt(scenario, "stable", route.shareAt(from), from, route.calendar), from);
  let generated = 0;

  const generate = () => {
    const begin = from + generated * second;
    const cell = expectedIn(scenario, route, begin);
    plant.restartWhereDue(begin + second);
    const done = plant.serve(generated, begin, cell);
    if (begin >= startMs) {
      for (const arm of arms) {
        served[arm].requests += done[arm].requests;
        served[arm].bad += done[arm].bad;
      }
      served.canary.spoiled += done.canary.bad - done.canary.requests * cell.stable.failing;
    }
    generated += 1;
  };

  return {
    scenario,
    samples: plant.store,
    weightChanged: (at, weight) => route.changed(Math.max(at, from + generated * second), weight),
    advanceTo: (at) => {
      for (let end = from + (generated + 1) * second; end <= at; end += second) {
        plant.scrapeBefore(end);
        generate();
      }
      plant.scrapeBefore(at + 1);
    },
    timeOf: route.calendar,
    readyPods: (arm, at) =>
      scenario.unready[arm].some((span) => spanHolds(span, at, route.calendar)) ? 0 : scenario.pods[arm],
    metricsFault: (at) => layerAt(scenario.faults, at, route.calendar)?.kind,
    metricNames: () => plant.store.names(),
    truth: () => ({ stable: { ...served.stable }, canary: { ...served.canary } }),
  };
}

type Route = {
  readonly calendar: Calendar;
  changed(at: Millis, weight: Percent): void;
  /** The canary's real share of the requests, 0 to 1. */
  shareAt(at: Millis): number;
  /** Times between `from` and `to` at which a rate may change. */
  turnsBetween(from: Millis, to: Millis): readonly Millis[];
};

/** The weights in the order in which they were set, and what they mean for the traffic. */
function routeOf({ scenario, startMs, homeWeight = 0 }: WorldOptions): Route {
  const times: Millis[] = [];
  const weights: Percent[] = [];
  const calendar: Calendar = ({ afterMs, phase }) => {
    if (phase === undefined) return startMs + afterMs;
    const entered = times[weights.findIndex((weight) => weight >= phase)];
    return entered === undefined ? undefined : entered + scenario.followsAfterMs + afterMs;
  };
  const points = turningPoints(scenario);
  let turns: readonly Millis[] = [];
  const changed = (at: Millis, weight: Percent) => {
    times.push(at);
    weights.push(weight);
    const known = points.map(calendar).filter((time) => time !== undefined);
    turns = [...known, ...times.map((time) => time + scenario.followsAfterMs)].sort((a, b) => a - b);
  };
  const weightAt = (at: Millis) => weights[countUpTo(times, at - scenario.followsAfterMs) - 1] ?? homeWeight;
  const shareAt = (at: Millis) => {
    const ignoring = layerAt(scenario.ignored, at, calendar);
    // Whoever ignores the weights goes on with those that were there before.
    const since =
      ignoring === undefined ? at : ignoring.from === null ? Number.NEGATIVE_INFINITY : (calendar(ignoring.from) ?? at);
    const weight = weightAt(since);
    return weight === 0 ? 0 : (valueAt(scenario.share, at, calendar) ?? weight / 100);
  };
  changed(Number.NEGATIVE_INFINITY, homeWeight);
  return {
    calendar,
    changed,
    shareAt,
    turnsBetween: (from, to) => {
      const [first, last] = [countUpTo(turns, from), countUpTo(turns, to - 1)];
      return first === last ? none : turns.slice(first, last);
    },
  };
}

const none: readonly Millis[] = [];

type Cell = Record<ScenarioArm, TrafficRates>;

/** What is expected in one second: rates that change in its midst count for their part of it. */
function expectedIn(scenario: Scenario, route: Route, begin: Millis): Cell {
  const turns = route.turnsBetween(begin, begin + second);
  const within = (arm: ScenarioArm, at: Millis) => ratesAt(scenario, arm, route.shareAt(at), at, route.calendar);
  if (turns.length === 0) {
    const middle = begin + second / 2;
    return { stable: within("stable", middle), canary: within("canary", middle) };
  }
  const edges = [...turns, begin + second];
  let from = begin;
  const sums = { stable: noRates(), canary: noRates() };
  for (const to of edges) {
    const at = (from + to) / 2;
    for (const arm of arms) addRates(sums[arm], within(arm, at), (to - from) / second);
    from = to;
  }
  return sums;
}

function noRates() {
  return { good: 0, bad: 0, refused: 0, unserved: 0, failing: 0 };
}

function addRates(to: ReturnType<typeof noRates>, rates: TrafficRates, weight: number): void {
  to.good += rates.good * weight;
  to.bad += rates.bad * weight;
  to.refused += rates.refused * weight;
  to.unserved += rates.unserved * weight;
  to.failing += rates.failing * weight;
}
