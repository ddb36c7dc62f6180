import type { Sample } from "../base/judging-types.ts";
import type { Millis } from "../base/units.ts";
import { rateOf } from "./comparison-account.ts";
import { evidencesOf, type Ledger, suspectsOf } from "./evidence-ledger.ts";
import type { JudgePlan } from "./judge-plan.ts";
import { needOf } from "./non-inferiority.ts";
import { settled } from "./numerics.ts";
import { bandHalfWidth } from "./per-version-latency.ts";
import { isWhole } from "./phase-grid.ts";
import { ratioBound } from "./ratio-bound.ts";
import { logSplit } from "./sample-ratio-mismatch.ts";
import type { Interval, JudgeRecord, JudgeVerdict, ProcessEvidence } from "./types.ts";
import { caseOf, verdictOf } from "./verdict.ts";
import { detectable, expectation } from "./verdict-figures.ts";
import type { VerdictExtras, VerdictInput } from "./verdict-input.ts";

/** One row of the look table: requests and bad ones of canary and stable, by process. */
type Row = Omit<Interval, "pairs"> & {
  readonly pairs: Readonly<Record<string, readonly [number, number, number, number]>>;
};

type Shown = ProcessEvidence & {
  readonly rates: readonly [canary: number, stable: number];
  /** Where this comparison alone forced the rollback: the canary fails at least so many times as often as stable. */
  readonly ratio: number | null;
  /** Of latency: so far above or below may the whole distribution of each version lie. For graphs; null below 100 requests. */
  readonly band?: readonly [canary: number | null, stable: number | null];
};

/** Everything that a verdict was made of, as JSON: `replay` makes the same verdict of it again. */
export type Numbers = {
  readonly plan: JudgePlan;
  readonly record: JudgeRecord;
  readonly looks: readonly Row[];
  readonly samples: Readonly<Record<string, readonly Sample[]>>;
  readonly now: Millis;
  readonly also: VerdictExtras;
  readonly evidence: Readonly<Record<string, Shown>>;
  readonly combined: { readonly logE: number; readonly peakLogE: number; readonly peakAt: Millis | null };
  readonly logSplit: number | null;
  /** By gate: canary requests needed if it is as good as stable, and the smallest rate that would have been found. */
  readonly gates: Readonly<Record<string, { readonly need: number | null; readonly detectable: number | null }>>;
  readonly suspects: readonly string[];
};

/** A verdict, and the numbers that it was made of: they are put together when somebody asks for them. */
type VerdictWithNumbers = { readonly verdict: JudgeVerdict; readonly numbers: Numbers };

/** The verdict together with the numbers that it was made of. */
export function judgeWithNumbers(
  plan: JudgePlan,
  record: JudgeRecord,
  looks: readonly Interval[],
  samples: ReadonlyMap<string, readonly Sample[]>,
  now: Millis,
  also: VerdictExtras = {},
): VerdictWithNumbers {
  const one = caseOf(plan, record, looks, samples, now, also);
  return toldOf(verdictOf(one), () => numbersOf(one, looks, also));
}

/** The same from a ledger that has these looks already, and will have more when the numbers are asked for. */
export function judgeLedger(
  { ledger, ...given }: Omit<VerdictInput, keyof VerdictExtras>,
  looks: () => readonly Interval[],
  also: VerdictExtras,
): VerdictWithNumbers {
  const { plan, record, samples, now } = given;
  const verdict = verdictOf({ ...also, ...given, ledger });
  return toldOf(verdict, () => judgeWithNumbers(plan, record, looks(), samples, now, also).numbers);
}

/** Most turns are told without their numbers, which take longer to write down than to judge by. */
function toldOf(verdict: JudgeVerdict, make: () => Numbers): VerdictWithNumbers {
  let made: Numbers | undefined;
  return {
    verdict,
    get numbers() {
      made ??= make();
      return made;
    },
  };
}

/** The verdict again, from its numbers as they come out of `JSON.parse`, and those numbers again. */
export function replay({ plan, record, looks, samples, now, also }: Numbers): VerdictWithNumbers {
  return judgeWithNumbers(plan, record, looks.map(lookOf), new Map(Object.entries(samples)), now, also);
}

function numbersOf(one: VerdictInput, looks: readonly Interval[], also: VerdictExtras): Numbers {
  const { plan, record, samples, now, ledger } = one;
  const { logE, peakLogE, peakAt } = ledger;
  const evidence = Object.entries(evidencesOf(ledger)).map(([name, each]): readonly [string, Shown] => {
    const ratio = ratioOf(one, name, looks);
    const shown: Shown = { ...each, rates: [rateOf(each.canary), rateOf(each.stable)], ratio };
    return [name, each.boundaries === undefined ? shown : { ...shown, band: bandOf(each) }];
  });
  return {
    plan,
    record,
    looks: looks.map(rowOf),
    samples: Object.fromEntries(samples),
    now,
    also,
    evidence: Object.fromEntries(evidence),
    combined: { logE, peakLogE, peakAt },
    logSplit: ledger.split === undefined ? null : settled(logSplit(ledger.split)),
    gates: gatesOf(one, ledger),
    suspects: suspectsOf(ledger),
  };
}

/** Adding up all looks again for each ratio tried takes long: it is done once the traffic goes back. */
function ratioOf(one: VerdictInput, name: string, looks: readonly Interval[]): number | null {
  const found = one.ledger.groups.find(({ group }) => group.name === name);
  if (found?.proof === undefined || found.peakAt === null) return null;
  const { peakAt, proof, accounts } = found;
  const proven = accounts.find(({ process }) => process.boundaryMs === proof.boundaryMs);
  if (proven === undefined) return null;
  const upTo = looks.filter((look) => isWhole(look) && look.to <= peakAt);
  return ratioBound(one, proven, upTo) ?? null;
}

function bandOf({ canary, stable }: ProcessEvidence): NonNullable<Shown["band"]> {
  return [bandHalfWidth(canary.n, 0.01) ?? null, bandHalfWidth(stable.n, 0.01) ?? null];
}

function gatesOf(one: VerdictInput, { groups }: Ledger): Numbers["gates"] {
  const weight = one.record.phases.reduce((_, phase) => phase.weight, 0);
  const gates = groups.flatMap(({ accounts }) => accounts.filter(({ process }) => process.gate));
  return Object.fromEntries(
    gates.map((gate) => {
      const need = needOf(expectation(one, gate), weight);
      // JSON has no infinity: no number of requests is null.
      const known = { need: Number.isFinite(need) ? need : null, detectable: detectable(one, gate) ?? null };
      return [gate.process.name, known];
    }),
  );
}

function rowOf(look: Interval): Row {
  const pairs = [...look.pairs].map(
    ([name, { canary, stable }]) => [name, [canary.n, canary.x, stable.n, stable.x]] as const,
  );
  return { ...look, pairs: Object.fromEntries(pairs) };
}

/** A row of the look table as the judge takes it. */
export function lookOf(row: Row): Interval {
  const pairs = Object.entries(row.pairs).map(
    ([name, [n, x, stableN, stableX]]) => [name, { canary: { n, x }, stable: { n: stableN, x: stableX } }] as const,
  );
  return { ...row, pairs: new Map(pairs) };
}
