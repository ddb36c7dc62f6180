import { describe, expect, test } from "vitest";
import { account, type ComparisonAccount, evidenceOf, openAccount, phiOf } from "../../src/judge/comparison-account.ts";
import { groupsOf } from "../../src/judge/judge-plan.ts";
import type { Interval } from "../../src/judge/types.ts";
import { frozen, looksOfPhase, plan, type Row } from "./support.ts";

const [errorsGroup, latencyGroup] = groupsOf(plan, [250]);

function opened(group = errorsGroup): ComparisonAccount {
  const process = group?.processes[0];
  if (process === undefined) throw new Error("no such process");
  return openAccount(plan, frozen, process, 1, [{ at: 0, share: 1 }]);
}
function fed(one: ComparisonAccount, looks: readonly Interval[]): ComparisonAccount {
  for (const look of looks) {
    const pair = look.pairs.get("errors");
    if (pair !== undefined) account(one, look, pair, plan.constants);
  }
  return one;
}
const rows: readonly Row[] = [
  [50, 3, 950, 1],
  [50, 2, 950, 2],
];

test("a remainder at the end of a phase is dropped", () => {
  const waiting: readonly Row[] = [[0, 0, 500, 400]];
  const along = fed(opened(), [...looksOfPhase(1, 5, 0, waiting), ...looksOfPhase(2, 20, 15_000, rows)]);
  const alone = fed(opened(), looksOfPhase(2, 20, 15_000, rows));
  expect(along.logE).toBe(alone.logE);
  expect(along.safety).toEqual(alone.safety);
  const merged = fed(opened(), looksOfPhase(1, 5, 0, [...waiting, ...rows]));
  expect(merged.logE).toBeLessThan(alone.logE);
  // Counts are over all looks all the same.
  expect(evidenceOf(along, 0.01, 0.05).stable).toEqual({ n: 2400, x: 403 });
});

describe("looks without canary requests", () => {
  const waiting = (looks: number): readonly Row[] => Array.from({ length: looks }, () => [0, 0, 100, 0]);
  const failed: Row = [1, 1, 100, 30];
  const logAfter = (rows: readonly Row[]) => fed(opened(), looksOfPhase(1, 5, 0, [...rows, failed])).logE;
  test("wait for the next ones, but not for long: what stable did a while ago is no match for what all do now", () => {
    expect(logAfter(waiting(3))).toBeGreaterThan(logAfter(waiting(1)));
    expect(logAfter(waiting(20))).toBe(logAfter(waiting(3)));
    const calmThenBad: readonly Row[] = [...waiting(3), [0, 0, 100, 30], [0, 0, 100, 30], [0, 0, 100, 30]];
    expect(logAfter(calmThenBad)).toBeLessThan(logAfter(waiting(3)));
  });
  test("do not carry canary requests along either, where stable gets none", () => {
    const lonely: readonly Row[] = [[5, 5, 0, 0], ...Array.from({ length: 4 }, (): Row => [0, 0, 0, 0])];
    expect(logAfter(lonely)).toBe(logAfter([]));
  });
});

describe("while traffic settles", () => {
  const settling = looksOfPhase(1, 5, 0, rows, { settling: true });
  test("errors count for a rollback, and prove nothing for a promotion", () => {
    const one = fed(opened(), settling);
    expect(one.logE).toBe(fed(opened(), looksOfPhase(1, 5, 0, rows)).logE);
    expect(one.logE).toBeGreaterThan(5);
    expect(evidenceOf(one, 0.01, 0.05).logSafe).toBe(0);
  });
  test("slow requests count for nothing", () => {
    const one = fed(opened(latencyGroup), settling);
    expect(one.logE).toBe(0);
    expect(evidenceOf(one, 0.01, 0.05)).toMatchObject({ logSafe: 0, canary: { n: 100, x: 5 } });
  });
});

test("the peak stays where it was", () => {
  const good: readonly Row[] = Array.from({ length: 20 }, () => [500, 0, 9500, 10]);
  const one = fed(opened(), looksOfPhase(1, 5, 0, [...rows, ...good]));
  expect(one.peakAt).toBe(30_000);
  expect(one.peakLogE).toBeGreaterThan(one.logE + 3);
});

test("bursts: measured, assumed, or said by the user", () => {
  const measured = { ...frozen, phi: { errors: 3.5 } };
  expect(phiOf({ ...plan, dispersion: "auto" }, measured, "errors")).toBe(3.5);
  expect(phiOf({ ...plan, dispersion: "auto" }, measured, "latency>250")).toBe(2);
  expect(phiOf({ ...plan, dispersion: 1.2 }, measured, "errors")).toBe(1.2);
});
