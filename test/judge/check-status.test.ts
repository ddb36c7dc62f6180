import { expect, test } from "vitest";
import type { Sample } from "../../src/base/judging-types.ts";
import { reason } from "../../src/base/reasons/index.ts";
import { standingsOf } from "../../src/judge/check-status.ts";
import type { Threshold } from "../../src/judge/types.ts";

const check = (name: string): Threshold => ({
  name,
  max: 1,
  failAfter: { consecutive: 3, total: 5 },
  silentAfter: { consecutive: 5, total: 10 },
  onSilent: "wait",
});
const value = (at: number, one: number): Sample => ({ at, kind: "value", value: one });

test("every check has its standing, in the order of the plan", () => {
  const samples = new Map([
    ["b", [value(1, 0), value(2, 0), value(3, 0)]],
    ["unheard of", [value(1, 5)]],
  ]);
  const standings = standingsOf([check("a"), check("b")], samples, 0, 9);
  expect(standings).toEqual([
    {
      name: "a",
      kind: "waiting",
      reason: reason("check-waiting", { check: "a", values: 0, need: 3 }),
      lacks: "data",
      values: 0,
      failures: 0,
      missing: 0,
    },
    {
      name: "b",
      kind: "passing",
      reason: reason("check-passing", { check: "b", value: 0, max: 1 }),
      latest: 0,
      newest: "value",
      values: 3,
      failures: 0,
      missing: 0,
    },
  ]);
});

test("the moment it counts from is left out, the present one is not", () => {
  const samples = new Map([["a", [value(10, 5), value(20, 5), value(30, 5), value(40, 5)]]]);
  expect(standingsOf([check("a")], samples, 10, 30)[0]).toMatchObject({ kind: "waiting", failures: 2 });
  expect(standingsOf([check("a")], samples, 10, 40)[0]).toMatchObject({ kind: "failing", failures: 3 });
});

test("a value goes with its unit and the limits it is held against", () => {
  const samples = new Map([
    ["share", [value(1, 0.91234), value(2, 0.9), value(3, 0.9123)]],
    ["time", [value(1, 4100), value(2, 306.239), value(3, 306.239)]],
  ]);
  const { max: _, ...bare } = check("share");
  const checks: readonly Threshold[] = [
    { ...bare, min: 0.949, unit: "share" },
    { ...check("time"), max: 2000, unit: "ms" },
  ];
  expect(standingsOf(checks, samples, 0, 9)).toMatchObject([
    {
      kind: "failing",
      reason: reason("check-failing", { check: "share", value: 0.9123, min: 0.949, unit: "share", points: 3, at: 3 }),
      unit: "share",
      latest: 0.9123,
    },
    { kind: "passing", reason: reason("check-passing", { check: "time", value: 306.239, max: 2000, unit: "ms" }) },
  ]);
});

test("where a pass takes more than no failure, it takes three such values in a row", () => {
  const { max: _, ...bare } = check("a");
  const between: Threshold = { ...bare, min: 0.9, passMin: 0.95, unit: "share" };
  const standing = (...values: readonly number[]) => {
    const points = values.map((one, i): Sample => (Number.isNaN(one) ? few(i + 1) : value(i + 1, one)));
    return standingsOf([between], new Map([["a", points]]), 0, 99)[0];
  };
  const few = (at: number): Sample => ({
    at,
    kind: "missing",
    reason: reason("point-too-few-requests", { requests: 3, need: 100 }),
  });
  expect(standing(0.99, 0.98, 0.95)).toMatchObject({ kind: "passing", reason: { code: "check-passing" } });
  const below = reason("check-below-pass", {
    check: "a",
    value: 0.94,
    min: 0.9,
    unit: "share",
    passMin: 0.95,
    need: 3,
  });
  expect(standing(0.99, 0.98, 0.97, 0.94)).toMatchObject({ kind: "waiting", reason: below, failures: 0 });
  expect(standing(0.99, 0.94, 0.97, 0.97)).toMatchObject({ kind: "waiting" });
  expect(standing(0.94, 0.97, Number.NaN, 0.97, 0.97)).toMatchObject({ kind: "passing" });
  // More requests do not mend it, so a want of traffic waives nothing.
  expect(standing(Number.NaN, 0.94, 0.94, 0.94)).toMatchObject({ kind: "waiting", lacks: "data" });
  expect(standing(Number.NaN, 0.97, 0.94, 0.97)).toMatchObject({ kind: "waiting", lacks: "data" });
  expect(standing(Number.NaN, 0.97, 0.97)).toMatchObject({ kind: "waiting", lacks: "traffic" });
  expect(standing(0.8, 0.8, 0.8)).toMatchObject({ kind: "failing" });
});
