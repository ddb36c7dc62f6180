import { describe, expect, it } from "vitest";
import { troublePaceMs } from "../../src/reconcile/backoff.ts";
import { newRunMemory } from "../../src/reconcile/run-memory.ts";

const pace = (troubles: number, more: { goingBack?: boolean; random?: number; asked?: number } = {}) =>
  troublePaceMs(
    { ...newRunMemory(), troubles, goingBackSince: more.goingBack === true ? 0 : undefined },
    more.random ?? 1,
    more.asked,
  );

describe("the pace after a turn that went wrong", () => {
  it("slows down from one second to fifteen", () => {
    expect([1, 2, 3, 4, 5, 6, 60].map((times) => pace(times))).toEqual([
      1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000,
    ]);
  });

  it("is spread, so that several runs do not come together, and never under a second", () => {
    expect([pace(3, { random: 0 }), pace(3, { random: 0.5 }), pace(1, { random: 0 })]).toEqual([3_200, 3_600, 1_000]);
  });

  it("is a second while traffic is due back, after ten tries five, and never more", () => {
    const back = (troubles: number, more: { random?: number; asked?: number } = {}) =>
      pace(troubles, { goingBack: true, ...more });
    expect([1, 10, 11, 500].map((times) => back(times, { random: 0 }))).toEqual([1_000, 1_000, 4_000, 4_000]);
    expect([1, 10, 11, 500].map((times) => back(times))).toEqual([1_500, 1_500, 5_000, 5_000]);
    expect([back(1, { asked: 3_000 }), back(1, { asked: 30_000 }), back(11, { asked: 1 })]).toEqual([
      3_000, 5_000, 5_000,
    ]);
  });

  it("is what the server asks for, up to half a minute", () => {
    expect([pace(1, { asked: 7_000 }), pace(1, { asked: 300_000 }), pace(5, { asked: 1_000 })]).toEqual([
      7_000, 30_000, 15_000,
    ]);
  });

  it("counts a turn before any trouble as the first", () => {
    expect(pace(0)).toBe(1_000);
  });
});

describe("what a run remembers", () => {
  it("is nothing at first", () => {
    expect(newRunMemory()).toMatchObject({
      startedAt: undefined,
      first: undefined,
      sawOwnRecord: false,
      wroteItself: false,
      turn: 0,
    });
  });
});
