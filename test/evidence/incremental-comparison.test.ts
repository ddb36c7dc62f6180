import { expect, test } from "vitest";
import { extraPreflightChecks } from "../../src/app/extra-preflight-checks.ts";
import { evidenceFrom, type FindArms } from "../../src/evidence/index.ts";
import { armsFor } from "../../src/inspection/version-lookup.ts";
import type { MetricSource } from "../../src/ports/metric-source.ts";
import type { RangeQueries } from "../../src/ports/range-queries.ts";
import type { Evidence, Judged } from "../../src/ports/run-ports.ts";
import { rehearsalStartMs } from "../../src/rehearsal/index.ts";
import { sceneOf } from "../../src/rehearsal/objects/index.ts";
import { playScenario } from "../../src/rehearsal/play-scenario.ts";
import { type SimulatedPorts, simulatedPorts } from "../../src/rehearsal/simulated-ports.ts";
import { virtualservice } from "../../src/routes/virtualservice.ts";
import { rehearsedMetrics } from "../../src/simulator/simulated-metric-source.ts";
import { overQueries } from "../metrics/prometheus/samples.ts";
import { comparingPlan, planFrom, scenarioFrom } from "../rehearsal/rehearsed.ts";

const withChecks = `${comparingPlan}
checks:
  - {preset: success-rate, min: 99%}
`;
/** The last looks of a phase come in long after the next one has begun. */
const withLag = comparingPlan.replace(
  "prometheus: https://prometheus.example.com",
  "prometheus: {url: https://prometheus.example.com, lag: 90s}",
);
const withMetric = `${comparingPlan}
compare:
  metrics:
    - name: shop-errors
      total: 'http_requests_total{version="{{canary}}"}'
      bad: 'http_requests_total{version="{{canary}}", code="500"}'
`;

/** How many points of counters a source was asked for. */
function counted(queries: RangeQueries): { readonly source: MetricSource; points: number } {
  const asked = { points: 0 };
  return Object.assign(asked, {
    source: overQueries((question, from, to, signal) => {
      if (question.kind === "counters") asked.points += Math.floor((to - from) / question.stepMs) + 1;
      return queries.measure(question, from, to, signal);
    }),
  });
}

type Turn = { readonly anew: Judged; readonly settled: Judged };

/** Plays a rehearsal in which every turn is judged twice: by all that was ever counted, and by what is new. */
async function bothWays(text: string, words: string) {
  const [plan, scenario, driver] = [await planFrom(text), scenarioFrom(words), virtualservice];
  const made = sceneOf({ plan, driver, scenario, given: [] });
  if (made.kind === "refused") throw new Error(made.problems.map(({ message }) => message).join("\n"));
  const stage = simulatedPorts({
    plan,
    driver,
    scenario,
    scene: made.scene,
    seed: 3,
    startMs: rehearsalStartMs,
    further: extraPreflightChecks,
  });
  stage.world.advanceTo(rehearsalStartMs);
  const turns: Turn[] = [];
  const points = { anew: 0, settled: 0 };
  const now = () => stage.scheduler.now();
  const portsFor: SimulatedPorts["portsFor"] = (clock, signal) => {
    const ports = stage.portsFor(clock, signal);
    const findArms: FindArms = async (versions, given) => ({
      ...(await armsFor(ports, versions, given)),
      namespace: ports.resource.namespace,
    });
    const metrics = () => counted(rehearsedMetrics({ world: stage.world, now }));
    const [all, later] = [metrics(), metrics()];
    const isSettled = () => stage.world.metricsFault(now()) === undefined;
    // Arms are found once a turn, since looking takes time.
    let arms: ReturnType<FindArms> | undefined;
    const found: FindArms = (...given) => {
      arms ??= findArms(...given);
      return arms;
    };
    const anew = evidenceFrom(all.source, found, clock);
    const settled = evidenceFrom(later.source, found, clock, isSettled);
    const evidence: Evidence = async (...given) => {
      arms = undefined;
      const turn = { settled: await settled(...given), anew: await anew(...given) };
      turns.push(turn);
      points.anew += all.points;
      points.settled += later.points;
      [all.points, later.points] = [0, 0];
      return turn.anew;
    };
    return { ...ports, evidence };
  };
  const { events } = scenario;
  const silent = { onProgress: () => {}, onDeed: () => {} };
  const played = await playScenario({
    stage: { ...stage, portsFor },
    plan,
    driver,
    events,
    order: { dryRun: false },
    ...silent,
  });
  return { turns, points, played };
}

test.each([
  ["good", comparingPlan],
  ["errors-at-20", comparingPlan],
  ["slow-leak", withChecks],
  ["prometheus-down", comparingPlan],
  ["runner-dies", comparingPlan],
  ["traffic 50 rps; errors 1%; bursts of 6", comparingPlan],
  ["traffic 20 rps; canary errors 2% from phase 50", withMetric],
  ["prometheus answers nothing from 7m for 2m", comparingPlan],
  ["prometheus answers nan from phase 20 for 2m", comparingPlan],
  ["canary restarts at 7m", withLag],
  ["canary crashes at 7m for 1m", withChecks],
  ["no data from 7m for 3m; gateway restarts at 13m; someone pauses at 8m; someone resumes at 20m", comparingPlan],
])("%s: what is new leads to the same verdict as everything does", async (scenario, plan) => {
  const { turns, points } = await bothWays(plan, scenario);
  expect(turns.length).toBeGreaterThan(10);
  for (const { anew, settled } of turns) expect(settled).toEqual(anew);
  expect(points.settled).toBeLessThan(points.anew);
});

test("what was asked for once is not asked for again", async () => {
  const { turns, points } = await bothWays(comparingPlan, "good");
  expect(points.anew / turns.length).toBeGreaterThan(50);
  // Two questions, and a point of each in every turn.
  expect(points.settled / turns.length).toBeLessThan(3);
});
