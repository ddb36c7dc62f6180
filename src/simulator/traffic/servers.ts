import type { Millis } from "../../base/units.ts";
import { stream } from "../engine/seeded-random.ts";
import { MemoryStore } from "../prometheus/series-store.ts";
import type { Scenario, ScenarioArm } from "../scenario/scenario.ts";
import { type Calendar, layerAt, spanHolds, valueAt } from "../scenario/value-at-time.ts";
import { countBy, countingOf, type MetricCounter } from "./data-plane-counters.ts";
import { cachedDistributions, type Distribution, instantly } from "./latency-distribution.ts";
import {
  type Backend,
  gatewayPairs,
  istioPairs,
  type Names,
  namesOf,
  ownPairs,
  podPairs,
  type RequestOutcome,
} from "./metric-labels.ts";
import type { TrafficRates } from "./request-rates.ts";
import { exact, noisy } from "./sampling.ts";
import {
  addNumber,
  count,
  forget,
  lineOf,
  restart,
  type ScrapeTarget,
  scrape,
  scrapeFailed,
  targetOf,
} from "./scrape-targets.ts";

export type Done = Record<ScenarioArm, { readonly requests: number; readonly bad: number }>;

/** The programs that serve and count requests, and the scrapes of them. */
type Plant = {
  readonly store: MemoryStore;
  /** What stable has served in the day before anybody looked. */
  prefill(rates: TrafficRates, at: Millis): void;
  restartWhereDue(before: Millis): void;
  /** Serves one second of requests. */
  serve(index: number, begin: Millis, expected: Readonly<Record<ScenarioArm, TrafficRates>>): Done;
  scrapeBefore(before: Millis): void;
};

type PlantOptions = {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly from: Millis;
  /** When the canary's pods come up. */
  readonly canaryFrom: Millis;
  readonly stable: Backend;
  readonly canary: Backend;
  /** Who counts where it is not Istio. */
  readonly counter?: MetricCounter;
  /** What Istio calls those that count for the callers: their proxies, or a waypoint. */
  readonly callers?: "source" | "waypoint";
};

const arms: readonly ScenarioArm[] = ["stable", "canary"];

export function plantOf(options: PlantOptions, calendar: Calendar): Plant {
  const { scenario, seed } = options;
  const store = new MemoryStore();
  const chance = scenario.noise ? noisy(seed) : exact();
  const names = { stable: namesOf(options.stable), canary: namesOf(options.canary) };
  const { gateway, pods } = targetsOf(options, names);
  const { counter } = options;
  const counted = (arm: ScenarioArm) =>
    counter === undefined ? undefined : countingOf(counter, names[arm], arm, scenario.protocol);
  const countings = { stable: counted("stable"), canary: counted("canary") };
  const families = scenario.protocol === "tcp" ? "tcp" : "http";
  const distributionAt = cachedDistributions(scenario, calendar);
  const due = [...scenario.restarts];

  const countAt = (
    arm: ScenarioArm,
    outcome: RequestOutcome,
    target: ScrapeTarget,
    buckets: readonly number[],
    how: Distribution,
  ) => {
    const counting = countings[arm];
    if (counting !== undefined) {
      // The caller's side alone counts.
      if (target === gateway) countBy(counting, target, arm, outcome, buckets, how);
      return;
    }
    const { callers = "source" } = options;
    // Behind a waypoint no pod has a proxy that counts requests.
    if (callers === "waypoint" && target !== gateway) return;
    const reporter = target === gateway ? callers : "destination";
    const line = lineOf(target, `${arm} ${outcome}`, families, () =>
      istioPairs(names[arm], reporter, outcome, scenario.protocol),
    );
    count(line, buckets, how);
  };
  /** Requests that an endpoint answered: the caller and the pod both count them. */
  const answer = (
    arm: ScenarioArm,
    outcome: "good" | "bad",
    requests: number,
    pod: ScrapeTarget,
    how: Distribution,
  ) => {
    if (requests === 0) return;
    const before = (countings[arm] === undefined ? pod : gateway).lines.get(`${arm} ${outcome}`)?.requests ?? 0;
    const buckets = chance.buckets(requests, how, before);
    countAt(arm, outcome, pod, buckets, how);
    countAt(arm, outcome, gateway, buckets, how);
    countOwn(scenario, names[arm], pod, outcome, requests);
  };
  const fail = (arm: ScenarioArm, outcome: "refused" | "unserved", requests: number) => {
    if (requests > 0) countAt(arm, outcome, gateway, [requests], instantly);
  };
  const serveArm = (arm: ScenarioArm, rates: TrafficRates, at: Millis) => {
    const good = chance.events(`${arm} good`, rates.good);
    const clusters = chance.events(`${arm} bad`, rates.bad / scenario.burst);
    const refused = chance.events(`${arm} refused`, rates.refused);
    const unserved = chance.events(`${arm} unserved`, rates.unserved);
    const behind = pods[arm];
    if (good > 0 || clusters > 0) {
      const how = distributionAt(arm, at);
      const goodParts = chance.parts(`${arm} good`, good, behind.length);
      // A burst hits one pod, so that pods differ by as much as the errors cluster.
      const badParts = chance.parts(`${arm} bad`, clusters, behind.length);
      for (const [index, pod] of behind.entries()) {
        answer(arm, "good", goodParts[index] ?? 0, pod, how);
        answer(arm, "bad", (badParts[index] ?? 0) * scenario.burst, pod, how);
      }
    }
    fail(arm, "refused", refused);
    fail(arm, "unserved", unserved);
    const bad = clusters * scenario.burst + refused + unserved;
    return { requests: good + bad, bad };
  };
  const scrapeAt = (target: ScrapeTarget, arm: ScenarioArm | undefined, at: Millis) => {
    if (at < target.bornAt || layerAt(scenario.faults, at, calendar)?.kind === "down") return;
    if (scenario.noData.some((span) => spanHolds(span, at, calendar))) {
      forget(target, at);
    } else if (arm !== undefined && scenario.crashes[arm].some((span) => spanHolds(span, at, calendar))) {
      restart(target);
      scrapeFailed(store, target, at);
    } else {
      if (arm !== undefined) setGauges(scenario, arm, names[arm], target, at, calendar);
      scrape(store, target, at);
    }
  };
  const scrapeTarget = (target: ScrapeTarget, arm: ScenarioArm | undefined, before: Millis) => {
    for (; target.nextScrape < before; target.nextScrape += scenario.scrapeMs) scrapeAt(target, arm, target.nextScrape);
  };

  return {
    store,
    prefill: (rates, at) => {
      const past = exact();
      const how = distributionAt("stable", at);
      for (const pod of pods.stable) {
        for (const outcome of ["good", "bad"] as const) {
          const requests = Math.floor((rates[outcome] * secondsBefore) / pods.stable.length);
          if (requests === 0) continue;
          const buckets = past.buckets(requests, how, 0);
          countAt("stable", outcome, pod, buckets, how);
          countAt("stable", outcome, gateway, buckets, how);
          countOwn(scenario, names.stable, pod, outcome, requests);
        }
      }
    },
    restartWhereDue: (before) => {
      for (const [index, { of, at }] of [...due.entries()].reverse()) {
        const time = calendar(at);
        if (time === undefined || time >= before) continue;
        for (const target of of === "gateway" ? [gateway] : pods[of]) restart(target);
        due.splice(index, 1);
      }
    },
    serve: (index, begin, expected) => {
      chance.begin(index);
      return {
        stable: serveArm("stable", expected.stable, begin + 500),
        canary: serveArm("canary", expected.canary, begin + 500),
      };
    },
    scrapeBefore: (before) => {
      scrapeTarget(gateway, undefined, before);
      for (const arm of arms) for (const pod of pods[arm]) scrapeTarget(pod, arm, before);
    },
  };
}

const secondsBefore = 86_400;

function targetsOf(options: PlantOptions, names: Readonly<Record<ScenarioArm, Names>>) {
  const { scenario, seed, from } = options;
  const letters = "bcdfghjklmnpqrstvwxz2456789";
  const draws = stream(seed, "targets");
  const suffix = (length: number) => Array.from({ length }, () => letters[draws.below(letters.length)]).join("");
  const firstScrape = () => from + draws.below(scenario.scrapeMs);
  const podsOf = (arm: ScenarioArm, bornAt: Millis, firstAddress: number): ScrapeTarget[] => {
    const deployment = `${names[arm].workload}-${suffix(10)}`;
    return Array.from({ length: scenario.pods[arm] }, (_value, index) =>
      targetOf(podPairs(names[arm], `${deployment}-${suffix(5)}`, firstAddress + index), bornAt, firstScrape()),
    );
  };
  return {
    gateway: targetOf(gatewayPairs, from, firstScrape()),
    pods: { stable: podsOf("stable", from, 1), canary: podsOf("canary", options.canaryFrom, 101) },
  };
}

function countOwn(
  scenario: Scenario,
  names: Names,
  pod: ScrapeTarget,
  outcome: "good" | "bad",
  requests: number,
): void {
  if (scenario.protocol === "tcp") return;
  const code = outcome === "good" ? "200" : "500";
  addNumber(
    pod,
    `http_requests_total ${code}`,
    () => [...ownPairs(names), ["code", code]],
    (value) => value + requests,
  );
  for (const metric of scenario.metrics) {
    if (metric.kind !== "counter" || (metric.counts !== "all" && metric.counts !== outcome)) continue;
    addNumber(
      pod,
      metric.name,
      () => ownPairs(names),
      (value) => value + requests,
    );
  }
}

function setGauges(
  scenario: Scenario,
  arm: ScenarioArm,
  names: Names,
  pod: ScrapeTarget,
  at: Millis,
  calendar: Calendar,
): void {
  for (const metric of scenario.metrics) {
    if (metric.kind !== "gauge") continue;
    const value = valueAt(metric.values[arm], at, calendar);
    if (value === undefined) pod.numbers.delete(metric.name);
    else
      addNumber(
        pod,
        metric.name,
        () => ownPairs(names),
        () => value,
      );
  }
}
