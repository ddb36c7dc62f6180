import { bucketEdges } from "../world.ts";
import type { Contestant } from "./judge.ts";
import { type Counted, everyMinute } from "./tally.ts";

const LOWEST_SUCCESS = 0.99;
const SLOWEST_MS = 500;

type Outcome = "good" | "bad" | "none";

/** Success share of the canary of at least 99 % and p99 of at most 500 ms over the last minute. */
function outcomeOf({ canary, buckets }: Counted): Outcome {
  if (canary.n === 0) return "none";
  if (!(1 - canary.x / canary.n >= LOWEST_SUCCESS)) return "bad";
  const slow = quantile(buckets, 0.99);
  return slow !== undefined && slow > SLOWEST_MS ? "bad" : "good";
}

/** As `histogram_quantile` interpolates it. */
function quantile(buckets: readonly number[], of: number): number | undefined {
  const all = buckets.at(-1) ?? 0;
  if (all === 0) return undefined;
  const rank = of * all;
  const i = buckets.findIndex((value) => value >= rank);
  const upper = bucketEdges[i];
  if (upper === undefined) return bucketEdges.at(-1);
  const lower = bucketEdges[i - 1] ?? 0;
  const below = buckets[i - 1] ?? 0;
  return lower + ((upper - lower) * (rank - below)) / ((buckets[i] ?? 0) - below);
}

/** A check a minute; no value is a failed one; failures add up and never expire. */
export function flagger(threshold: number): Contestant {
  return counting(`flagger-${threshold}`, (outcome) => outcome !== "good", threshold);
}

/** The same measurement; no value (NaN) counts as a success; `failureLimit` failures are allowed. */
export function argo(limit: number): Contestant {
  return counting(`argo-${limit}`, (outcome) => outcome === "bad", limit + 1);
}

function counting(name: string, isFailure: (outcome: Outcome) => boolean, most: number): Contestant {
  return {
    name,
    open({ tally }) {
      const minutes = everyMinute();
      let failures = 0;
      return {
        observe(snapshot, atMs) {
          const minute = minutes(tally.at(snapshot, atMs), atMs);
          if (minute === undefined) return "continue";
          if (isFailure(outcomeOf(minute))) failures += 1;
          return failures >= most ? "rollback" : "continue";
        },
      };
    },
  };
}
