import { describe, expect, test } from "vitest";
import type { JudgePlan } from "../../src/judge/judge-plan.ts";
import type { Interval, JudgeRecord } from "../../src/judge/types.ts";
import { judge } from "../../src/judge/verdict.ts";
import { frozen, looksOfPhase, plan, type Row, recordOf, times } from "./support.ts";

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 5, 14, 0, 0);

type Asked = {
  weight?: number;
  minute?: number;
  over?: Partial<JudgePlan>;
  record?: Partial<JudgeRecord>;
  trouble?: string;
};

/** The sentence on one phase that began at 14:00. */
function said(
  looks: readonly Interval[],
  { weight = 5, minute = 6, over = {}, record = {}, trouble }: Asked = {},
): string {
  const phases = [{ weight, enteredAt: START }];
  const whole = { ...recordOf([weight]), phases, ...record };
  const samples = new Map();
  const also = trouble === undefined ? {} : { trouble };
  return judge({ ...plan, ...over }, whole, looks, samples, START + minute * MINUTE, also).because;
}
const looks = (rows: readonly (Row | Readonly<Record<string, Row>>)[], weight = 5) =>
  looksOfPhase(1, weight, START, rows);
const alone = { phases: plan.phases.slice(0, 1), restartEveryMs: 9e9 };

describe("rollback", () => {
  test("by errors: both rates with their counts, the bound, and what it has cost", () => {
    expect(said(looks([[2000, 42, 38_000, 114]]), { over: alone })).toBe(
      "canary errors 2.1% (42/2 000) vs stable 0.30% (114/38 000): 99% sure it is at least 0.80 points worse -> rolled back, 36 extra failed requests",
    );
  });
  test("by a metric of the user's own", () => {
    const metrics = [{ ...plan.errors, name: "orders", gate: false }];
    const rows = [{ errors: [2000, 0, 38_000, 0] as const, orders: [2000, 80, 38_000, 114] as const }];
    expect(said(looks(rows), { over: { ...alone, metrics } })).toMatch(
      /^canary orders 4\.0% \(80\/2 000\) vs stable 0\.30% \(114\/38 000\): 99% sure it is at least 2\.\d points worse -> rolled back, 74 extra bad requests$/,
    );
  });
  const boundaries = { frozen: { ...frozen, boundariesMs: [100, 250, 500] } };
  const slow = (canary: readonly [number, number, number], stable: readonly [number, number, number], n = 1000) => [
    Object.fromEntries([
      ["errors", [n, 0, 19 * n, 0]],
      ...[100, 250, 500].map((edge, i) => [`latency>${edge}`, [n, canary[i], 19 * n, stable[i]]]),
    ]),
  ];
  test("by latency: the share beyond the boundary, and the buckets of the quantile", () => {
    expect(said(looks(slow([171, 61, 4], [2402, 130, 3])), { over: alone, record: boundaries })).toMatch(
      /^slower: 6\.1% of canary requests took over 250 ms vs 0\.68% of stable; p99 moved from \(100,250\] to \(250,500\] ms: 99% sure it is at least 2\.6 points worse -> rolled back$/,
    );
  });
  test("by latency beyond the last boundary", () => {
    expect(said(looks(slow([171, 161, 90], [2402, 130, 3])), { over: alone, record: boundaries })).toContain(
      "p99 moved from (100,250] to above 500 ms",
    );
  });
  test("by latency whose quantile stayed in its bucket, or moved without proof", () => {
    expect(said(looks(slow([400, 5, 1], [1900, 130, 3])), { over: alone, record: boundaries })).toMatch(
      /^slower: 40% of canary requests took over 100 ms vs 10% of stable: 99% sure/,
    );
    expect(said(looks(slow([400, 12, 1], [1900, 130, 3])), { over: alone, record: boundaries })).toContain(
      "; p99 was seen in (250,500] ms, that of stable in (100,250] ms",
    );
  });
});

describe("promote", () => {
  test("both rates, the bound, the limit, the step", () => {
    expect(said(looks(times(22, [250, 1, 1000, 3]), 20), { weight: 20 })).toMatch(
      /^canary 0\.40% vs stable 0\.30%: 95% sure it is at most 0\.\d\d points worse \(limit 0\.5\) -> 20% -> 20%$/,
    );
  });
  test("a canary that is better, the last step, another limit", () => {
    const over = {
      phases: plan.phases.slice(0, 1),
      errors: { ...plan.errors, limit: { ratio: 1.2, difference: 0.0025 } },
    };
    expect(said(looks(times(22, [1000, 0, 19_000, 400])), { over })).toMatch(
      /^canary 0\.0% vs stable 2\.1%: 95% sure it is at least 2\.\d points better \(limit x1\.2 and 0\.25\) -> promoted$/,
    );
  });
  test("a latency gate speaks for itself; without any gate there is no claim", () => {
    const row = { errors: [1000, 0, 19_000, 10] as const, "latency>250": [1000, 2, 19_000, 40] as const };
    const record = { frozen: { ...frozen, boundariesMs: [250] } };
    const over = { latency: { ...plan.latency, sloMs: 250 } };
    expect(said(looks(times(22, row)), { over, record })).toMatch(
      /; canary latency>250 0\.20% vs stable 0\.21%: 95% sure it is at most 0\.\d+ points worse \(limit 1\)/,
    );
    const gateless = { errors: { ...plan.errors, gate: false } };
    expect(said(looks(times(22, row)), { over: gateless })).toBe("no sign of harm -> 5% -> 20%");
  });
});

describe("continue", () => {
  test("no sign yet, and how many requests are missing", () => {
    const rows = [...times(10, [20, 0, 380, 0] as const), ...times(10, [21, 0, 380, 1] as const)];
    expect(said(looks(rows))).toMatch(
      /^no sign of harm yet \(evidence 0\.\d+ of 100\); 410 of about 2 070 canary requests needed to promote, ~24 min at this traffic$/,
    );
  });
  test("some sign", () => {
    expect(said(looks([[100, 3, 1900, 1]]))).toMatch(/^some sign of harm \(evidence \d\d of 100\); /);
  });
  test("no traffic to reckon with", () => {
    expect(said([])).toBe(
      "no sign of harm yet (evidence 1.0 of 100); 0 of about 798 canary requests needed to promote; 50 canary requests needed in each half of the phase, 0 and 0 so far; the last look saw nothing of stable",
    );
    const record = { frozen: { ...frozen, rate: { errors: 0.001 } } };
    expect(said([], { record })).toContain("0 of about 1 860 canary requests");
  });
  test("a gate that no number of requests can open", () => {
    const failing = looks(times(78, [95, 90, 5, 5]), 95);
    expect(said(failing, { weight: 95 })).toContain("; no number of requests shows the canary to be within the limit");
    expect(said(failing, { weight: 95, minute: 20 })).toContain(
      ". No number would show it to be within the limit -> paused",
    );
    const orders = { ...plan.errors, name: "orders", gate: true };
    const rows = times(22, { errors: [1000, 0, 19_000, 0] as const, orders: [1, 0, 19, 0] as const });
    expect(said(looks(rows), { over: { metrics: [orders] } })).toContain(
      "canary requests needed to promote (orders), ~",
    );
  });
  test("the split: share, weight, cause, and when it ends", () => {
    expect(said(looks(times(22, [0, 0, 60, 0])))).toBe(
      "weight is 5% but the canary got 0.0% of 1 320 requests: traffic does not follow the weight (check the subset labels) -> not promoted; rollback at 14:20",
    );
    expect(said(looks(times(22, [60, 0, 60, 0])))).toContain("got 50% of 2 640 requests");
    expect(said(looks(times(22, [60, 0, 60, 0])))).toContain("(check sticky sessions and other rules)");
    expect(said(looks(times(78, [0, 0, 60, 0])), { minute: 20 })).toMatch(/ -> rolled back$/);
  });
  test("blindness: since when, why, until when", () => {
    const rows = looks(times(12, [1, 0, 19, 0])).map((look, i) => ({ ...look, seen: i < 9 }));
    expect(said(rows)).toMatch(
      /^no data since 14:02:15 \(the source answered, no series of stable\); .* -> waiting, until 14:20$/,
    );
    expect(said(rows, { trouble: "timeout after 10 s" })).toMatch(/^no data \(timeout after 10 s\); /);
  });
});

describe("not enough", () => {
  const rows = looks(times(78, [1, 0, 19, 0]));
  test("traffic: what came, what it could have shown, what it needs, what becomes of it", () => {
    expect(said(rows, { minute: 20 })).toMatch(
      /^not enough traffic to tell: 78 canary requests in 20 min; could only have noticed a jump to about \d\.\d%\. Needs about 1 \d00 -> paused at 5%, nobody is watching \(on-inconclusive: pause\)$/,
    );
  });
  test("next to none", () => {
    const few = looks(times(78, [0, 0, 0, 0]));
    expect(said(few, { minute: 20 })).toContain(
      "0 canary requests in 20 min; could have noticed nothing. Needs about 800",
    );
  });
  test("the choice of the user is named", () => {
    expect(said(rows, { minute: 20, over: { onInconclusive: "rollback" } })).toMatch(
      /-> rolled back \(on-inconclusive: rollback\)$/,
    );
    expect(said(rows, { minute: 20, over: { onInconclusive: "promote" } })).toMatch(
      /-> promoted without proof \(on-inconclusive: promote\)$/,
    );
    expect(said(rows, { minute: 20, over: { onInconclusive: "promote" }, trouble: "HTTP 500" })).toMatch(
      /^not enough data to tell: no data \(HTTP 500\); .* -> paused at 5%, nobody is watching \(on-inconclusive: promote, but data is missing\)$/,
    );
  });
  test("where the proof stands and only the halves are thin", () => {
    const thin = looks([...times(39, [1000, 0, 19_000, 10] as const), ...times(39, [0, 0, 0, 0] as const)]);
    expect(said(thin, { minute: 20 })).toBe(
      "not enough traffic to tell: 50 canary requests needed in each half of the phase, 39 000 and 0 so far -> paused at 5%, nobody is watching (on-inconclusive: pause)",
    );
  });
});
