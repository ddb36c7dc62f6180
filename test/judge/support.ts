import { defaultPlan, type JudgePlan } from "../../src/judge/judge-plan.ts";
import type { ArmPair, Calibration, Interval, JudgeRecord } from "../../src/judge/types.ts";

/** Requests and bad ones of canary and stable, as the tables of the judge write them. */
export type Row = readonly [number, number, number, number];

export function pairOf([n, x, stableN, stableX]: Row, phi = 1): ArmPair {
  return { canary: { n: n / phi, x: x / phi }, stable: { n: stableN / phi, x: stableX / phi } };
}

export const frozen: Calibration = { phi: { errors: 1 }, rate: {}, phiFrom: "history", boundariesMs: [] };

/** Errors alone, in clusters of one, with the write in force at once: the figures are easy to follow. */
export const plan: JudgePlan = {
  ...defaultPlan,
  dispersion: 1,
  settleMs: 0,
  allowanceMs: 0,
};

export function recordOf(weights: readonly number[], everyMs = 600_000, over: Partial<JudgeRecord> = {}): JudgeRecord {
  return { rollout: "r", phases: weights.map((weight, i) => ({ weight, enteredAt: i * everyMs })), frozen, ...over };
}

/** Looks of 15 s of one phase, one row each. */
export function looksOfPhase(
  phase: number,
  weight: number,
  enteredAt: number,
  rows: readonly (Row | Readonly<Record<string, Row>>)[],
  over: Partial<Interval> = {},
): readonly Interval[] {
  return rows.map((row, i): Interval => {
    const named: Readonly<Record<string, Row>> = isRow(row) ? { errors: row } : row;
    const pairs = new Map(Object.entries(named).map(([name, one]) => [name, pairOf(one)]));
    const from = enteredAt + i * 15_000;
    const to = from + 15_000;
    return { phase, index: i + 1, from, to, weight, settling: false, seen: true, resets: [], pairs, ...over };
  });
}

function isRow(row: Row | Readonly<Record<string, Row>>): row is Row {
  return Array.isArray(row);
}

/** The same row so many times. */
export function times<T>(count: number, row: T): readonly T[] {
  return Array.from({ length: count }, () => row);
}
