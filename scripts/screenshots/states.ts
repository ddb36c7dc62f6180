import { extraPreflightChecks } from "../../src/app/extra-preflight-checks.ts";
import { readInputs } from "../../src/inputs/index.ts";
import type { Progress } from "../../src/ports/reporter.ts";
import { type RehearsedMoment, rehearsalStartMs, rehearse } from "../../src/rehearsal/index.ts";
import { virtualservice } from "../../src/routes/virtualservice.ts";
import { readScenario } from "../../src/simulator/scenario/index.ts";
import { comparingPlan } from "../../test/rehearsal/rehearsed.ts";

/** The states in which people find a rollout, each from a rehearsal: the same plan, and something that happens to it. */

type Staging = {
  readonly scenario: string;
  /** When somebody looks, in minutes; otherwise when it is over. */
  readonly afterMinutes?: number;
};

const usual = "traffic 60 rps; errors 0.3%";

export const stagings = {
  progressing: { scenario: usual, afterMinutes: 21 },
  paused: { scenario: `${usual}; someone pauses at 20m` },
  held: {
    scenario: `${usual}; canary errors 0.3% until phase 20, then 2.4%; stable unready from 18m`,
    afterMinutes: 20,
  },
  "rolled-back": { scenario: `${usual}; canary errors 0.3% until phase 50, then 1.8%` },
  promoted: { scenario: usual },
  drifted: { scenario: `${usual}; someone sets canary to 30% at 20m` },
  "not-enough-traffic": { scenario: "traffic 1 rps; errors 0.3%" },
} satisfies Readonly<Record<string, Staging>>;

/** One state: everything that the views of it are made from. */
export type State = {
  readonly name: string;
  readonly scenario: string;
  readonly progress: Progress;
  readonly lastJudged?: NonNullable<Progress["judged"]>;
  readonly moments: readonly RehearsedMoment[];
  /** Every turn up to now, for what is drawn turn by turn. */
  readonly turns: readonly Progress[];
};

async function readPlan() {
  const given = {
    surface: "cli" as const,
    names: ["config"],
    value: (name: string) => (name === "config" ? "rollout.yml" : undefined),
  };
  const { inputs } = await readInputs(given, {
    env: {},
    readFile: () => ({ text: comparingPlan }),
    contextNamespace: () => undefined,
    checkMetricsUrl: () => ({ kind: "url" }),
    revision: "4f1c2d9",
    hostedRunner: false,
  });
  if (inputs?.plan === undefined) throw new Error("the plan cannot be read");
  return inputs.plan;
}

export async function stateNamed(name: keyof typeof stagings): Promise<State> {
  const { scenario, afterMinutes = Number.POSITIVE_INFINITY }: Staging = stagings[name];
  const read = readScenario(scenario);
  if (read.kind === "refused") throw new Error(read.problems.map(({ message }) => message).join("\n"));
  const until = rehearsalStartMs + afterMinutes * 60_000;
  const turns: Progress[] = [];
  const told = (progress: Progress) => {
    if ((progress.at ?? 0) > until) return;
    // Numbers are put together when they are asked for, and later there are more of them.
    void progress.judged?.numbers;
    turns.push(progress);
  };
  const rehearsal = await rehearse({
    plan: await readPlan(),
    driver: virtualservice,
    scenario: read.scenario,
    seed: 1,
    given: [],
    order: { dryRun: false },
    further: extraPreflightChecks,
    watch: { told },
  });
  if (rehearsal.kind === "refused") throw new Error(rehearsal.problems.map(({ message }) => message).join("\n"));
  const moments = rehearsal.moments.filter(({ at }) => at === undefined || at <= until);
  const lastJudged = turns.findLast(({ judged }) => judged !== undefined)?.judged;
  const progress = afterMinutes === Number.POSITIVE_INFINITY ? rehearsal.progress : turns.at(-1);
  if (progress === undefined) throw new Error(`nothing was told in ${name}`);
  const links = { repository: "https://github.com/octo/shop", run: "https://github.com/octo/shop/actions/runs/4711" };
  return {
    name,
    scenario,
    progress: { ...progress, links, timeline: moments },
    ...(lastJudged === undefined ? {} : { lastJudged }),
    moments,
    turns,
  };
}
