import { describe, expect, test } from "vitest";
import { defaultPlan, groupsOf, sloBoundary, startsOf } from "../../src/judge/judge-plan.ts";

const weightsOf = (over: Partial<typeof defaultPlan>, boundaries: readonly number[] = []) =>
  Object.fromEntries(
    groupsOf({ ...defaultPlan, ...over }, boundaries).map(({ name, weight }) => [name, Number(weight.toFixed(12))]),
  );
const metric = (name: string) => ({ ...defaultPlan.errors, name, gate: false });

describe("shares of alpha", () => {
  test("are scaled to what is configured", () => {
    expect(weightsOf({})).toEqual({ errors: 1 });
    expect(weightsOf({}, [100])).toEqual({ errors: 0.625, latency: 0.375 });
    expect(weightsOf({ metrics: [metric("a"), metric("b")] }, [100])).toEqual({
      errors: 0.5,
      latency: 0.3,
      a: 0.1,
      b: 0.1,
    });
  });
  test("a weight of 0 switches a comparison off", () => {
    expect(weightsOf({ weights: { errors: 0, latency: 0.3, metrics: 0.2 } }, [100])).toEqual({ latency: 1 });
    expect(weightsOf({ weights: { errors: 0, latency: 0, metrics: 0 } }, [100])).toEqual({});
  });
  test("the boundary next to the objective gets half and gates, the others share the rest", () => {
    const slo = { latency: { ...defaultPlan.latency, sloMs: 200 } };
    const shares = (boundaries: readonly number[]) =>
      groupsOf({ ...defaultPlan, ...slo }, boundaries)[1]?.processes.map(({ name, share, gate }) => [
        name,
        share,
        gate,
      ]);
    expect(shares([100, 250, 500])).toEqual([
      ["latency>100", 0.25, false],
      ["latency>250", 0.5, true],
      ["latency>500", 0.25, false],
    ]);
    expect(shares([250])).toEqual([["latency>250", 1, true]]);
    expect(shares([50, 100])).toEqual([
      ["latency>50", 0.5, false],
      ["latency>100", 0.5, false],
    ]);
    expect(sloBoundary(defaultPlan, [100])).toBeUndefined();
  });
});

describe("starts", () => {
  const phases = (...weights: readonly number[]) => weights.map((weight) => ({ weight, maxHoldMs: 1_200_000 }));
  const of = (weights: readonly number[], restartEveryMs: number) =>
    startsOf({ ...defaultPlan, phases: phases(...weights), restartEveryMs }).map((one) => [
      one.phase,
      one.offsetMs / 60_000,
      one.share,
    ]);

  test("half for the first entry, a quarter for the later ones, a quarter for the steps inside", () => {
    expect(of([5, 20, 50, 100], 900_000)).toEqual([
      [1, 0, 0.5],
      [2, 0, 0.125],
      [3, 0, 0.125],
      [1, 15, 0.25 / 3],
      [2, 15, 0.25 / 3],
      [3, 15, 0.25 / 3],
    ]);
  });
  test("an empty group gives its quarter to the other", () => {
    expect(of([5, 20, 100], 9e9)).toEqual([
      [1, 0, 0.5],
      [2, 0, 0.5],
    ]);
    expect(of([5, 100], 600_000)).toEqual([
      [1, 0, 0.5],
      [1, 10, 0.5],
    ]);
    expect(of([100], 60_000)).toEqual([[1, 0, 1]]);
  });
  test("an hour with steps of fifteen minutes gives three, strictly before its end", () => {
    const hour = [{ weight: 5, maxHoldMs: 3_600_000 }];
    expect(startsOf({ ...defaultPlan, phases: hour }).map((one) => one.offsetMs / 60_000)).toEqual([0, 15, 30, 45]);
  });
});
