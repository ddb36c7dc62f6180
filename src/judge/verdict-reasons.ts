import type { Millis } from "../base/units.ts";
import { about, count, lowered, minuteOf, nearest, percent, raised, secondOf, span } from "../text/rounded-numbers.ts";
import { told } from "./check-status.ts";
import { type ComparisonAccount, rateOf } from "./comparison-account.ts";
import { type GroupAccount, mostly, type Proof, unsafeGates } from "./evidence-ledger.ts";
import { type JudgePlan, startsOf } from "./judge-plan.ts";
import { detectableOf, type Expectation, needOf, upperBound } from "./non-inferiority.ts";
import { ownLowerBound, quantileBucket } from "./per-version-latency.ts";
import type { ArmCounts } from "./types.ts";
import type { PhaseInput, VerdictInput } from "./verdict-input.ts";

/** One comparison has forced the rollback by itself. */
export function worse({ plan }: VerdictInput, group: GroupAccount & { readonly proof: Proof }): string {
  const { canary, stable, lower } = group.proof.evidence;
  const { name } = group.group;
  const sure = `${sureness(plan.alpha)} sure it is at least ${lowered(lower * 100)} points worse -> rolled back`;
  if (group.proof.boundaryMs > 0) return `${slower(group, plan)}: ${sure}`;
  const extra = count(Math.max(0, canary.x - canary.n * rateOf(stable)));
  const rates = `canary ${name} ${withCounts(canary)} vs stable ${withCounts(stable)}`;
  return `${rates}: ${sure}, ${extra} extra ${name === "errors" ? "failed" : "bad"} requests`;
}

/** Only all comparisons together have forced it. */
export function combinedEvidence({ plan, ledger }: VerdictInput): string {
  return `combined evidence ${evidence(ledger.peakLogE, plan.alpha)}, mostly ${mostly(ledger)} -> rolled back`;
}

export function promoted({ plan, ledger }: VerdictInput, present: PhaseInput): string {
  const next = plan.phases[present.phase];
  const step = next === undefined ? "promoted" : `${present.weight}% -> ${next.weight}%`;
  const gates = ledger.groups.flatMap(({ accounts }) => accounts.filter(({ process }) => process.gate));
  const shown = present.comparing ? gates.map((gate) => safe(gate, plan.beta)) : [];
  const said = [...shown, told(present.checks, "passing")].filter((words) => words !== "").join("; ");
  if (present.comparing) return `${said === "" ? "no sign of harm" : said} -> ${step}`;
  if (ledger.groups.length > 0) return `not compared at ${present.weight}%: ${said} -> ${step}`;
  return `${said === "" ? "promoted by time, not judged" : said} -> ${step}`;
}

/** Neither the comparison nor a check says anything of the canary. */
export function unjudged({ weight }: PhaseInput): string {
  return `nothing is judged at ${weight}%: there is nothing to compare with, and no check`;
}

/** How far a gate is from its proof. */
export function needed(one: VerdictInput, present: PhaseInput, gate: ComparisonAccount): string {
  const have = gate.canary.n;
  const need = needOf(expectation(one, gate), present.weight);
  const name = gate.process.name === "errors" ? "" : ` (${gate.process.name})`;
  if (!Number.isFinite(need)) return `no number of requests shows the canary to be within the limit${name}`;
  const known = `${count(have)} of about ${about(need, 3)} canary requests needed to promote${name}`;
  const perMs = (one.ledger.requests.at(-1) ?? 0) / (one.now - present.watchFrom);
  return perMs > 0 && need > have ? `${known}, ~${span((need - have) / perMs)} at this traffic` : known;
}

export function halves(wanted: number, first: number, second: number): string {
  return `${wanted} canary requests needed in each half of the phase, ${count(first)} and ${count(second)} so far`;
}

export function holding(ms: Millis): string {
  return `${span(ms)} of the hold left`;
}

export function continuing(
  one: VerdictInput,
  present: PhaseInput,
  doubts: readonly string[],
  blocked: boolean,
): string {
  if (blocked) return `${doubts.join("; ")} -> waiting, until ${end(present)}`;
  if (!present.comparing) return doubts.join("; ");
  const { logE } = one.ledger;
  // A tenth of what forces a rollback is still far from it, and no longer nothing.
  const harm = logE < -Math.log(one.plan.alpha * 10) ? "no sign of harm yet" : "some sign of harm";
  return `${harm} (evidence ${evidence(logE, one.plan.alpha)}); ${doubts.join("; ")}`;
}

export function notEnough(
  one: VerdictInput,
  present: PhaseInput,
  lacking: "traffic" | "data",
  doubts: readonly string[],
): string {
  const then = inconclusive(one, present, lacking);
  const [gate] = unsafeGates(one.ledger);
  if (lacking === "data" || !present.comparing || gate === undefined) {
    const isShort = lacking === "traffic" || present.comparing || !hasValues(one, present);
    return `${isShort ? `not enough ${lacking} to tell` : "undecided"}: ${doubts.join("; ")} -> ${then}`;
  }
  const found = detectable(one, gate);
  const noticed = found === undefined ? "have noticed nothing" : `only have noticed a jump to about ${percent(found)}`;
  const need = needOf(expectation(one, gate), present.weight);
  const needs = Number.isFinite(need)
    ? `Needs about ${about(need, 2)}`
    : "No number would show it to be within the limit";
  const passed = `${count(gate.canary.n)} canary requests in ${span(one.now - present.watchFrom)}`;
  return `not enough traffic to tell: ${passed}; could ${noticed}. ${needs} -> ${then}`;
}

/** There is no want of data: the values themselves are neither good nor bad enough. */
const hasValues = ({ trouble }: VerdictInput, { checks }: PhaseInput): boolean =>
  trouble === undefined &&
  checks.length > 0 &&
  checks.every(({ kind, newest }) => kind === "passing" || (kind === "waiting" && newest === "value"));

/** Traffic does not follow the weight. */
export function split({ ledger }: VerdictInput, present: PhaseInput, isFinal: boolean): string {
  const { canary, stable } = ledger.shares;
  const share = canary / (canary + stable);
  const cause = share * 100 < present.weight ? "check the subset labels" : "check sticky sessions and other rules";
  const then = isFinal ? "rolled back" : `not promoted; rollback at ${end(present)}`;
  const got = `weight is ${present.weight}% but the canary got ${percent(share)} of ${count(canary + stable)} requests`;
  return `${got}: traffic does not follow the weight (${cause}) -> ${then}`;
}

/** Evidence that would force a rollback was found while the rate of stable moved as well. */
export const doubted =
  "stable's own rate moves: one scrape may have told the same incident earlier, the next looks will show";

/** The comparison is blind. */
export function noData({ ledger, trouble }: VerdictInput): string {
  const since = ledger.lastSeenAt === null ? "" : ` since ${secondOf(ledger.lastSeenAt)}`;
  return `no data${since} (${trouble ?? "the source answered, no series of stable"})`;
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

function slower({ accounts, proof }: GroupAccount & { readonly proof: Proof }, plan: JudgePlan): string {
  const { canary, stable } = proof.evidence;
  const slow = `${percent(rateOf(canary))} of canary requests took over ${proof.boundaryMs} ms`;
  return `slower: ${slow} vs ${percent(rateOf(stable))} of stable${quantileMove(accounts, plan)}`;
}

/** The bucket of each arm's quantile, where the canary's is higher; "moved" only where its own exceedance is bounded. */
function quantileMove(accounts: readonly ComparisonAccount[], { constants, alpha }: JudgePlan): string {
  const { quantile } = constants;
  const of = (name: "canary" | "stable") =>
    quantileBucket(
      accounts.map((account) => ({ boundaryMs: account.process.boundaryMs, arm: account[name] })),
      quantile,
    );
  const [from, to] = [of("stable"), of("canary")];
  if (!(to.upTo > from.upTo)) return "";
  const proven = accounts.some(
    ({ process, canary, phi }) =>
      process.boundaryMs === to.above && ownLowerBound(constants, canary, phi, alpha) > 1 - quantile,
  );
  const name = `p${nearest(quantile * 100)}`;
  const before = `(${from.above},${from.upTo}]`;
  if (proven) return `; ${name} moved from ${before} to ${bucket(to)}`;
  return `; ${name} was seen in ${bucket(to)}, that of stable in ${before} ms`;
}

function bucket({ above, upTo }: { above: Millis; upTo: Millis }): string {
  return Number.isFinite(upTo) ? `(${above},${upTo}] ms` : `above ${above} ms`;
}

function safe({ process, safety, canary, stable }: ComparisonAccount, beta: number): string {
  const upper = upperBound(safety, beta) * 100;
  const name = process.name === "errors" ? "canary" : `canary ${process.name}`;
  const bound = upper < 0 ? `at least ${lowered(-upper)} points better` : `at most ${raised(upper)} points worse`;
  const { ratio, difference } = process.limit;
  const limit = `${ratio === 1 ? "" : `x${ratio} and `}${Number((difference * 100).toPrecision(6))}`;
  const rates = `${name} ${percent(rateOf(canary))} vs stable ${percent(rateOf(stable))}`;
  return `${rates}: ${sureness(beta)} sure it is ${bound} (limit ${limit})`;
}

function inconclusive(
  { plan: { onInconclusive } }: VerdictInput,
  { weight }: PhaseInput,
  lacking: "traffic" | "data",
): string {
  if (onInconclusive === "rollback") return "rolled back (on-inconclusive: rollback)";
  if (onInconclusive === "promote" && lacking === "traffic") return "promoted without proof (on-inconclusive: promote)";
  const setting = onInconclusive === "promote" ? "promote, but data is missing" : "pause";
  return `paused at ${weight}%, nobody is watching (on-inconclusive: ${setting})`;
}

function end({ countedFrom, maxHoldMs }: PhaseInput): string {
  return minuteOf(countedFrom + maxHoldMs);
}

function evidence(logE: number, alpha: number): string {
  return `${nearest(Math.exp(logE))} of ${count(1 / alpha)}`;
}

function sureness(error: number): string {
  return `${Number(((1 - error) * 100).toPrecision(6))}%`;
}

function withCounts(arm: ArmCounts): string {
  return `${percent(rateOf(arm))} (${count(arm.x)}/${count(arm.n)})`;
}
