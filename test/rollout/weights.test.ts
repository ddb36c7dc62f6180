import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { said } from "../../src/base/reasons/said.ts";
import type { RecordedRule, State } from "../../src/rollout/rollout-state.ts";
import { fixedUnits, weightsOf } from "../../src/rollout/weights.ts";

const rule = (home: readonly (number | null)[], more: Partial<RecordedRule> = {}): RecordedRule => ({
  list: "http",
  index: 0,
  name: null,
  key: "k",
  destinations: home.map((_, index) => `d${index}`),
  home,
  atHome: false,
  ...more,
});

const state = (
  rules: readonly RecordedRule[],
  weight: number,
  status: State["status"] = "progressing",
  more: Partial<Pick<State, "stable" | "canary" | "total">> = {},
): State => ({
  rollout: "r",
  planDigest: "p",
  revision: "abc",
  repository: "o/r",
  pullRequest: null,
  startedAt: 0,
  uid: "u",
  stable: "d0",
  canary: "d1",
  rules,
  total: 100,
  weight,
  phase: 1,
  entered: [0],
  watchedFrom: null,
  deadline: 0,
  onCancel: "rollback",
  by: null,
  tookPart: [],
  superseded: [],
  revisions: [],
  grounds: null,
  notes: [],
  reason: said(""),
  frozen: null,
  further: {},
  ...(status === "paused"
    ? { status, cause: "person" }
    : status === "promoted" || status === "rolled-back"
      ? { status, endedAt: 1 }
      : { status }),
  ...more,
});

describe("weightsOf", () => {
  it("gives the canary the phase's weight and stable the rest, wherever they stand", () => {
    expect(weightsOf(state([rule([100, 0])], 20))).toEqual([[80, 20]]);
    expect(weightsOf(state([rule([0, 100])], 20, "progressing", { stable: "d1", canary: "d0" }))).toEqual([[20, 80]]);
  });

  it("goes home verbatim after a rollback, reading an absent weight as 0", () => {
    expect(weightsOf(state([rule([7, null])], 0, "rolled-back"))).toEqual([[7, 0]]);
  });

  it("keeps a rule home that only an older rollout moved, while the others follow the phase", () => {
    const rules = [rule([100, 0], { atHome: true }), rule([100, 0], { index: 1 })];
    expect(weightsOf(state(rules, 50))).toEqual([
      [100, 0],
      [50, 50],
    ]);
  });

  it.each(["held", "paused", "promoted"] as const)("keeps the weight of a %s state", (status) => {
    expect(weightsOf(state([rule([100, null])], 37, status))).toEqual([[63, 37]]);
  });

  it("scales third destinations by their home weights, the larger remainder first", () => {
    expect(weightsOf(state([rule([60, 0, 30, 10])], 5))).toEqual([[57, 5, 29, 9]]);
    expect(weightsOf(state([rule([1, 0, 1])], 5))).toEqual([[48, 5, 47]]);
  });

  it("gives stable everything where no other destination had traffic at home", () => {
    expect(weightsOf(state([rule([0, 100, 0])], 30))).toEqual([[70, 30, 0]]);
  });

  it("normalises a home sum other than 100 while phases run", () => {
    expect(weightsOf(state([rule([3, 1])], 10))).toEqual([[90, 10]]);
  });

  it("reads the weight as percent of a total other than 100", () => {
    expect(weightsOf(state([rule([1, 0])], 12.5, "progressing", { total: 1000 }))).toEqual([[875, 125]]);
  });

  it("leaves a rule home that does not hold both versions", () => {
    expect(weightsOf(state([rule([9, 1])], 50, "progressing", { canary: "elsewhere" }))).toEqual([[9, 1]]);
    expect(weightsOf(state([rule([9, null])], 50, "progressing", { stable: "elsewhere" }))).toEqual([[9, 0]]);
  });

  it("always sums to the total, gives the canary its weight, and stays within one of the exact ratio", () => {
    const homes = fc.array(fc.oneof(fc.nat({ max: 2 ** 31 - 1 }), fc.constant(null), fc.nat({ max: 100 })), {
      minLength: 2,
      maxLength: 9,
    });
    fc.assert(
      fc.property(homes, fc.nat({ max: 100 }), fc.nat(), fc.nat(), (home, weight, a, b) => {
        const canary = a % home.length;
        const stable = (canary + 1 + (b % (home.length - 1))) % home.length;
        const [weights = []] = weightsOf(
          state([rule(home)], weight, "progressing", { canary: `d${canary}`, stable: `d${stable}` }),
        );
        expect(weights.every((value) => Number.isInteger(value) && value >= 0)).toBe(true);
        expect(weights.reduce((sum, value) => sum + value, 0)).toBe(100);
        expect(weights[canary]).toBe(weight);
        const others = home.map((value, index) => (index === canary ? 0 : (value ?? 0)));
        const sum = others.reduce((total, value) => total + value, 0);
        for (const [index, value] of weights.entries()) {
          if (index === canary) continue;
          const exact =
            sum === 0 ? (index === stable ? 100 - weight : 0) : ((100 - weight) * (others[index] ?? 0)) / sum;
          expect(Math.abs(value - exact)).toBeLessThan(1);
        }
      }),
    );
  });

  it("rounds up where the remainders are largest, and of equal ones the earlier: as the sum is handed out one by one", () => {
    const homes = fc.array(fc.nat({ max: 1000 }), { minLength: 3, maxLength: 9 });
    fc.assert(
      fc.property(homes, fc.nat({ max: 100 }), fc.constantFrom(100, 1000), (home, weight, total) => {
        const others = home.map((value, index) => (index === 1 ? 0 : value));
        const sum = others.reduce((all, value) => all + value, 0);
        fc.pre(sum > 0);
        const [weights = []] = weightsOf(state([rule(home)], weight, "progressing", { total }));
        const units = total - Math.round((weight * total) / 100);
        const byHand = others.map((value) => Math.floor((value * units) / sum));
        const remainders = others.map((value) => (value * units) % sum);
        for (let left = units - byHand.reduce((all, value) => all + value, 0); left > 0; left -= 1) {
          const next = remainders.indexOf(Math.max(...remainders));
          byHand[next] = (byHand[next] ?? 0) + 1;
          remainders[next] = -1;
        }
        byHand[1] = Math.round((weight * total) / 100);
        expect(weights).toEqual(byHand);
      }),
    );
  });

  it("never depends on the phase before: the same state gives the same weights after any walk", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 100 }), { minLength: 1 }), (walk) => {
        const rules = [rule([61, 0, 28, 11])];
        const last = walk.at(-1) ?? 0;
        const seen = walk.map((weight) => weightsOf(state(rules, weight)));
        expect(seen.at(-1)).toEqual(weightsOf(state(rules, last)));
        expect(weightsOf(state(rules, last, "rolled-back"))).toEqual([[61, 0, 28, 11]]);
      }),
    );
  });
});

describe("third destinations that keep their weight", () => {
  const fixed = (home: readonly (number | null)[], weight: number, total = 100) => ({
    ...state([rule(home)], weight, "progressing", { total }),
    others: "fixed" as const,
  });
  const at = (home: readonly (number | null)[], weight: number, total?: number) =>
    weightsOf(fixed(home, weight, total))[0];

  it("leave the rest to stable and canary", () => {
    expect(at([80, 0, 20], 5)).toEqual([75, 5, 20]);
    expect(at([80, 0, 20], 50)).toEqual([30, 50, 20]);
  });

  it("keep it at 100 %, which means all that is not fixed", () => {
    expect(at([80, 0, 20], 100)).toEqual([0, 80, 20]);
  });

  it("keep their share of an odd sum, and of a sum of a thousand", () => {
    expect(at([6, null, 2], 10)).toEqual([65, 10, 25]);
    expect(at([80, 0, 20], 2.5, 1000)).toEqual([775, 25, 200]);
  });

  it("are nothing where the rule sent nothing", () => {
    expect(at([0, 0, 0], 20)).toEqual([80, 20, 0]);
  });

  it("go home verbatim", () => {
    const back = { ...fixed([6, null, 2], 10), status: "rolled-back" as const, endedAt: 1 };
    expect(weightsOf(back)).toEqual([[6, 0, 2]]);
  });

  it("sum to the total whatever they hold, and stable never goes below nothing", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(100), { minLength: 2, maxLength: 5 }),
        fc.integer({ min: 0, max: 100 }),
        (home, weight) => {
          const weights = at(home, weight) ?? [];
          expect(weights.reduce((sum, one) => sum + one, 0)).toBe(100);
          expect(Math.min(...weights)).toBeGreaterThanOrEqual(0);
          expect(weights[1]).toBeLessThanOrEqual(weight);
        },
      ),
    );
  });

  it("hold so much, which a plan is checked against", () => {
    const one = rule([80, 0, 15, 5]);
    expect(fixedUnits({ stable: "d0", canary: "d1", total: 100 }, one)).toBe(20);
  });
});
