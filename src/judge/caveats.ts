import type { Tolerance } from "../base/judging-types.ts";
import { nearest, percent } from "../text/rounded-numbers.ts";
import type { ComparisonAccount } from "./comparison-account.ts";
import { sloBoundary } from "./judge-plan.ts";
import type { VerdictInput } from "./verdict-input.ts";
import { stableRate } from "./verdict-reasons.ts";

/** What is worth knowing beside the verdict, each only where it is true. Nothing where nothing is compared. */
export function caveatsOf(one: VerdictInput): readonly string[] {
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

function bursts({ plan, record }: VerdictInput, phi: number): readonly string[] {
  if (plan.dispersion === "auto" && record.frozen.phiFrom === "default") {
    return [`no history: assumed bursts of ${Number(phi.toPrecision(2))}`];
  }
  return phi >= 1.5 ? [`errors come in bursts (x${Number(phi.toPrecision(2))}): evidence discounted`] : [];
}

function pods({ ledger, canaryPods }: VerdictInput): readonly string[] {
  const resets = ledger.resets.size;
  return [
    ...(resets > 0 ? [`counter reset on ${resets} ${resets === 1 ? "pod" : "pods"}`] : []),
    ...(canaryPods === 1 ? ["one canary pod: pod and version cannot be told apart"] : []),
  ];
}

function objective({ plan, record }: VerdictInput): readonly string[] {
  const { sloMs } = plan.latency;
  const boundary = sloBoundary(plan, record.frozen.boundariesMs);
  if (sloMs === undefined || boundary === sloMs) return [];
  if (boundary === undefined) return [`no bucket at or above ${sloMs} ms: latency gates nothing`];
  return [`p${nearest(plan.constants.quantile * 100)} target moved to the bucket at ${boundary} ms`];
}

/** Boundaries at which the canary has no bucket, while it has others. */
function missingBuckets(accounts: readonly ComparisonAccount[]): readonly string[] {
  const buckets = accounts.filter(({ process }) => process.boundaryMs > 0);
  if (buckets.every(({ canary }) => canary.n === 0)) return [];
  return buckets
    .filter(({ canary }) => canary.n === 0)
    .map(({ process }) => `the canary has no bucket at ${process.boundaryMs} ms: not compared there`);
}

/** A limit below what is tolerated leaves canaries that can be neither promoted nor rolled back. */
function traps(one: VerdictInput, accounts: readonly ComparisonAccount[]): readonly string[] {
  const gates = accounts.filter(({ process }) => process.gate);
  return gates.flatMap((gate) => {
    const rate = stableRate(one, gate);
    const at = ({ ratio, difference }: Tolerance) => ratio * rate + difference;
    const [limit, tolerated] = [at(gate.process.limit), at(gate.process.tolerance)];
    if (limit >= tolerated) return [];
    const range = `between ${percent(limit)} and ${percent(tolerated)}`;
    return [`${gate.process.name} ${range} can be neither rolled back nor promoted`];
  });
}
