import { phiOf } from "./comparison-account.ts";
import { groupsOf, type JudgePlan, type Process, startsOf } from "./judge-plan.ts";
import { detectableOf, type Expectation, needOf } from "./non-inferiority.ts";
import type { Calibration } from "./types.ts";

/** What a phase can show at the expected traffic, before any of it has come. */
type PhaseForecast = {
  readonly phase: number;
  readonly requests: number;
  /** Canary requests that the slowest gate needs; undefined: no number of them is enough. */
  readonly need: number | undefined;
  /** The smallest rate of the canary that would be found four times in five; undefined: not even total failure. */
  readonly detectable: number | undefined;
};

/** The outlook of every phase in which the canary is compared. */
export function outlooksOf(plan: JudgePlan, frozen: Calibration, requestsPerSecond: number): readonly PhaseForecast[] {
  const gates = groupsOf(plan, frozen.boundariesMs).flatMap(({ weight, processes }) =>
    processes.filter(({ gate }) => gate).map((process) => ({ process, weight: weight * process.share })),
  );
  return plan.phases.flatMap(({ weight, maxHoldMs }, i) => {
    if (weight >= 100 || gates.length === 0) return [];
    const requests = (requestsPerSecond * weight * maxHoldMs) / 100_000;
    const traffic = { canary: requests, stable: (requests * (100 - weight)) / weight };
    const need = Math.max(...gates.map(({ process }) => needOf(expected(plan, frozen, process), weight)));
    const found = gates.map((gate) =>
      detectableOf(expected(plan, frozen, gate.process), traffic, gate.weight * startsOf(plan)[0].share),
    );
    const detectable = found.includes(undefined) ? undefined : Math.max(...found.map(Number));
    return [{ phase: i + 1, requests, need: Number.isFinite(need) ? need : undefined, detectable }];
  });
}

function expected(plan: JudgePlan, frozen: Calibration, { name, tolerance, limit }: Process): Expectation {
  const { constants, alpha, beta } = plan;
  return { constants, alpha, beta, tolerance, limit, phi: phiOf(plan, frozen, name), rate: frozen.rate[name] ?? 0 };
}
