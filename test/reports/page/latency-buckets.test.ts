import { expect, test } from "vitest";
import { latencyShares } from "../../../src/reports/page/latency-buckets.ts";
import type { IntervalRow } from "../../../src/reports/page/pack-intervals.ts";
import { tableRows } from "../../../src/reports/page/timeline-table.ts";

const look = (pairs: IntervalRow["pairs"], to = 15_000): IntervalRow => ({
  phase: 1,
  index: 1,
  from: to - 15_000,
  to,
  weight: 5,
  settling: false,
  seen: true,
  resets: [],
  pairs,
});

test("the share of each bucket is what lies between two boundaries, and empty ends are left out", () => {
  const rows = [
    look({
      "latency>50": [10, 10, 0, 0],
      "latency>100": [10, 6, 0, 0],
      "latency>250": [10, 1, 0, 0],
      "latency>1000": [10, 0, 0, 0],
    }),
    look({
      "latency>50": [10, 10, 0, 0],
      "latency>100": [10, 2, 0, 0],
      "latency>250": [10, 1, 0, 0],
      "latency>1000": [10, 0, 0, 0],
    }),
  ];
  const shares = latencyShares(rows);
  expect(shares?.labels).toEqual(["≤ 100 ms", "≤ 250 ms", "≤ 1 s"]);
  expect(shares?.canary.map((share) => Number(share?.toFixed(3)))).toEqual([0.6, 0.3, 0.1]);
  expect(shares?.stable).toEqual([undefined, undefined, undefined]);
});

test("without latency there are no buckets", () => {
  expect(latencyShares([look({ errors: [10, 0, 10, 0] })])).toBeUndefined();
  expect(latencyShares([])).toBeUndefined();
});

test("rows add up looks, and the bounds are the newest up to their end", () => {
  const looks = Array.from({ length: 6 }, (_, i) => look({ errors: [10, 1, 100, 0] }, (i + 1) * 15_000));
  const bounds = {
    logE: [0, 0, 0, 0, 0, Math.log(50)],
    lower: [-1, null, -0.01, null, null, 0.001],
    upper: [1, null, 0.02, null, null, 0.01],
  };
  const rows = tableRows(looks, { at: looks.map(({ to }) => to), logE: bounds.logE, legs: { errors: bounds } }, 3);
  expect(rows.map((row) => row.slice(2))).toEqual([
    ["20", "2", "10%", "200", "0", "0%", "? to ?", "1"],
    ["20", "2", "10%", "200", "0", "0%", "-1 to 2", "1"],
    ["20", "2", "10%", "200", "0", "0%", "0.1 to 1", "50"],
  ]);
});
