import { describe, expect, test } from "vitest";
import { referenceConstants as constants } from "../../src/judge/constants.ts";
import { addLook, logEvidence, logEvidenceAt, lowerBound, openMixture, type Start } from "../../src/judge/e-process.ts";
import { evidencesOf } from "../../src/judge/evidence-ledger.ts";
import { defaultPlan } from "../../src/judge/judge-plan.ts";
import {
  addSafeLook,
  cleanOf,
  detectableOf,
  logSafe,
  needOf,
  openSafety,
  upperBound,
} from "../../src/judge/non-inferiority.ts";
import { bandHalfWidth } from "../../src/judge/per-version-latency.ts";
import { addShares, logSplit, openSplit } from "../../src/judge/sample-ratio-mismatch.ts";
import { caseOf } from "../../src/judge/verdict.ts";
import { frozen, looksOfPhase, pairOf, plan, type Row, recordOf } from "./support.ts";

/** Figures computed with a reference implementation in double precision. */
const close = (actual: number | undefined, expected: number) => expect(actual).toBeCloseTo(expected, 6);
const closeAll = (actual: readonly number[], expected: readonly number[]) => {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) close(actual[i], value);
};

const tolerated = { ratio: 1.1, difference: 0.0005 };
const once: readonly Start[] = [{ at: 0, share: 1 }];
const logOf = (bound: number) => Math.log(bound);

function mixed(rows: readonly Row[], { tolerance = tolerated, phi = 1, starts = once } = {}) {
  const mixture = openMixture(constants, tolerance, starts);
  const logs = rows.map((row, i) => {
    addLook(mixture, i, pairOf(row, phi));
    return logEvidence(mixture);
  });
  return { logs, lower: (alpha: number) => lowerBound(mixture, alpha), mixture };
}

function safe(rows: readonly Row[], { equal = false, phi = 1 } = {}) {
  const reductions = equal ? constants.reductions.map(({ by }) => ({ by, share: 1 / 12 })) : constants.reductions;
  const safety = openSafety({ ...constants, reductions }, { ratio: 1, difference: 0.005 });
  const logs = rows.map((row) => {
    addSafeLook(safety, pairOf(row, phi));
    return logSafe(safety);
  });
  return { logs, upper: upperBound(safety, 0.05) };
}

describe("errors", () => {
  test("1: one look", () => {
    const plain = mixed([[2000, 42, 38000, 114]], { tolerance: { ratio: 1, difference: 0 } });
    closeAll([...plain.logs, plain.lower(0.01), plain.lower(0.05)], [38.314833, 0.008351, 0.009473]);
    const tolerant = mixed([[2000, 42, 38000, 114]]);
    closeAll([...tolerant.logs, tolerant.lower(0.01), tolerant.lower(0.005)], [31.46317, 0.008039, 0.007614]);
    close(logEvidenceAt(tolerant.mixture, tolerant.lower(0.01)), logOf(100));
  });
  const phases: readonly Row[] = [
    [500, 2, 9500, 9],
    [2000, 9, 8000, 12],
    [5000, 30, 5000, 14],
  ];
  test("2: phases continue the sums", () => {
    const { logs, lower } = mixed(phases);
    closeAll([...logs, lower(0.01), lower(0.05)], [-0.049584, 0.986785, 2.102083, -0.000198, 0.000225]);
  });
  test("3: in clusters", () => {
    const few = mixed(phases, { phi: 1.5 });
    closeAll([...few.logs, few.lower(0.01)], [-0.164473, 0.436966, 1.096611, -0.000797]);
    closeAll(mixed(phases, { phi: 6 }).logs, [-0.222669, -0.231433, -0.210957]);
  });
  test("4: merging", () => {
    const looks = looksOfPhase(1, 5, 0, [
      [0, 0, 900, 1],
      [40, 1, 0, 0],
      [3, 0, 50, 0],
    ]);
    // That only a few looks are merged changes nothing where only a few need it.
    const single = { ...plan, restartEveryMs: 1e9, phases: plan.phases.slice(0, 1) };
    const logs = [1, 2, 3].map((count) => {
      const { ledger } = caseOf(single, recordOf([5]), looks.slice(0, count), new Map(), 1e6, {});
      return evidencesOf(ledger)["errors"]?.logE ?? Number.NaN;
    });
    closeAll(logs, [0, 0.968927, 0.960996]);
  });
  test("5: how many errors it takes", () => {
    closeAll(mixed([...Array(3)].map(() => [1, 1, 19, 0])).logs, [1.804686, 4.162095, 6.748536]);
    const crossing = (row: Row, level: number, phi = 1) =>
      mixed(
        [...Array(40)].map(() => row),
        { phi },
      ).logs.findIndex((log) => log >= level) + 1;
    const rows: readonly Row[] = [
      [1, 1, 19, 0],
      [4, 1, 16, 0],
      [10, 1, 10, 0],
    ];
    expect(rows.map((row) => crossing(row, Math.log(100)))).toEqual([3, 4, 9]);
    expect(rows.map((row) => crossing(row, Math.log(320)))).toEqual([3, 5, 11]);
    expect(rows.map((row) => crossing(row, Math.log(100), 2))).toEqual([5, 8, 18]);
  });
  test("one canary error is worth at most 2.8, 1.5 and 0.6 nats", () => {
    const worth = ([5, 20, 50] as const).map((weight) => {
      const odds = weight / (100 - weight);
      return Math.max(...constants.ratios.map(({ times: r }) => Math.log1p((r - 1) / (1.1 * r * odds + 1))));
    });
    expect(worth.map((one) => Math.floor(one * 10) / 10)).toEqual([2.8, 1.5, 0.6]);
  });
  test("9: restarts", () => {
    const starts = [
      { at: 0, share: 0.5 },
      { at: 2, share: 0.25 },
      { at: 4, share: 0.25 },
    ];
    const rows: readonly Row[] = [
      [500, 1, 9500, 10],
      [500, 0, 9500, 9],
      [2000, 3, 8000, 8],
      [2000, 2, 8000, 9],
      [5000, 25, 5000, 6],
      [5000, 31, 5000, 5],
    ];
    const { logs, lower } = mixed(rows, { starts });
    closeAll(logs, [-0.328038, -0.47369, -0.905606, -1.089837, 1.696074, 8.608415]);
    close(lower(0.01), 0.001301);
    close(mixed(rows).logs.at(-1), 4.458655);
  });
});

describe("promotion", () => {
  test("6: no error at all", () => {
    const equal = safe([[800, 0, 15200, 0]], { equal: true });
    closeAll([...equal.logs, equal.upper], [2.812083, 0.005277]);
    const weighted = safe([[800, 0, 15200, 0]]);
    closeAll([...weighted.logs, weighted.upper], [3.343062, 0.004526]);
  });
  test("7: three looks", () => {
    const rows: readonly Row[] = [
      [1500, 4, 28500, 80],
      [1500, 2, 6000, 15],
      [3000, 8, 3000, 10],
    ];
    const equal = safe(rows, { equal: true });
    closeAll([...equal.logs, equal.upper], [2.385259, 7.202536, 13.083065, 0.002014]);
    const weighted = safe(rows);
    closeAll([...weighted.logs, weighted.upper], [1.962121, 6.778813, 12.65925, 0.002172]);
    const clustered = safe(rows, { phi: 2 });
    closeAll([...clustered.logs.slice(2), clustered.upper], [5.619112, 0.003532]);
  });
  const expected = { constants, alpha: 0.01, beta: 0.05, tolerance: tolerated, phi: 1, rate: 0.003 };
  const limit = { ratio: 1, difference: 0.005 };
  test("how many requests it needs", () => {
    const needs = [0.001, 0.003, 0.01, 0.05].map((rate) => Math.round(needOf({ ...expected, limit, rate }, 5)));
    expect(needs).toEqual([1860, 2918, 6490, 26978]);
    expect(Math.round(cleanOf({ ...expected, limit }))).toBe(798);
    expect(Math.round(cleanOf({ ...expected, limit: { ratio: 1, difference: 0.01 } }))).toBe(399);
  });
  test.each([
    [0.005, 724],
    [0.01, 362],
  ])("the whole mixture crosses at a limit of %f after %i clean requests", (difference, requests) => {
    const log = (n: number) => {
      const safety = openSafety(constants, { ratio: 1, difference });
      addSafeLook(safety, pairOf([n, 0, 19 * n, 0]));
      return logSafe(safety);
    };
    expect(log(requests - 0.5)).toBeLessThan(Math.log(20));
    expect(log(requests + 0.5)).toBeGreaterThanOrEqual(Math.log(20));
  });
  test("what few requests could have noticed", () => {
    const found = detectableOf({ ...expected, limit }, { canary: 36, stable: 684 }, 0.5);
    expect(found?.toFixed(3)).toBe("0.158");
    expect(detectableOf({ ...expected, limit }, { canary: 2, stable: 38 }, 0.5)).toBeUndefined();
    expect(detectableOf({ ...expected, limit }, { canary: 0, stable: 0 }, 0.5)).toBeUndefined();
  });
});

test("8: split", () => {
  const logs = (looks: readonly (readonly [number, number, number])[]) => {
    const split = openSplit(constants, 1.1);
    return looks.map(([canary, stable, weight]) => {
      addShares(split, canary, stable, weight);
      return logSplit(split);
    });
  };
  const low = logs([
    [0, 60, 5],
    [1, 119, 5],
    [0, 240, 5],
  ]);
  closeAll(low, [1.165769, 3.316214, 13.30149]);
  const right = logs([
    [38, 712, 5],
    [160, 590, 20],
    [380, 370, 50],
  ]);
  closeAll(right, [-1.493532, -2.170305, -2.838822]);
  closeAll(
    logs([
      [75, 675, 5],
      [80, 670, 5],
    ]),
    [9.38102, 24.512471],
  );
});

test("10: latency beside errors", () => {
  const rows = [
    {
      errors: [1000, 4, 19000, 40],
      "latency>100": [1000, 130, 19000, 2375],
      "latency>250": [1000, 19, 19000, 210],
      "latency>500": [1000, 3, 19000, 16],
    },
    {
      errors: [1000, 5, 19000, 38],
      "latency>100": [1000, 171, 19000, 2402],
      "latency>250": [1000, 61, 19000, 205],
      "latency>500": [1000, 12, 19000, 15],
    },
  ] satisfies readonly Record<string, Row>[];
  const single = { ...plan, constants, restartEveryMs: 1e9, phases: plan.phases.slice(0, 1) };
  const record = recordOf([5], 0, { frozen: { ...frozen, boundariesMs: [100, 250, 500] } });
  const of = (sloMs?: number) => {
    const latency = { ...defaultPlan.latency, ...(sloMs === undefined ? {} : { sloMs }) };
    const looks = looksOfPhase(1, 5, 0, rows);
    const { ledger } = caseOf({ ...single, latency }, record, looks, new Map(), 1e6, {});
    return { ledger, evidence: evidencesOf(ledger) };
  };
  const { ledger, evidence } = of();
  const boundaries = evidence["latency"]?.boundaries;
  closeAll(
    ["100", "250", "500"].map((edge) => boundaries?.[edge]?.logE ?? Number.NaN),
    [-2.347748, 32.31639, 10.232096],
  );
  close(evidence["latency"]?.logE, 31.217778);
  close(evidence["errors"]?.logE, -0.313829);
  close(evidence["errors"]?.weight, 0.625);
  close(ledger.logE, 30.236948);
  close(of(250).evidence["latency"]?.logE, 31.623243);
  close(of(240).evidence["latency"]?.logE, 31.623243);
});

test("the band for graphs is much too wide to judge a tail", () => {
  expect(bandHalfWidth(10_000, 0.01)?.toFixed(3)).toBe("0.028");
  expect(bandHalfWidth(10_000, 0.05)?.toFixed(3)).toBe("0.027");
  expect(bandHalfWidth(99, 0.05)).toBeUndefined();
});
