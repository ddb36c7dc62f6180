import { expect, test } from "vitest";
import { packReason, type Reason, readReason, reason, sameReason } from "../../src/base/reasons/index.ts";

const late = reason("deadline-passed", { phase: 2, weight: 20 });
const paused = reason("paused-inconclusive", { weight: 20, policy: "pause", verdict: late });

/** As the record holds it. */
const kept = (one: Reason): unknown => JSON.parse(JSON.stringify(packReason(one)));

test("a reason comes back from the record as it went in, reasons within it too", () => {
  expect(readReason(kept(paused))).toEqual(paused);
});

test("a code that this version does not know is told as such, not refused", () => {
  expect(readReason(["phase-of-the-moon", { x: 1 }])).toEqual(
    reason("newer-reason", { reasonCode: "phase-of-the-moon" }),
  );
});

test.each([
  ["no list", { code: "deadline-passed" }],
  ["no data", ["deadline-passed"]],
  ["a text for a number", ["deadline-passed", { phase: "2", weight: 20 }]],
  ["no number", ["deadline-passed", { phase: Number.NaN, weight: 20 }]],
  ["a word that is not in the list", ["paused-inconclusive", { weight: 5, policy: "maybe", verdict: kept(late) }]],
  ["a name of every object", ["constructor", {}], "newer"],
])("what is no reason is none: %s", (_, raw, isNewer?: string) => {
  expect(readReason(raw)?.code).toBe(isNewer === undefined ? undefined : "newer-reason");
});

test("reasons nested without an end are not read", () => {
  let raw: unknown = kept(late);
  for (let depth = 0; depth < 50; depth += 1)
    raw = ["paused-inconclusive", { weight: 5, policy: "pause", verdict: raw }];
  expect(readReason(raw)).toBeUndefined();
});

test("figures do not count where two reasons are compared, and what they are about does", () => {
  const expired = (weight: number, limitMs: number) => reason("pause-expired", { weight, limitMs });
  expect(sameReason(expired(5, 1000), expired(5, 2000))).toBe(true);
  expect(sameReason(expired(5, 1000), expired(20, 1000))).toBe(false);
  expect(sameReason(late, paused)).toBe(false);
  const other = reason("deadline-passed", { phase: 3, weight: 50 });
  expect(sameReason(paused, reason("paused-inconclusive", { ...paused.data, verdict: other }))).toBe(false);
  expect(sameReason(paused, undefined)).toBe(false);
});

test("a name from a hostile record cannot carry control characters into a text", () => {
  const raw = ["taken-over", { rollout: "a\u001b[2Jb\u202ec\n::set-output", weight: 5 }];
  expect(readReason(raw)?.data).toEqual({ rollout: "abc ::set-output", weight: 5 });
});
