import { describe, expect, test } from "vitest";
import { outlooksOf } from "../../src/judge/forecast.ts";
import { frozen, plan } from "./support.ts";

const known = { ...frozen, rate: { errors: 0.003 } };

describe("before a phase", () => {
  test("what cannot be proven is said at once", () => {
    const [first] = outlooksOf(plan, known, 1);
    expect(first).toMatchObject({ phase: 1, requests: 60 });
    expect(first?.need?.toFixed(0)).toBe("2918");
    expect(first?.because).toMatch(
      /^about 60 canary requests in 20 min at 5% cannot show the canary to be within the limit: about 2 900 are needed; only a jump to about \d\d% would be noticed$/,
    );
  });
  test("enough traffic needs no words, and at 100 percent nothing is compared", () => {
    const outlooks = outlooksOf(plan, known, 300);
    expect(outlooks.map(({ phase, because }) => [phase, because])).toEqual([
      [1, undefined],
      [2, undefined],
      [3, undefined],
    ]);
    expect(outlooks[0]?.detectable).toBeLessThan(0.01);
  });
  test("next to no traffic shows nothing at all", () => {
    expect(outlooksOf(plan, frozen, 0.01)[0]?.because).toContain("about 800 are needed; nothing would be noticed");
  });
  test("a limit that no number of requests can show", () => {
    const phases = [{ weight: 95, holdMs: 1, maxHoldMs: 600_000 }];
    const [only] = outlooksOf({ ...plan, phases }, { ...frozen, rate: { errors: 0.9 } }, 10);
    expect(only?.need).toBeUndefined();
    expect(only?.because).toContain("no number would be enough");
  });
  test("without a gate there is nothing to prove", () => {
    expect(outlooksOf({ ...plan, errors: { ...plan.errors, gate: false } }, frozen, 1)).toEqual([]);
  });
});
