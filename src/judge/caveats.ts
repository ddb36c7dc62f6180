import type { Tolerance } from "../base/judging-types.ts";
import { type Reason, reason } from "../base/reasons/index.ts";
import type { CaveatCode } from "../base/reasons/verdict-reasons.ts";
import type { ComparisonAccount } from "./comparison-account.ts";
import { sloBoundary } from "./judge-plan.ts";
import { stableRate } from "./verdict-figures.ts";
import type { VerdictInput } from "./verdict-input.ts";

type Caveats = readonly Reason<CaveatCode>[];

/** What is worth knowing beside the verdict, each only where it is true. Nothing where nothing is compared. */
export function caveatsOf(one: VerdictInput): Caveats {
  const accounts = one.ledger.groups.flatMap((group) => group.accounts);
  const [first] = accounts;
  if (first === undefined) return [];
  return [
    ...bursts(one, first.phi),
    ...pods(one),
    ...objective(one),
    ...missingBuckets(accounts),
    ...traps(one, accounts),
  ];
}

function bursts({ plan, record }: VerdictInput, phi: number): Caveats {
  if (plan.dispersion === "auto" && record.frozen.phiFrom === "default") {
    return [reason("bursts-assumed", { phi })];
  }
  return phi >= 1.5 ? [reason("errors-in-bursts", { phi })] : [];
}

function pods({ ledger, canaryPods }: VerdictInput): Caveats {
  const resets = ledger.resets.size;
  return [
    ...(resets > 0 ? [reason("counters-reset", { pods: resets })] : []),
    ...(canaryPods === 1 ? [reason("single-canary-pod", {})] : []),
  ];
}

function objective({ plan, record }: VerdictInput): Caveats {
  const { sloMs } = plan.latency;
  const boundary = sloBoundary(plan, record.frozen.boundariesMs);
  if (sloMs === undefined || boundary === sloMs) return [];
  if (boundary === undefined) return [reason("latency-objective-unmeasured", { objectiveMs: sloMs })];
  const { quantile } = plan.constants;
  return [reason("latency-objective-moved", { quantile, objectiveMs: sloMs, boundaryMs: boundary })];
}

/** Boundaries at which the canary has no bucket, while it has others. */
function missingBuckets(accounts: readonly ComparisonAccount[]): Caveats {
  const buckets = accounts.filter(({ process }) => process.boundaryMs > 0);
  if (buckets.every(({ canary }) => canary.n === 0)) return [];
  return buckets
    .filter(({ canary }) => canary.n === 0)
    .map(({ process: { boundaryMs } }) => reason("bucket-missing", { boundaryMs }));
}

/** A limit below what is tolerated leaves canaries that can be neither promoted nor rolled back. */
function traps(one: VerdictInput, accounts: readonly ComparisonAccount[]): Caveats {
  const gates = accounts.filter(({ process }) => process.gate);
  return gates.flatMap((gate) => {
    const rate = stableRate(one, gate);
    const at = ({ ratio, difference }: Tolerance) => ratio * rate + difference;
    const [limit, tolerated] = [at(gate.process.limit), at(gate.process.tolerance)];
    if (limit >= tolerated) return [];
    return [reason("margin-below-tolerance", { metric: gate.process.name, from: limit, to: tolerated })];
  });
}
