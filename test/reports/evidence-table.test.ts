import { expect, test } from "vitest";
import { defaultPlan } from "../../src/judge/judge-plan.ts";
import type { Interval, JudgeRecord, ProcessEvidence } from "../../src/judge/types.ts";
import { judgeWithNumbers } from "../../src/judge/verdict-with-numbers.ts";
import type { Progress } from "../../src/ports/reporter.ts";
import { comment } from "../../src/reports/comment.ts";
import { evidenceNote, evidenceRows, worseBy } from "../../src/reports/evidence-table.ts";
import { outputsOf, resultOf } from "../../src/reports/run-result.ts";
import { watching } from "./samples.ts";

const record = (boundariesMs: readonly number[]): JudgeRecord => ({
  rollout: "r",
  phases: [{ weight: 5, enteredAt: 0 }],
  frozen: { phi: { errors: 1 }, rate: {}, phiFrom: "history", boundariesMs },
});

function judged(
  pairs: Readonly<Record<string, readonly [number, number, number, number]>>,
  edges: readonly number[] = [],
) {
  const looks: Interval[] = Array.from({ length: 4 }, (_, i) => ({
    phase: 1,
    index: i + 1,
    from: i * 15_000,
    to: (i + 1) * 15_000,
    weight: 5,
    settling: false,
    seen: true,
    resets: [],
    pairs: new Map(
      Object.entries(pairs).map(([name, [n, x, sn, sx]]) => [name, { canary: { n, x }, stable: { n: sn, x: sx } }]),
    ),
  }));
  const { verdict, numbers } = judgeWithNumbers(defaultPlan, record(edges), looks, new Map(), 100_000);
  return { ...verdict, numbers };
}

const progress = (given: Progress["judged"]): Progress => ({
  ...watching,
  ...(given === undefined ? {} : { judged: given }),
});

test("shows both versions with their numbers, and the evidence as a bar", () => {
  const rows = evidenceRows(progress(judged({ errors: [500, 10, 9500, 28] })));
  expect(rows).toEqual([
    [
      "`errors`",
      expect.stringMatching(/^`█+░*` \d+ of 100$/),
      "2% (40/2 000)",
      "0.29% (112/38 000)",
      expect.any(String),
    ],
  ]);
  expect(rows[0]?.[4]).toMatch(/^0\.\d+ to \d(\.\d)? points$/);
  expect(evidenceNote(progress(judged({ errors: [500, 10, 9500, 28] })))).toContain("at most 1 of 100 rollouts");
});

test("an empty bar where nothing speaks of harm, a full one where it is proven", () => {
  const bars = ([10, 0] as const).map(
    (bad) => evidenceRows(progress(judged({ errors: [500, bad, 9500, 28] })))[0]?.[1],
  );
  expect(bars[0]).toMatch(/^`█{10}`/);
  expect(bars[1]).toMatch(/^`░{10}` 0\.\d+ of 100$/);
});

test("names the boundary that says most of the latency, and adds what all say together", () => {
  const given = judged(
    { errors: [500, 1, 9500, 20], "latency>100": [500, 40, 9500, 700], "latency>250": [500, 60, 9500, 90] },
    [100, 250],
  );
  const rows = evidenceRows(progress(given));
  expect(rows.map(([name]) => name)).toEqual(["`errors`", "`latency over 250 ms`", "all together"]);
  expect(rows[1]?.[2]).toBe("12% (240/2 000)");
});

test("stands in the comment and in the result, and only where something was compared", () => {
  const given = progress(judged({ errors: [500, 10, 9500, 28] }));
  expect(comment(given, "r")).toContain("| Compared | Evidence of harm | Canary | Stable | Canary is worse by |");
  const result = resultOf(given);
  expect(result.numbers?.evidence["errors"]).toMatchObject({
    canary: { n: 2000, x: 40 },
    stable: { n: 38_000, x: 112 },
  });
  expect(result.verdict).toMatchObject({ kind: "fail", culprit: "errors", reasonCode: "canary-worse" });
  expect(result.verdict).not.toHaveProperty("numbers");
  const { judged: _, ...without } = watching;
  expect([resultOf(without).numbers, evidenceRows(without), evidenceNote(without)]).toEqual([null, [], undefined]);
  expect(comment(without, "r")).not.toContain("Compared");
});

test("no requests are no rate, and what is not bounded yet is not called a hundred points", () => {
  const [row] = evidenceRows(progress(judged({ errors: [0, 0, 9500, 28] })));
  expect([row?.[2], row?.[4]]).toEqual(["no requests", "not known yet"]);
});

test("a canary that has become better is at least so bad at the worst, and at most so bad by now", () => {
  const crossed = { process: "errors", canary: { n: 1, x: 1 }, stable: { n: 1, x: 0 }, lower: 0.0025, upper: 0.001 };
  expect(worseBy(crossed as ProcessEvidence)).toBe("at least 0.25 points at the worst, at most 0.1 by now");
});

test("outputs that GitHub would not keep go without the numbers", () => {
  const given = judged({ errors: [500, 1, 9500, 28] });
  const [look] = given.numbers.looks;
  if (look === undefined) throw new Error("no look");
  const long = { ...given, numbers: { ...given.numbers, looks: Array.from({ length: 20_000 }, () => look) } };
  const output = JSON.parse(outputsOf(progress(long))["result-json"]);
  expect(output).toMatchObject({ numbers: null, verdict: { kind: "pass", reasonCode: "passed" } });
  expect(JSON.parse(outputsOf(progress(given))["result-json"]).numbers.looks).toHaveLength(4);
});
