import { expect, test } from "vitest";
import { standingsOf } from "../../src/judge/standing.ts";
import type { Sample, Threshold } from "../../src/judge/types.ts";

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
    { name: "a", kind: "waiting", because: "a has no point yet", lacks: "data", values: 0, failures: 0, missing: 0 },
    {
      name: "b",
      kind: "passing",
      because: "b is 0, at most 1",
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
