import { describe, expect, test } from "vitest";
import { outlooksOf } from "../../src/judge/forecast.ts";
import { frozen, plan } from "./support.ts";

const known = { ...frozen, rate: { errors: 0.003 } };

describe("before a phase", () => {
  test("what cannot be proven is known at once", () => {
    const [first] = outlooksOf(plan, known, 1);
    expect(first).toMatchObject({ phase: 1, requests: 60 });
    expect(first?.need?.toFixed(0)).toBe("2918");
    expect(first?.detectable).toBeGreaterThan(0.1);
  });
  test("at 100 percent nothing is compared", () => {
    const outlooks = outlooksOf(plan, known, 300);
    expect(outlooks.map(({ phase, requests, need = 0 }) => [phase, requests >= need])).toEqual([
      [1, true],
      [2, true],
      [3, true],
    ]);
    expect(outlooks[0]?.detectable).toBeLessThan(0.01);
  });
  test("next to no traffic shows nothing at all", () => {
    const [first] = outlooksOf(plan, frozen, 0.01);
    expect([first?.need?.toPrecision(2), first?.detectable]).toEqual(["8.0e+2", undefined]);
  });
  test("a limit that no number of requests can show", () => {
    const phases = [{ weight: 95, maxHoldMs: 600_000 }];
    const [only] = outlooksOf({ ...plan, phases }, { ...frozen, rate: { errors: 0.9 } }, 10);
    expect(only?.need).toBeUndefined();
  });
  test("without a gate there is nothing to prove", () => {
    expect(outlooksOf({ ...plan, errors: { ...plan.errors, gate: false } }, frozen, 1)).toEqual([]);
  });
});
