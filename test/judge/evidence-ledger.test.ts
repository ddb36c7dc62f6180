import { describe, expect, test } from "vitest";
import { addToLedger, enterPhase, evidencesOf, openLedger, suspectsOf } from "../../src/judge/evidence-ledger.ts";
import { defaultPlan } from "../../src/judge/judge-plan.ts";
import { logSumExp } from "../../src/judge/numerics.ts";
import { frozen, looksOfPhase, plan, type Row } from "./support.ts";

const bad: Row = [2000, 42, 38_000, 114];
const metrics = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ ...plan.errors, name: `m${i}`, gate: false }));

function ledgerOf(
  over: Partial<typeof plan>,
  rows: readonly Readonly<Record<string, Row>>[],
  boundariesMs: readonly number[] = [],
) {
  const ledger = openLedger({ ...plan, ...over }, { ...frozen, boundariesMs });
  enterPhase(ledger, { phase: 1, weight: 5, evidenceFrom: 0 });
  for (const look of looksOfPhase(1, 5, 0, rows)) addToLedger(ledger, look);
  return ledger;
}

describe("several comparisons", () => {
  test("are averaged with their shares, never multiplied", () => {
    const ledger = ledgerOf({ metrics: metrics(2) }, [{ errors: bad, m0: bad, m1: [2000, 6, 38_000, 114] }]);
    const shown = evidencesOf(ledger);
    const parts = Object.values(shown).map(({ weight, logE }) => Math.log(weight) + logE);
    expect(ledger.logE).toBeCloseTo(logSumExp(parts), 8);
    expect(ledger.logE).toBeLessThan(Math.max(...Object.values(shown).map(({ logE }) => logE)));
  });
  test("keep their peaks and when they were reached", () => {
    const good: Row = [2000, 2, 38_000, 200];
    const ledger = ledgerOf({}, [{ errors: bad }, { errors: good }]);
    expect(ledger.peakAt).toBe(15_000);
    expect(ledger.groups[0]?.proof?.evidence.canary).toEqual({ n: 2000, x: 42 });
    expect(evidencesOf(ledger)["errors"]).toMatchObject({ peakAt: 15_000, canary: { n: 4000, x: 44 } });
  });
  test("show latency by its leading boundary, with all of them", () => {
    const slow = { errors: bad, "latency>100": [2000, 6, 38_000, 114], "latency>250": bad } as const;
    const { latency } = evidencesOf(ledgerOf({}, [slow], [100, 250]));
    expect(latency).toMatchObject({ process: "latency", canary: { n: 2000, x: 42 } });
    expect(Object.keys(latency?.boundaries ?? {})).toEqual(["100", "250"]);
    expect(latency?.boundaries?.["250"]).toMatchObject({ process: "latency>250", canary: { x: 42 } });
  });
  test("skip what a look does not hold", () => {
    const ledger = ledgerOf({ metrics: metrics(1) }, [{ m0: bad }]);
    expect(evidencesOf(ledger)["errors"]).toMatchObject({ logE: 0, canary: { n: 0, x: 0 } });
    expect(ledger.requests).toEqual([0]);
  });
  test("none at all is no evidence", () => {
    const ledger = ledgerOf({ weights: { errors: 0, latency: 0, metrics: 0 } }, [{ errors: bad }]);
    expect([ledger.logE, ledger.peakLogE, ledger.peakAt, evidencesOf(ledger)]).toEqual([0, 0, null, {}]);
  });
});

describe("phases", () => {
  test("what is counted within a phase begins anew, evidence goes on", () => {
    const ledger = ledgerOf({}, [{ errors: bad }]);
    const { logE } = ledger;
    enterPhase(ledger, { phase: 2, weight: 20, evidenceFrom: 600_000 });
    expect(ledger).toMatchObject({ requests: [], shares: { canary: 0, stable: 0 }, logE });
    const [look] = looksOfPhase(2, 20, 600_000, [[2000, 2, 8000, 8]]);
    if (look !== undefined) addToLedger(ledger, look);
    expect(ledger.requests).toEqual([2000]);
    expect(evidencesOf(ledger)["errors"]?.canary).toEqual({ n: 4000, x: 44 });
  });
  test("the start of a phase is reached with its first look", () => {
    const ledger = ledgerOf({}, [{ errors: [2000, 0, 38_000, 300] }]);
    expect(ledger.logE).toBeCloseTo(Math.log(0.5), 1);
    enterPhase(ledger, { phase: 2, weight: 20, evidenceFrom: 600_000 });
    for (const look of looksOfPhase(2, 20, 600_000, [[2000, 60, 8000, 24]])) addToLedger(ledger, look);
    // All of it comes from the second start: the first had lost everything.
    expect(ledger.logE).toBeGreaterThan(10);
  });
  test("traffic that is still settling counts neither for the share nor for the requests of a phase", () => {
    const ledger = openLedger(plan, frozen);
    enterPhase(ledger, { phase: 1, weight: 5, evidenceFrom: 0 });
    for (const look of looksOfPhase(1, 5, 0, [[500, 0, 500, 0]], { settling: true })) addToLedger(ledger, look);
    expect(ledger).toMatchObject({ requests: [], shares: { canary: 0, stable: 0 }, looks: 1 });
    expect(ledger.split?.sides.every(({ sum }) => sum === 0)).toBe(true);
  });
  test("the look that holds the entry counts for nothing at all", () => {
    const judged = { ...plan, metrics: metrics(1) };
    const counts = (rows: readonly Readonly<Record<string, Row>>[]) => {
      const ledger = openLedger(judged, { ...frozen, boundariesMs: [250] });
      enterPhase(ledger, { phase: 1, weight: 5, evidenceFrom: 15_000 });
      const entry = looksOfPhase(1, 5, 0, rows, { index: 0, settling: true, seen: false, resets: ["pod"] });
      const whole = looksOfPhase(1, 5, 15_000, [{ errors: bad, m0: bad, "latency>250": bad }]);
      for (const look of [...entry, ...whole]) addToLedger(ledger, look);
      return ledger;
    };
    // Harm, a share that does not follow the weight, and a rate of stable that has moved.
    const harm: Row = [5000, 5000, 5000, 2500];
    expect(counts([{ errors: harm, m0: harm, "latency>250": harm }])).toEqual(counts([]));
  });
  test("there is no split to look for at 0 and 100 percent", () => {
    const ledger = openLedger(defaultPlan, frozen);
    const open = (weight: number) => {
      enterPhase(ledger, { phase: 1, weight, evidenceFrom: 0 });
      return ledger.split !== undefined;
    };
    expect([0, 5, 99, 100].map(open)).toEqual([false, true, true, false]);
  });
});

describe("suspects", () => {
  const rows = (count: number, harmed: number) => [
    Object.fromEntries(
      Array.from({ length: count }, (_, i) => [`m${i}`, i < harmed ? bad : ([2000, 6, 38_000, 114] as const)]),
    ),
  ];
  test("are a list only where metrics are many", () => {
    expect(suspectsOf(ledgerOf({ metrics: metrics(20) }, rows(20, 3)))).toEqual([]);
    expect(suspectsOf(ledgerOf({ metrics: metrics(21) }, rows(21, 3)))).toEqual(["m0", "m1", "m2"]);
    expect(suspectsOf(ledgerOf({ metrics: metrics(21) }, rows(21, 0)))).toEqual([]);
  });
});
