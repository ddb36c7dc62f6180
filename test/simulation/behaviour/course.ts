import type { ProgressUpdate } from "../../../src/ports/run-ports.ts";
import type { Outcome } from "../../../src/rollout/outcome.ts";
import { outcomeIds, statusIds } from "./words.ts";

/**
 * What everybody did in one day, a line a turn: when, who, the record after it (status, phase, weight), and how much the canary
 * gets on each route. No text that people read is in it, and no name of the code: runs are counted as they turn up.
 */
export type Course = {
  readonly lines: readonly string[];
  turned(at: number | undefined, run: string, told: Pick<ProgressUpdate, "state" | "outcome">, shares: Shares): void;
  ended(at: number, run: string, outcome: Outcome, shares: Shares): void;
  /** What the routes show without a run. */
  shown(at: number, shares: Shares): void;
};

/** The canary's share on each route in percent; undefined where there is no such route. */
type Shares = readonly (number | undefined)[];

export function courseFrom(startMs: number): Course {
  const lines: string[] = [];
  const runs = new Map<string, number>();
  const whoIs = (run: string) => {
    if (!runs.has(run)) runs.set(run, runs.size + 1);
    return `r${runs.get(run)}`;
  };
  // A clock that runs at a rate of its own leaves fractions, and those depend on the order of a sum.
  const since = (at: number | undefined) => (at === undefined ? "-" : Math.round(at - startMs));
  const routes = (shares: Shares) => shares.map((share) => share ?? "-").join(" ");
  const end = ({ name, exitCode }: Outcome) => `${outcomeIds[name]} exit ${exitCode}`;
  return {
    lines,
    turned(at, run, { state, outcome }, shares) {
      const record = state === undefined ? "-" : `${statusIds[state.status]} ${state.phase} ${state.weight}`;
      lines.push(
        `${since(at)} ${whoIs(run)} ${record} | ${routes(shares)}${outcome === undefined ? "" : ` | ${end(outcome)}`}`,
      );
    },
    ended: (at, run, outcome, shares) =>
      void lines.push(`${since(at)} ${whoIs(run)} ends ${end(outcome)} | ${routes(shares)}`),
    shown: (at, shares) => void lines.push(`${since(at)} | ${routes(shares)}`),
  };
}
