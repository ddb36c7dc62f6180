import { type Reason, reason } from "../base/reasons/index.ts";
import type { CountWindow } from "../base/reasons/reason-shape.ts";
import { type ComparisonAccount, rateOf } from "./comparison-account.ts";
import { type GroupAccount, mostly, type Proof } from "./evidence-ledger.ts";
import { type JudgePlan, startsOf } from "./judge-plan.ts";
import { detectableOf, type Expectation, needOf, upperBound } from "./non-inferiority.ts";
import { ownLowerBound, quantileBucket } from "./per-version-latency.ts";
import { gridsOf } from "./phase-grid.ts";
import type { ArmPair } from "./types.ts";
import type { PhaseInput, VerdictInput } from "./verdict-input.ts";

/** One comparison has forced the rollback by itself. */
export function worse(
  one: VerdictInput,
  group: GroupAccount & { readonly proof: Proof },
): Reason<"canary-worse" | "canary-slower"> {
  const { plan } = one;
  const { boundaryMs, evidence } = group.proof;
  const { canary, stable, lower, peakAt } = evidence;
  const metric = group.group.name;
  const common = {
    metric,
    counts: countsOf(one, evidence, peakAt ?? undefined),
    atLeast: lower,
    confidence: 1 - plan.alpha,
  };
  if (boundaryMs > 0) {
    const quantile = quantileMove(group.accounts, plan);
    return reason("canary-slower", { ...common, boundaryMs, ...(quantile === undefined ? {} : { quantile }) });
  }
  return reason("canary-worse", { ...common, extra: Math.max(0, canary.x - canary.n * rateOf(stable)) });
}

/** Only all comparisons together have forced it. */
export function combinedEvidence({ plan, ledger }: VerdictInput): Reason<"combined-evidence"> {
  return reason("combined-evidence", { metric: mostly(ledger) ?? "", logE: ledger.peakLogE, alpha: plan.alpha });
}

export function passed(
  one: VerdictInput,
  { comparing, checks, weight }: PhaseInput,
): Reason<"passed" | "passed-by-checks" | "passed-unmeasured"> {
  const { plan, ledger } = one;
  const told = checks.map((check) => check.reason);
  if (!comparing) {
    return told.length === 0 ? reason("passed-unmeasured", {}) : reason("passed-by-checks", { weight, checks: told });
  }
  const gates = ledger.groups.flatMap(({ accounts }) => accounts.filter(({ process }) => process.gate));
  const shown = gates.map((gate) => ({
    ...comparedIn(one, gate),
    atMost: upperBound(gate.safety, plan.beta),
    confidence: 1 - plan.beta,
    ...gate.process.limit,
  }));
  return reason("passed", { weight, gates: shown, ...(told.length === 0 ? {} : { checks: told }) });
}

/** How far a gate is from its proof. */
export function needed(
  one: VerdictInput,
  present: PhaseInput,
  gate: ComparisonAccount,
): Reason<"too-little-traffic" | "margin-unprovable"> {
  const need = needOf(expectation(one, gate), present.weight);
  const found = detectable(one, gate);
  const common = { ...comparedIn(one, gate), ...(found === undefined ? {} : { detectable: found }) };
  if (!Number.isFinite(need)) return reason("margin-unprovable", { ...common, ...gate.process.limit });
  const watchedMs = one.now - present.watchFrom;
  const perMinute = watchedMs > 0 ? (60_000 * (one.ledger.requests.at(-1) ?? 0)) / watchedMs : 0;
  return reason("too-little-traffic", { ...common, need, perMinute });
}

/** The comparison is blind. */
export function noData({ ledger, trouble }: VerdictInput): Reason<"no-data" | "no-series"> {
  const since = ledger.lastSeenAt === null ? {} : { since: ledger.lastSeenAt };
  return trouble === undefined ? reason("no-series", since) : reason("no-data", { ...since, cause: trouble });
}

/** Traffic does not follow the weight. */
export function mismatch(
  { ledger: { shares } }: VerdictInput,
  { weight, watchFrom }: PhaseInput,
): Reason<"sample-ratio-mismatch"> {
  return reason("sample-ratio-mismatch", { weight, ...shares, since: watchFrom });
}

/** The stable version's rate so far; before the first look that of the history. */
export function stableRate({ record }: VerdictInput, { process, stable }: ComparisonAccount): number {
  return stable.n === 0 ? (record.frozen.rate[process.name] ?? 0) : (stable.x + 0.5) / (stable.n + 1);
}

export function expectation(one: VerdictInput, account: ComparisonAccount): Expectation {
  const { constants, alpha, beta } = one.plan;
  const { tolerance, limit } = account.process;
  return { constants, alpha, beta, tolerance, limit, phi: account.phi, rate: stableRate(one, account) };
}

/** The smallest rate of the canary that would have been found four times in five. */
export function detectable(one: VerdictInput, account: ComparisonAccount): number | undefined {
  const requests = { canary: account.canary.n, stable: account.stable.n };
  return detectableOf(expectation(one, account), requests, account.weight * startsOf(one.plan)[0].share);
}

function comparedIn(one: VerdictInput, account: ComparisonAccount) {
  const { name, boundaryMs } = account.process;
  return { metric: name, ...(boundaryMs > 0 ? { boundaryMs } : {}), counts: countsOf(one, account) };
}

/** What was counted since the rollout began, up to the newest look or to `until`. */
function countsOf({ plan, record, now }: VerdictInput, { canary, stable }: ArmPair, until?: number): CountWindow {
  const grids = gridsOf(plan, record, now);
  const from = grids[0]?.evidenceFrom ?? now;
  const to = until ?? grids.at(-1)?.to ?? now;
  return [from, Math.max(from, to), canary.n, canary.x, stable.n, stable.x];
}

type QuantileMove = NonNullable<Reason<"canary-slower">["data"]["quantile"]>;

/** The bucket of each arm's quantile, where the canary's is higher; proven only where its own exceedance is bounded. */
function quantileMove(
  accounts: readonly ComparisonAccount[],
  { constants, alpha }: JudgePlan,
): QuantileMove | undefined {
  const { quantile } = constants;
  const of = (name: "canary" | "stable") =>
    quantileBucket(
      accounts.map((account) => ({ boundaryMs: account.process.boundaryMs, arm: account[name] })),
      quantile,
    );
  const [from, to] = [of("stable"), of("canary")];
  if (!(to.upTo > from.upTo)) return undefined;
  const isProven = accounts.some(
    ({ process, canary, phi }) =>
      process.boundaryMs === to.above && ownLowerBound(constants, canary, phi, alpha) > 1 - quantile,
  );
  return {
    share: quantile,
    canaryAbove: to.above,
    ...(Number.isFinite(to.upTo) ? { canaryUpTo: to.upTo } : {}),
    stableAbove: from.above,
    stableUpTo: from.upTo,
    move: isProven ? "proven" : "seen",
  };
}
