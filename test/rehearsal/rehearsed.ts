import { extraPreflightChecks } from "../../src/app/extra-preflight-checks.ts";
import { reachAlong } from "../../src/app/follower-ports.ts";
import { readInputs } from "../../src/inputs/index.ts";
import { type Rehearsal, type Rehearsed, type RehearseOptions, rehearse } from "../../src/rehearsal/index.ts";
import type { Plan } from "../../src/rollout/plan.ts";
import { driverFor } from "../../src/routes/index.ts";
import { virtualservice } from "../../src/routes/virtualservice.ts";
import { readScenario } from "../../src/simulator/scenario/index.ts";
import type { Scenario } from "../../src/simulator/scenario/scenario.ts";

/** A plan that compares, as text: quick enough to be seen through in a second. */
export const comparingPlan = `
route: virtualservice/reviews
namespace: shop
canary: v2
phases: 5/20/50/100
hold: 5m
prometheus: https://prometheus.example.com
`;

/** A plan that measures two absolute limits instead. */
export const usualPlan = `${comparingPlan}compare: off
checks:
  - {preset: success-rate, min: 99%}
  - {preset: latency, max: 500ms}
`;

/** The plan as every command reads it. */
export async function planFrom(text: string): Promise<Plan> {
  const given = {
    surface: "cli" as const,
    names: ["config"],
    value: (name: string) => (name === "config" ? "plan.yml" : undefined),
  };
  const reading = await readInputs(given, {
    env: {},
    readFile: () => ({ text }),
    contextNamespace: () => undefined,
    checkMetricsUrl: () => ({ kind: "url" }),
    revision: "rehearsal",
    hostedRunner: false,
  });
  if (reading.inputs?.plan === undefined) throw new Error(reading.problems.map(({ message }) => message).join("\n"));
  return reading.inputs.plan;
}

export function scenarioFrom(text: string): Scenario {
  const read = readScenario(text);
  if (read.kind === "refused") throw new Error(read.problems.map(({ message }) => message).join("\n"));
  return read.scenario;
}

export type Rehearsing = Partial<Omit<RehearseOptions, "plan" | "scenario">> & {
  readonly plan?: string | Plan;
  readonly scenario?: string | Scenario;
};

export async function attempted({ plan = usualPlan, scenario = "good", ...rest }: Rehearsing): Promise<Rehearsal> {
  return rehearse({
    plan: typeof plan === "string" ? await planFrom(plan) : plan,
    scenario: typeof scenario === "string" ? scenarioFrom(scenario) : scenario,
    driver: virtualservice,
    seed: 1,
    given: [],
    order: { dryRun: false },
    further: extraPreflightChecks,
    along: { lensOf: driverFor, reach: reachAlong },
    ...rest,
  });
}

export async function rehearsed(options: Rehearsing): Promise<Rehearsed> {
  const rehearsal = await attempted(options);
  if (rehearsal.kind === "refused") throw new Error(rehearsal.problems.map(({ message }) => message).join("\n"));
  return rehearsal;
}
