import { expect, test } from "vitest";
import type { Sample } from "../../src/base/judging-types.ts";
import { reason } from "../../src/base/reasons/index.ts";
import { judge } from "../../src/judge/verdict.ts";
import { judgeWithNumbers, replay } from "../../src/judge/verdict-with-numbers.ts";
import { frozen, looksOfPhase, plan, recordOf, times } from "./support.ts";

const record = recordOf([5, 20], 600_000, { frozen: { ...frozen, boundariesMs: [250] }, watchedFrom: 610_000 });
const looks = [
  ...looksOfPhase(1, 5, 0, times(38, { errors: [60, 1, 1140, 3], "latency>250": [60, 2, 1140, 31] })),
  ...looksOfPhase(2, 20, 600_000, times(30, { errors: [300, 1, 1200, 3], "latency>250": [300, 9, 1200, 33] })),
];
const checks = [
  {
    name: "depth",
    max: 100,
    failAfter: { consecutive: 3, total: 5 },
    silentAfter: { consecutive: 5, total: 10 },
    onSilent: "wait" as const,
  },
];
const samples = new Map([
  ["depth", times(3, 0).map((_, i): Sample => ({ at: 660_000 + i * 60_000, kind: "value", value: i }))],
]);

test("the verdict comes out of its own numbers again, through JSON", () => {
  for (const [now, also] of [
    [700_000, {}],
    [1_000_000, {}],
    [2_500_000, { canaryPods: 1 }],
    [2_500_000, { trouble: reason("point-missing", {}) }],
  ] as const) {
    const { verdict, numbers } = judgeWithNumbers({ ...plan, checks }, record, looks, samples, now, also);
    expect(verdict).toEqual(judge({ ...plan, checks }, record, looks, samples, now, also));
    const read = JSON.parse(JSON.stringify(numbers));
    expect(read).toEqual(numbers);
    const again = replay(read);
    expect([again.verdict, again.numbers]).toEqual([verdict, numbers]);
  }
});

test("the numbers hold what a reader wants to check", () => {
  const { numbers } = judgeWithNumbers(plan, record, looks, new Map(), 1_080_000);
  expect(numbers.evidence["errors"]).toMatchObject({ canary: { n: 38 * 60 + 30 * 300, x: 68 }, weight: 0.625 });
  expect(numbers.evidence["errors"]?.rates[0]).toBeCloseTo(68 / 11_280, 12);
  expect(numbers.looks[0]).toMatchObject({
    phase: 1,
    index: 1,
    from: 0,
    to: 15_000,
    pairs: { errors: [60, 1, 1140, 3] },
  });
  expect(numbers.gates["errors"]?.need).toBeGreaterThan(1000);
  expect(numbers.gates["errors"]?.detectable).toBeLessThan(0.05);
  expect(numbers.logSplit).toBeLessThan(0);
  expect(numbers.suspects).toEqual([]);
});

test("a look that holds an entry is shown and changes nothing else", () => {
  const entered = {
    ...record,
    phases: record.phases.map((phase) => ({ ...phase, enteredAt: phase.enteredAt - 8_000 })),
  };
  const harm = { errors: [900, 800, 900, 0], "latency>250": [900, 800, 900, 0] } as const;
  const entries = [
    ...looksOfPhase(1, 5, -15_000, [harm], { index: 0, settling: true }),
    ...looksOfPhase(2, 20, 585_000, [harm], { index: 0, settling: true }),
  ];
  // The last look of the first phase ends where the second is entered: that one is the second's.
  const whole = looks.filter(({ to }) => to !== 600_000);
  const all = [...entries.slice(0, 1), ...whole.slice(0, 38), ...entries.slice(1), ...whole.slice(38)];
  for (const now of [700_000, 1_080_000]) {
    const { looks: without, ...others } = judgeWithNumbers(plan, entered, whole, new Map(), now).numbers;
    const { looks: shown, ...same } = judgeWithNumbers(plan, entered, all, new Map(), now).numbers;
    expect(same).toEqual(others);
    expect(shown.filter(({ index }) => index > 0)).toEqual(without);
    expect(shown.filter(({ index }) => index === 0).map(({ pairs }) => pairs["errors"])).toEqual([
      [900, 800, 900, 0],
      [900, 800, 900, 0],
    ]);
  }
});

test("what has no number is null, not infinity", () => {
  const at = recordOf([100]);
  const { numbers } = judgeWithNumbers(plan, at, [], new Map(), 60_000);
  expect(numbers.gates).toEqual({ errors: { need: null, detectable: null } });
  expect(numbers.logSplit).toBeNull();
  expect(numbers.evidence["errors"]?.rates).toEqual([0, 0]);
  expect(JSON.parse(JSON.stringify(numbers))).toEqual(numbers);
});
